"""Requests to the worker: the same pixels as the command line, progress, cancel, cleanup."""

import sys
import threading
from contextlib import suppress

import cv2
import numpy as np
import pytest
from icc_profiles import adobe_rgb
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import Proxy, proxy_of
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.applying import apply_style, look_of_series
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.style_file import save_style
from portrait_atelier.core.worker.client_state import ClientState
from portrait_atelier.core.worker.job import Job
from portrait_atelier.core.worker.messages import Message
from portrait_atelier.core.worker.preview import draw, draw_thumbnail, show
from scenes import portrait
from worker_process import DEPTHS, atelier_client, connect, in_thread, layout_of, pixels, restyled

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="looks at Unix's files of a process")


@pytest.fixture
def patient(tmp_path, monkeypatch):
    """A client of a worker in this process, which goes on from what it tells of its progress once it is cancelled."""
    tell = Job.progress

    def progress(job, *what):
        tell(job, *what)
        assert job.stop.wait(300)

    monkeypatch.setattr(Job, "progress", progress)
    server, thread = in_thread(tmp_path / "run", 3600)
    with connect(tmp_path / "run") as client:
        yield client
    server.stop()
    thread.join(120)


def by_the_core(array, profile=None, style="golden-hour", **controls):
    channels = array.shape[2]
    color = array[..., 0] if channels < 3 else array[..., :3]
    alpha = np.ascontiguousarray(array[..., -1]) if channels in (2, 4) else None
    photo = Photo(np.ascontiguousarray(color), alpha, profile)
    return apply_style(photo, resolve_style(style), Controls(**controls)).pixels


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pixels_are_bit_for_bit_those_of_the_command_line(worker, depth, channels):
    array = pixels(depth, channels)
    found, answer = restyled(worker, array, depth)
    expected = by_the_core(array)
    ours = found[..., 0] if channels < 3 else found[..., :3]
    assert np.array_equal(ours, expected)
    assert not np.array_equal(ours, array[..., 0] if channels < 3 else array[..., :3])
    if channels in (2, 4):
        assert np.array_equal(found[..., -1], array[..., -1])
    assert answer["name"] == "golden-hour"


def test_an_image_in_adobe_rgb_stays_in_adobe_rgb(worker):
    array = pixels("u16", 3)
    found, answer = restyled(worker, array, "u16", profile=adobe_rgb())
    assert np.array_equal(found, by_the_core(array, adobe_rgb()))
    assert not np.array_equal(found, by_the_core(array))
    assert answer.notes == []


def test_a_profile_that_cannot_be_used_is_left_out_and_told(worker):
    array = pixels("u8", 3)
    found, answer = restyled(worker, array, "u8", profile=b"no profile" * 20)
    assert np.array_equal(found, by_the_core(array))
    assert answer.notes == ["the color profile was left out and sRGB assumed (it is damaged)"]


@pytest.mark.parametrize("channels", [1, 2])
def test_gray_becomes_color_where_that_is_asked_for(worker, channels):
    array = pixels("u8", channels)
    found, answer = restyled(worker, array, "u8", rgb=True)
    assert answer["channels"] == channels + 2
    assert np.array_equal(found[..., :3], by_the_core(array, rgb=True))
    if channels == 2:
        assert np.array_equal(found[..., 3], array[..., 1])


@pytest.mark.parametrize("strength", [0.0, 1.0])
@pytest.mark.parametrize(("depth", "white"), [("u8", 255), ("u16", 65535), ("float", 1)])
def test_an_opaque_layer_gets_its_alpha_where_that_is_asked_for(worker, depth, white, strength):
    array = pixels(depth, 3)
    found, answer = restyled(worker, array, depth, alpha=True, strength=strength)
    assert answer["channels"] == 4
    assert np.array_equal(found[..., :3], by_the_core(array, strength=strength))
    assert (found[..., 3] == white).all()


def test_strength_and_variation_are_those_of_the_command_line(worker):
    array = pixels("u8", 3)
    found, _answer = restyled(worker, array, "u8", strength=0.4, variation=9)
    assert np.array_equal(found, by_the_core(array, strength=0.4, variation=9))


