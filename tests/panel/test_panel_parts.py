"""Smaller parts of the panel: words, guard, settings, library changes, the first look at photos."""

import asyncio
import re

import numpy as np
import pytest
from portrait_atelier.core.errors import StyleError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.texture import Glow, Texture
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.texture_words import texture_parts
from portrait_atelier.panel.cards import _LIGHTS, found_card, style_card
from portrait_atelier.panel.charts import Line, line_chart
from portrait_atelier.panel.guard import POLICY, Guard, LoginBrake
from portrait_atelier.panel.lanes import Latest
from portrait_atelier.panel.library_changes import (
    describe_style,
    duplicate_style,
    known_styles,
    open_style,
    restore_style,
    trash_style,
)
from portrait_atelier.panel.panel_settings import PanelError, PanelSettings
from portrait_atelier.panel.photo_check import check_photos
from portrait_atelier.panel.restyling import Order, restyle_files
from portrait_atelier.panel.words import Words, language_of, without_own_folders
from scenes import portrait, save


@pytest.mark.parametrize(
    ("asked", "found"),
    [("de-CH,de;q=0.9", "de"), ("zh-CN", "zh"), ("nl,fr;q=0.5", "fr"), ("nl", "en"), (None, "en"), ("", "en")],
)
def test_the_browser_chooses_the_language(asked, found):
    assert language_of(asked) == found


def test_times_are_not_said_more_exactly_than_they_are_known():
    words = Words("en")
    assert words.seconds(3) == "5 seconds"
    assert words.seconds(47) == "45 seconds"
    assert words.seconds(100) == "2 min"
    assert words.seconds(7200) == "2.0 hours"


def test_other_computers_need_a_password():
    assert PanelSettings().is_local
    with pytest.raises(PanelError, match=r"--host 0\.0\.0\.0: other computers could open the panel"):
        PanelSettings(host="0.0.0.0")
    with pytest.raises(PanelError, match="at least 8 letters"):
        PanelSettings(host="0.0.0.0", password="short")
    assert not PanelSettings(host="0.0.0.0", password="long enough").is_local


def _call(guard, path="/", host="127.0.0.1:7865", method="GET", origin=""):
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode()), *([(b"origin", origin.encode())] if origin else [])]
    scope = {"type": "http", "path": path, "method": method, "headers": headers}
    asyncio.run(guard(scope, None, send))
    return sent


async def _page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})


def test_the_guard_answers_only_to_names_of_this_computer_and_fetches_nothing():
    guard = Guard(_page, ("127.0.0.1", "localhost", "::1"))
    for host in ("127.0.0.1:7865", "localhost", "[::1]:7865"):
        answer = _call(guard, host=host)[0]
        assert answer["status"] == 200
        assert (b"content-security-policy", POLICY.encode()) in answer["headers"]
    assert _call(guard, host="evil.example:7865")[0]["status"] == 403
    assert _call(guard, path="/gradio_api/file=https://example.com/")[0]["status"] == 403
    assert _call(Guard(_page), host="any.example")[0]["status"] == 200


def test_pages_of_others_send_nothing():
    local, shared = Guard(_page, ("127.0.0.1", "localhost", "::1")), Guard(_page)
    for guard in (local, shared):
        for origin in ("https://evil.example", "http://127.0.0.1:8000", "null"):
            assert _call(guard, "/gradio_api/upload", method="POST", origin=origin)[0]["status"] == 403, origin
        assert _call(guard, "/gradio_api/upload", method="POST", origin="http://127.0.0.1:7865")[0]["status"] == 200
        assert _call(guard, "/gradio_api/upload", method="POST")[0]["status"] == 200  # no browser
        assert _call(guard, origin="https://evil.example")[0]["status"] == 200  # it cannot see the answer


def test_wrong_passwords_of_one_address_are_slowed_one_after_another_and_a_right_one_forgives():
    waits, statuses = [], [400] * 6 + [200, 400]

    async def page(scope, receive, send):
        await send({"type": "http.response.start", "status": statuses.pop(0), "headers": []})

    async def sleep(seconds):
        waits.append(round(seconds))

    brake = LoginBrake(page, sleep)
    scope = {"type": "http", "path": "/login", "method": "POST", "headers": [], "client": ("10.0.0.7", 1)}

    async def send(message):
        sent.append(message)

    sent = []
    for _ in range(8):
        asyncio.run(brake(scope, None, send))
    assert waits == [0, 0, 0, 1, 2, 4, 8, 0]
    statuses += [200]
    asyncio.run(brake({**scope, "method": "GET"}, None, send))
    assert len(waits) == 8, "the page itself is not slowed"


