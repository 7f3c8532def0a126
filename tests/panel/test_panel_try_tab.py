"""The tab that gives styles to photos: what is late takes nothing back that came after it."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

gr = pytest.importorskip("gradio", reason="the panel needs Gradio")

from portrait_atelier.core.errors import StyleError  # noqa: E402
from portrait_atelier.core.learning.resolve import resolve_style  # noqa: E402
from portrait_atelier.core.styles.library import store_style  # noqa: E402
from portrait_atelier.panel import try_export, try_tab  # noqa: E402
from portrait_atelier.panel.context import TRAINING, Panel  # noqa: E402
from portrait_atelier.panel.library_changes import known_styles  # noqa: E402
from portrait_atelier.panel.masks import MOST_FEATHER, Mask  # noqa: E402
from portrait_atelier.panel.panel_settings import PanelSettings  # noqa: E402
from portrait_atelier.panel.photo_states import kept_by_name  # noqa: E402
from portrait_atelier.panel.restyling import Preview  # noqa: E402
from portrait_atelier.panel.sessions import Sessions  # noqa: E402
from portrait_atelier.panel.trainings import StoredRequest, TrainingStore  # noqa: E402
from portrait_atelier.panel.try_photos import TryPhoto  # noqa: E402
from portrait_atelier.panel.try_styles import known_choices  # noqa: E402
from portrait_atelier.panel.try_tab import TryTab  # noqa: E402
from portrait_atelier.panel.words import Words  # noqa: E402

PHOTOS = [TryPhoto(Path("photo.jpg"), Path("small.jpg"), Path("thumbnail.jpg"))]
PAGE = SimpleNamespace(session_hash="page", headers={}, request=None)
STYLE = SimpleNamespace(name="mine")
GRAY = np.full((4, 4, 3), 128, np.uint8)
MADE = Preview(Path("after.jpg"), GRAY, GRAY, ())
LATE = Preview(Path("late.jpg"), GRAY, GRAY, ())
SETTINGS = {
    "style": "mine", "second": "", "weight": 0.5, "strength": 0.8, "variation": 0, "region": "whole",
    "protect_skin": 0.0, "grain": 1.0, "even": False, "series": False, "rgb": False,
}  # fmt: skip
VALUES = tuple(SETTINGS.values())
FIELDS = (0, {}, {}, "token", *SETTINGS.values())
SKIPPED = gr.skip()


@pytest.fixture
def tab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TryTab:
    """A tab whose pictures take no time to make."""
    with gr.Blocks():
        made = TryTab(Panel(PanelSettings(), TrainingStore(tmp_path / "trainings"), Sessions(tmp_path / "tabs", 60)))
    (tmp_path / "photo.zip").touch()
    monkeypatch.setattr(made, "_order_for", lambda photos, *_: (photos[0], SimpleNamespace(style=STYLE)))
    monkeypatch.setattr(made, "_order", lambda *_: None)
    monkeypatch.setattr(Sessions, "folder", lambda *_: tmp_path)
    monkeypatch.setattr(try_export, "in_use", lambda _: nullcontext())
    monkeypatch.setattr(try_tab, "restyle_preview", lambda *_: MADE)
    monkeypatch.setattr(try_tab, "skin_of", lambda _: None)
    return made


def _meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], object], result: object) -> None:
    """While one picture is made, another event comes to its end."""

    def slow(*_: object) -> object:
        monkeypatch.setattr(try_tab, name, lambda *_: result)
        act()
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(try_tab, name, slow)


def _event(**data: object) -> gr.EventData:
    return gr.EventData(None, data)


def _is_skipped(shown: object) -> bool:
    return shown == SKIPPED


def test_a_preview_clears_the_message_before_it_and_tells_its_settings(tab: TryTab):
    look, judged, remarks, told = tab._look(PAGE, PHOTOS, *FIELDS)
    assert look["after"] == "gradio_api/file=after.jpg"
    assert look["settings"] == SETTINGS
    assert look["title"] == "photo.jpg · mine"
    assert "note" not in look
    assert "pa-judge" in judged
    assert (remarks, told) == ("", "")


def test_a_preview_is_made_anew_when_training_has_improved_its_style(tab: TryTab, monkeypatch: pytest.MonkeyPatch):
    trained = {**SETTINGS, "style": f"{TRAINING}key"}
    fields = (0, {}, {}, "token", *trained.values())
    monkeypatch.setattr(Panel, "style", lambda *_: STYLE)
    shown, *_ = tab._look(PAGE, PHOTOS, *fields)
    again, *_ = tab._look_again(PAGE, shown, PHOTOS, *fields)
    assert again == shown  # it was saved anew, as it was
    better = Preview(Path("better.jpg"), GRAY, GRAY + 1, ())
    monkeypatch.setattr(try_tab, "restyle_preview", lambda *_: better)
    again, *_ = tab._look_again(PAGE, shown, PHOTOS, *fields)
    assert again["after"] == "gradio_api/file=better.jpg"
    assert again["note"] == "Training has improved mine: this is the new form"
    changed, *_ = tab._look_again(PAGE, {**shown, "settings": {**trained, "strength": 0.1}}, PHOTOS, *fields)
    assert "note" not in changed  # a change of the user's own is on its way
    assert all(map(_is_skipped, tab._look_again(PAGE, shown, PHOTOS, *FIELDS)))  # the style of no training
    look, *_ = tab._look_again(PAGE, {}, [], *fields)
    assert look == {}


def test_without_photos_the_preview_is_empty(tab: TryTab):
    look, judged, remarks, told = tab._look(PAGE, [], *FIELDS)
    assert (look, judged, remarks) == ({}, "", "")
    assert _is_skipped(told)


def test_the_first_preview_of_photos_leaves_what_was_said_of_those_that_cannot_be_read(tab: TryTab):
    *shown, told = tab._look_first(PAGE, PHOTOS, *FIELDS)
    assert not any(map(_is_skipped, shown))
    assert _is_skipped(told)


def test_a_late_preview_leaves_that_of_a_change_since(tab: TryTab, monkeypatch: pytest.MonkeyPatch):
    _meanwhile(monkeypatch, "restyle_preview", lambda: tab._look(PAGE, PHOTOS, *FIELDS), LATE)
    assert all(map(_is_skipped, tab._look(PAGE, PHOTOS, *FIELDS)))


@pytest.fixture
def two(tmp_path: Path) -> list[TryPhoto]:
    """Two photos."""
    Image.fromarray(GRAY).save(tmp_path / "small.jpg")
    return [TryPhoto(Path(f"{name}.jpg"), tmp_path / "small.jpg", Path(f"{name}-small.jpg")) for name in "ab"]


def test_another_photo_is_chosen_with_its_mask(tab: TryTab, two: list[TryPhoto]):
    masks = {"b.jpg": Mask(np.ones((2, 2), np.float32), feather=0.01)}
    index, _, is_alone, told, *settings = tab._choose(_event(index=1), two, 0, masks, {}, *VALUES)
    assert (index, is_alone, told["photo"], told["feather"]) == (1, False, "b-small", 0.01)
    assert told["picture"].startswith("data:image/png;base64,")
    assert all(map(_is_skipped, settings))
    for wrong in (2, -1, "1", None):
        index, _, _, told, *_ = tab._choose(_event(index=wrong), two, 0, masks, {}, *VALUES)
        assert (index, told["picture"]) == (0, "")


def test_a_mask_is_of_its_photo_and_marks_its_thumbnail(tab: TryTab, two: list[TryPhoto]):
    masks, strip = tab._painted(_event(region="skin", feather=0.5), PAGE, two, 1, {}, {})
    assert [(path, mask.region, mask.feather) for path, mask in masks.items()] == [("b.jpg", "skin", MOST_FEATHER)]
    assert strip.count("has a mask") == 2  # for the eye and for the ear, of one photo
    assert strip.count("pa-mark") == 1
    masks, strip = tab._painted(_event(picture=""), PAGE, two, 1, masks, {})
    assert masks == {}
    assert "pa-mark" not in strip


def test_a_photo_keeps_settings_of_its_own_until_one_copies_to_all(
    tab: TryTab, two: list[TryPhoto], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    weaker = (*VALUES[:3], 0.3, *VALUES[4:])
    strip, own, is_alone, _, *_ = tab._set_alone(PAGE, two, 0, {}, {}, True, *VALUES)
    assert is_alone
    assert "has settings of its own" in strip
    # It is changed, then the other photo is chosen, which has the shared ones.
    _, own, is_alone, _, *settings = tab._choose(_event(index=1, photo="a-small"), two, 0, {}, own, *weaker)
    assert (settings[3], is_alone) == (0.8, False)
    # What comes late from a page that shows yet another photo is not taken for this one's.
    _, own, *_ = tab._choose(_event(index=1, photo="a-small"), two, 1, {}, own, *weaker)
    assert own == {"": VALUES, "a.jpg": weaker}
    made = {}
    monkeypatch.setattr(
        try_export, "restyle_files", lambda *given, own: made.update(own) or (tmp_path / "photo.zip", [])
    )
    monkeypatch.setattr(tab._export, "_order_of", lambda token, *values: values)
    tab._export._write(PAGE, gr.Progress(), two, 1, {}, own, "token", *VALUES)
    assert made == {Path("a.jpg"): weaker}
    _, again, is_alone, _, *settings = tab._choose(_event(index=0, photo="b-small"), two, 1, {}, own, *VALUES)
    assert (settings[3], is_alone) == (0.3, True)
    strip, everyone, is_alone, *_ = tab._copy_to_all(PAGE, two, 0, {}, again, *weaker)
    assert (everyone, is_alone) == ({"": weaker}, False)
    assert "pa-mark" not in strip
    _, shared, is_alone, _, *settings = tab._set_alone(PAGE, two, 0, {}, again, False, *weaker)
    assert (shared, is_alone, settings[3]) == ({"": VALUES}, False, 0.8)


def test_masks_and_settings_stay_with_photos_of_their_names(two: list[TryPhoto]):
    earlier = {"old/a.jpg": 1, "old/gone.jpg": 2, "": 3}
    assert kept_by_name(earlier, two) == {"a.jpg": 1, "": 3}


def test_what_a_page_remembers_is_restored_and_a_style_that_is_gone_is_left(
    tab: TryTab, monkeypatch: pytest.MonkeyPatch
):
    def found(name: str, _: str) -> object:
        if name == "gone":
            raise StyleError("gone")
        return STYLE

    monkeypatch.setattr(Panel, "style", lambda _, name, token: found(name, token))
    restored = tab._restore(_event(**{**SETTINGS, "style": "other", "weight": 0.3}), "token")
    assert restored[:4] == ("other", "", 0.3, 0.8)
    restored = tab._restore(_event(style="gone", second=5, weight="much", strength=7), "token")
    assert all(map(_is_skipped, restored))


def test_a_style_is_offered_as_soon_as_its_training_has_a_first_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATELIER_STYLES", str(tmp_path / "styles"))
    store = TrainingStore(tmp_path / "trainings")
    with gr.Blocks():
        tab = TryTab(Panel(PanelSettings(), store, Sessions(tmp_path / "tabs", 60)))
    monkeypatch.setattr(Sessions, "folder", lambda *_: tmp_path)
    training = store.reserve()
    store.begin(training, StoredRequest(name="mine", photos=tmp_path))
    value, page = f"{TRAINING}{training.key}", SimpleNamespace(headers={}, session_hash="tab")
    assert tab.on_load_style("", value, "", page)[0] != value
    resolve_style("golden-hour").renamed("mine").save(training.style_path)
    training.report(state="learning")
    chosen, _, wall, _ = tab.on_load_style("", value, "", page)
    assert chosen == wall["chosen"] == value
    assert [each["name"] for each in wall["styles"] if each["value"] == value] == ["mine (not kept yet)"]


def test_the_newest_of_one_s_own_styles_is_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATELIER_STYLES", str(tmp_path / "styles"))
    golden, store = resolve_style("golden-hour"), TrainingStore(tmp_path / "trainings")
    for number, name in enumerate(("beta", "alpha", "gamma")):
        path = store_style(golden.renamed(name)).path
        os.utime(path, (1_000_000_000 + number,) * 2)
    for number in range(2):
        training = store.reserve()
        store.begin(training, StoredRequest(name=f"fresh {number}", photos=tmp_path, created=float(number + 1)))
        resolve_style("cool-cinema").renamed(f"fresh {number}").save(training.style_path)
        training.report(state="learning")
    own = [entry.name for entry, _ in known_styles() if entry.origin == "library"]
    assert own == ["gamma", "alpha", "beta"]
    panel = Panel(PanelSettings(), store, Sessions(tmp_path / "tabs", 60))
    names = [name for _, name, _, _ in known_choices(panel, "", tmp_path, Words()).styles]
    assert names[:5] == ["fresh 1 (not kept yet)", "fresh 0 (not kept yet)", *own]
    assert names[5:] == sorted(names[5:])