def test_layers_of_a_series_get_one_look(worker_folder, tmp_path):
    layers = [pixels("u8", 3), pixels("u8", 4)[:30] // 2]
    photos = [Photo(layers[0]), Photo(*map(np.ascontiguousarray, (layers[1][..., :3], layers[1][..., 3])))]
    finished = [Proxy.opaque((portrait(seed) ** [1.6, 1.0, 0.7]).astype(np.float32)) for seed in range(4)]
    style = style_from_proxies(finished, "mine", cover=False)
    path = save_style(style, tmp_path / "mine.safetensors")
    with connect(worker_folder[0]) as worker:
        for array in layers:
            memory = worker.allocate(layout_of(array, "u8"))
            memory.write(0, array.tobytes())
            answer = worker.ask("add-to-series", layout_of(array, "u8"))
            memory.close()
        assert answer["layers"] == 2
        found = [restyled(worker, array, "u8", style=str(path), series=True)[0] for array in layers]
    look = look_of_series([proxy_of(photo) for photo in photos], style)
    for photo, ours in zip(photos, found, strict=True):
        assert np.array_equal(ours[..., :3], apply_style(photo, style, look=look).pixels)
        assert not np.array_equal(ours[..., :3], apply_style(photo, style).pixels)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"style": "no-such-style"}, "no-such-style: no such style"),
        ({"style": ""}, "style must be a text"),
        ({"strength": 1.6}, r"strength must be 0 to 1\.5, got 1\.6"),
        ({"strength": "1"}, r"strength must be 0 to 1\.5, got '1'"),
        ({"variation": -1}, "variation must be 0 to 2147483647, got -1"),
        ({"region": "hat"}, "region must be one of whole, subject, ground, skin, got 'hat'"),
        ({"grain": 3}, r"grain must be 0 to 2\.0, got 3"),
        ({"protect_skin": "1"}, "protect_skin must be 0 to 1, got '1'"),
        ({"depth": "u4"}, "depth must be one of u8, u16, float, got 'u4'"),
        ({"width": 10**6, "height": 10**6}, "more than 250 megapixels .*; scale it down, or crop it"),
        ({"width": 400}, "the layer needs .* bytes, the memory has"),
    ],
)
def test_what_cannot_be_done_is_told_and_the_next_request_works(worker, values, text):
    array = pixels("u8", 3)
    with pytest.raises(atelier_client.Problem, match=text):
        restyled_with(worker, array, values)
    assert np.array_equal(restyled(worker, array, "u8")[0], by_the_core(array))


def restyled_with(worker, array, values):
    layout = layout_of(array, "u8")
    worker.allocate(layout).close()
    worker.ask("restyle", {**layout, "style": "golden-hour", "strength": 1.0, "variation": 0, **values})


def test_a_layer_with_nothing_to_see_is_told_as_a_layer(worker):
    clear = np.zeros((48, 40, 4), np.uint8)
    with pytest.raises(
        atelier_client.Problem, match=r"^every pixel of the layer is transparent .*; select another layer"
    ):
        restyled(worker, clear, "u8")


def test_an_unknown_request_is_told(worker):
    with pytest.raises(atelier_client.Problem, match="no such request: 'dance'"):
        worker.ask("dance")


def test_progress_is_told_and_cancel_is_followed_within_a_moment(patient):
    array = np.tile(pixels("float", 3), (40, 60, 1))  # 4.6 megapixels
    told = []

    def stop_at_first(done, total, what):
        told.append((done, total, what))
        patient.cancel()

    with pytest.raises(atelier_client.Stopped):
        restyled(patient, array, "float", profile=adobe_rgb(), progress=stop_at_first)
    assert [what[1:] for what in told] == [(array.shape[0], "restyle")]
    assert told[0][0] < array.shape[0]
    assert patient.ask("styles")["styles"]