def test_many_tries_at_once_are_refused():
    async def attack():
        held = asyncio.Event()

        async def page(scope, receive, send):
            await held.wait()
            await send({"type": "http.response.start", "status": 400, "headers": []})

        async def send(message):
            statuses.append(message.get("status"))

        brake = LoginBrake(page)
        scope = {"type": "http", "path": "/login", "method": "POST", "headers": [], "client": ("10.0.0.7", 1)}
        waiting = [asyncio.create_task(brake(scope, None, send)) for _ in range(20)]
        while statuses.count(429) < 15:
            await asyncio.sleep(0)
        for task in waiting:
            task.cancel()

    statuses = []
    asyncio.run(attack())
    assert statuses.count(429) == 15


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"/c/run-x/tab-{'a1' * 16}/photos-1f2e/a.jpg: cannot be read", "a.jpg: cannot be read"),
        (f"/c/run-x/tab-{'a1' * 16}/photos-1f2e: no photo in it can be used", "no photo in it can be used"),
        (f"/t/20261129-110000-{'0f' * 8}/photos/b.tif: is gone", "b.tif: is gone"),
        (f"C:\\t\\20261129-110000-{'0f' * 8}\\photos: is empty", "is empty"),
        ("/home/me/Pictures/a.jpg: cannot be read", "/home/me/Pictures/a.jpg: cannot be read"),
    ],
)
def test_messages_keep_the_names_of_files_and_leave_out_folders_of_ours(text, shown):
    assert without_own_folders(text) == shown


def test_files_keep_their_depth_and_a_bad_one_does_not_stop_the_rest(tmp_path):
    deep = np.linspace(0, 65535, 40 * 30 * 3).reshape(30, 40, 3).astype(np.uint16)
    write_photo(Photo(pixels=deep, file_format="PNG"), tmp_path / "deep.png")
    (tmp_path / "bad.jpg").write_text("words")
    order = Order(open_style("golden-hour"), Controls())
    one, _ = restyle_files([(tmp_path / "deep.png", None)], order, tmp_path)
    assert one.name == "deep.golden-hour.png"
    assert read_photo(one).pixels.dtype == np.uint16
    archive, notes = restyle_files([(tmp_path / "deep.png", None), (tmp_path / "bad.jpg", None)], order, tmp_path)
    assert archive.suffix == ".zip"
    assert notes[0].startswith("bad.jpg: is not a photo")


def test_a_deleted_style_comes_back_as_it_was():
    copy = duplicate_style("golden-hour")
    describe_style(copy.name, {"description": "warm\nlight", "words": "Mine.", "licence": "MIT"})
    assert open_style(copy.name).description == "warm light"
    trashed = trash_style(copy.name)
    assert copy.name not in [entry.name for entry, _ in known_styles()]
    assert restore_style(trashed.name).name == copy.name
    assert open_style(copy.name).words == "Mine."
    with pytest.raises(StyleError, match="no such style file"):
        restore_style(trashed.name)


def test_bundled_styles_stay_and_paths_are_no_names():
    with pytest.raises(StyleError, match="is a bundled style"):
        trash_style("golden-hour")
    with pytest.raises(StyleError, match="no such style"):
        open_style("/etc/passwd")


def test_the_first_look_tells_number_kind_and_spread(tmp_path):
    for number in range(9):
        save(portrait(number), tmp_path / f"{number}.png")
    (tmp_path / "bad.jpg").write_text("words")
    check = check_photos(tmp_path)
    assert len(check.tones) == 9
    assert [finding.path.name for finding in check.left_out] == ["bad.jpg"]
    assert check.number == "few"
    places = np.array([tone.lab for tone in check.tones])
    assert check.spread == pytest.approx(np.linalg.norm(places - places.mean(0), axis=1).mean())


def test_names_in_a_chart_stand_apart_and_stay_inside():
    chart = line_chart(
        "<losses>", [Line(name, [(1, 0.0), (9, 0.01)]) for name in ("a", "b", "c", "d")], number=Words().number
    )
    heights = sorted(float(y) for y in re.findall(r'<text class="pa-\w+" x="358" y="([\d.]+)"', chart))
    assert len(heights) == 4
    assert min(np.diff(heights)) >= 15
    assert heights[-1] <= 230
    assert "&lt;losses&gt;" in chart
    assert "<losses>" not in chart


def test_a_card_says_what_texture_a_style_has():
    found = {entry.name: (entry, style) for entry, style in known_styles()}
    seen = (
        "ein schwacher Schein, der sich von hellen Stellen ausbreitet (Bloom)",
        "ein schmaler rötlicher Schein um Lichter, wie bei Film (Lichthof)",
        "feines Korn",
    )
    entry, style = found["cool-cinema"]
    assert f"<dt>Textur</dt><dd>{', '.join(seen)}</dd>" in style_card(entry, style, Words("de"))
    told = found_card(style, Words("de"))
    assert "Teil des Stils" in told
    assert "pa-note" not in told  # it is no warning
    assert all(f"<li>{text}</li>" in told for text in seen)
    assert "Texture" not in style_card(*found["low-key"], Words("en"))
    assert found_card(found["low-key"][1], Words("en")) == ""


def test_every_light_of_a_texture_is_said_in_words_of_its_looks():
    colors = [np.array((1, 1, blue), np.float32) for blue in (1.0, 0.7)]
    glows = [Glow(0.8, 0.03, amount, color) for amount in (0.2, 0.06) for color in colors]
    halation = Glow(0.9, 0.01, 0.2, np.array((1, 0.2, 0.1), np.float32))
    parts = texture_parts([Texture(None, (glow,), None) for glow in (*glows, halation)])
    assert set(parts) == set(_LIGHTS)


def test_only_the_latest_crop_of_a_page_is_shown():
    latest = Latest()
    first, second, other = latest.begin("page"), latest.begin("page"), latest.begin("another page")
    assert not latest.is_latest("page", first)
    assert latest.is_latest("page", second)
    assert latest.is_latest("another page", other)