def test_several_clients_are_served_beside_each_other(worker_folder):
    array, results = pixels("u8", 3), []

    def one() -> None:
        with connect(worker_folder[0]) as worker:
            results.append(restyled(worker, array, "u8")[0])

    threads = [threading.Thread(target=one) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(results) == 4
    assert all(np.array_equal(result, by_the_core(array)) for result in results)


def test_styles_are_listed_with_cover_and_one_line(worker):
    answer = worker.ask("styles")
    named = {style["name"]: style for style in answer["styles"]}
    assert named["golden-hour"]["origin"] == "bundled"
    assert "\n" not in named["golden-hour"]["description"]
    assert named["golden-hour"]["description"]
    assert len(answer.blobs) == len(answer["styles"])
    assert all(blob.startswith(b"\xff\xd8") for blob in answer.blobs)


def test_a_preview_is_the_style_over_what_is_selected(worker):
    shown = pixels("float", 4)
    mask = np.zeros(shown.shape[:2], np.uint8)
    mask[:, 20:] = 255
    worker.ask("show", {"height": 48, "width": 40, "gray": False}, [shown.tobytes(), mask.tobytes()])
    request = {"style": "golden-hour", "strength": 0.5, "variation": 0}
    answer = worker.ask("preview", request)
    found = np.frombuffer(answer.blobs[0], np.uint8).reshape(48, 40, 4)
    expected = by_the_core(shown, strength=0.5).clip(0, 1) * 255
    before = shown[..., :3] * 255
    assert np.abs(found[:, 20:, :3] - expected[:, 20:]).max() <= 1
    assert np.abs(found[:, :20, :3] - before[:, :20]).max() <= 1
    assert np.abs(expected - before).max() > 5


def test_a_pixel_style_is_shown_roughly_at_once_then_as_it_paints_the_layer(worker):
    large = np.tile(pixels("u8", 4, (96, 80)), (8, 8, 1))  # 768 x 640
    small = cv2.resize(large, (320, 384), interpolation=cv2.INTER_AREA)
    size = {"height": 384, "width": 320, "gray": False}
    worker.ask("show", {**size, "reduced": True}, [(small / np.float32(255)).astype(np.float32).tobytes()])
    request = {"style": "red-chalk", "strength": 1.0, "variation": 0}
    first = worker.ask("preview", request)
    assert first["rough"]
    assert first["large"] >= 768
    assert worker.ask("preview", {**request, "exact": True})["rough"], "the larger layer was not sent yet"
    worker.ask("show-large", {"height": 768, "width": 640, "gray": False}, [large.tobytes()])
    exact = worker.ask("preview", {**request, "exact": True})
    assert not exact["rough"]
    expected = cv2.resize(by_the_core(large, style="red-chalk"), (320, 384), interpolation=cv2.INTER_AREA)
    rough, fine = (np.frombuffer(answer.blobs[0], np.uint8).reshape(384, 320, 4)[..., :3] for answer in (first, exact))
    assert np.abs(fine.astype(int) - expected).max() <= 2
    assert np.abs(rough.astype(int) - expected).mean() < 40
    assert not worker.ask("preview", {**request, "strength": 0.5})["rough"], "what was painted exactly is kept"


def test_an_exact_picture_that_is_not_wanted_any_more_is_given_up(worker, worker_folder):
    process = pytest.importorskip("psutil").Process(worker_folder[1])

    def work_for(**changes) -> float:
        """Return the CPU seconds that the worker spends on a request."""
        before = process.cpu_times()
        with suppress(atelier_client.Stopped):
            assert not worker.ask("preview", {**request, "exact": True}, **changes)["rough"]
            answered.append(True)
        after = process.cpu_times()
        return after.user + after.system - before.user - before.system

    large, answered = np.tile(pixels("u8", 4, (96, 80)), (10, 12, 1)), []
    small = (cv2.resize(large, (64, 64), interpolation=cv2.INTER_AREA) / np.float32(255)).astype(np.float32)
    worker.ask("show", {"height": 64, "width": 64, "reduced": True}, [small.tobytes()])
    worker.ask("show-large", {"height": 960, "width": 960}, [large.tobytes()])
    request = {"style": "red-chalk", "strength": 1.0, "variation": 0}
    assert worker.ask("preview", request)["rough"]  # all of pixel styles is loaded
    begun = work_for(tick=worker.cancel)
    assert not answered
    assert begun < work_for()
    assert answered


def test_a_pixel_style_of_a_layer_no_larger_than_its_preview_is_exact_at_once(worker):
    shown = pixels("float", 4)
    worker.ask("show", {"height": 48, "width": 40, "gray": False}, [shown.tobytes()])
    assert not worker.ask("preview", {"style": "red-chalk", "strength": 1.0, "variation": 0})["rough"]


def test_an_open_image_becomes_a_style_that_can_be_used_by_its_path(worker):
    shown = pixels("float", 4)
    answer = worker.ask("style-from-images", {"name": "a/b", "sizes": [[40, 48]]}, [shown.tobytes()])
    assert answer["style"]["name"] == "open image", "a name that is no file's"
    assert answer.blobs[0].startswith(b"\xff\xd8")
    found, used = restyled(worker, pixels("u8", 3), "u8", style=answer["path"])
    assert used["name"] == "open image"
    assert not np.array_equal(found, pixels("u8", 3))


def photos(folder):
    for seed in range(3):
        pixels_of_one = (portrait(seed) ** [1.3, 1.0, 0.8] * 255).astype(np.uint8)
        write_photo(Photo(pixels_of_one, file_format="JPEG"), folder / f"{seed}.jpg")


def test_a_style_is_learnt_told_on_the_way_and_not_replaced_unasked(worker, tmp_path):
    photos(tmp_path)
    told = []
    request = {"folder": str(tmp_path), "name": "Mine", "training": "trained"}
    answer = worker.ask("learn", request, progress=lambda *what: told.append(what))
    assert (3, 3, "photos") in told
    assert any("fewer than 8 photos" in note for note in answer.notes)
    assert answer["kind"] == "instant"
    assert "Mine" in [style["name"] for style in worker.ask("styles")["styles"]]
    with pytest.raises(
        atelier_client.Problem, match="Mine: a style of that name exists; choose another name, or have it replaced"
    ):
        worker.ask("learn", request)


def test_a_style_is_shown_on_the_open_photo_unless_there_are_untouched_ones(worker, tmp_path):
    (tmp_path / "finished").mkdir()
    (tmp_path / "untouched").mkdir()
    photos(tmp_path / "finished")
    photos(tmp_path / "untouched")
    blue = np.full((48, 64, 4), (0.2, 0.3, 0.8, 1), np.float32)
    request = {"folder": str(tmp_path / "finished"), "name": "Shown", "training": "instant", "overwrite": True}
    shown = {"sizes": [[64, 48]]}
    answer = worker.ask("learn", {**request, **shown}, [blue.tobytes()])
    assert answer["pictures"] == ["open", "styled", "finished"]
    before = cv2.imdecode(np.frombuffer(answer.blobs[1], np.uint8), cv2.IMREAD_COLOR_RGB)
    assert before is not None
    assert before.shape == (48, 64, 3)
    assert np.abs(before.astype(int) - (51, 77, 204)).max() <= 3
    assert worker.ask("learn", request)["pictures"] == ["sample", "styled", "finished"]
    clear = np.zeros_like(blue)
    assert worker.ask("learn", {**request, **shown}, [clear.tobytes()])["pictures"][0] == "sample"
    content = {"content": str(tmp_path / "untouched")}
    answer = worker.ask("learn", {**request, **shown, **content}, [blue.tobytes()])
    assert answer["pictures"] == ["untouched", "styled", "finished"]
    with pytest.raises(atelier_client.Problem):
        worker.ask("learn", {**request, "sizes": [[64, 47]]}, [blue.tobytes()])


def test_learning_that_is_cancelled_keeps_nothing(patient, tmp_path):
    photos(tmp_path)
    request = {"folder": str(tmp_path), "name": "Given up", "training": "instant"}
    with pytest.raises(atelier_client.Stopped):
        patient.ask("learn", request, progress=lambda *_what: patient.cancel())
    assert "Given up" not in [style["name"] for style in patient.ask("styles")["styles"]]


def test_a_folder_that_is_not_there_is_told(worker):
    with pytest.raises(atelier_client.Problem, match="/no/photos: no such folder; choose the folder"):
        worker.ask("learn", {"folder": "/no/photos", "name": "X", "training": "instant"})


def test_notes_errors_and_descriptions_come_in_the_language_of_the_client(worker, monkeypatch):
    monkeypatch.setattr(atelier_client, "LANGUAGE", "de")
    _, answer = restyled(worker, pixels("u8", 3), "u8", profile=b"no profile" * 20)
    assert answer.notes == ["das Farbprofil wurde weggelassen und sRGB angenommen (es ist beschädigt)"]
    described = {style["name"]: style["description"] for style in worker.ask("styles")["styles"]}
    assert described["high-key"] == "Hell und luftig: offene Schatten, reines Weiß, frische Haut."
    with pytest.raises(Exception, match="kein solcher Stil, keine solche Stildatei"):
        worker.ask("style", {"style": "no such style"})


def test_newer_controls_reach_the_core(worker):
    array = pixels("u8", 3)
    for controls in ({"region": "subject"}, {"grain": 0.0}, {"protect_skin": 1.0}, {"even": True}):
        found, answer = restyled(worker, array, "u8", style="silver-gelatin", **controls)
        np.testing.assert_array_equal(found, by_the_core(array, style="silver-gelatin", **controls))
        assert isinstance(answer["remarks"], list)


def test_looks_are_rendered_by_the_cpu_although_torch_is_there_and_might_have_a_gpu(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")  # as after a training

    def refused(device: str) -> torch.device:
        assert device == "cpu", f"{device} might be a GPU, whose pixels are not quite the command line's"
        return torch.device(device)

    monkeypatch.setattr("portrait_atelier.core.imaging.rendering.render_torch.pick_device", refused)
    array = pixels("float", 4)
    height, width = array.shape[:2]
    client, size = ClientState(tmp_path), {"height": height, "width": width}
    show(Job(Message({**size}, [array.tobytes()]), lambda _message: None), client)
    asked = {"style": "golden-hour", "strength": 1.0, "variation": 0}
    answer = draw(Job(Message(asked), lambda _message: None), client)
    assert len(answer.blobs[0]) == height * width * 4
    draw_thumbnail(Job(Message({**asked, "size": 16}), lambda _message: None), client)
