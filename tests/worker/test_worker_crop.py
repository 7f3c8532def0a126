"""Crops at actual size from the worker: what is shown is what the command line makes."""

import sys

import numpy as np
import pytest
from icc_profiles import adobe_rgb
from portrait_atelier.core.imaging.color_management import to_srgb, to_uint8
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.cover import astronaut
from worker_process import atelier_client, layout_of, pixels

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="looks at Unix's files of a process")
CROP = {"left": 10, "top": 14, "width": 24, "height": 30}
PLACE = np.s_[14:44, 10:34]
GRAINY = {"style": "silver-gelatin", "strength": 1.0, "variation": 0}


def show_whole(worker, array, depth, profile=None):
    layout = layout_of(array, depth)
    memory = worker.allocate(layout)
    memory.write(0, array.tobytes())
    memory.close()
    return worker.ask("show-whole", layout, [profile] if profile else [])


def crop(worker, values, blobs=(), place=CROP):
    answer = worker.ask("crop", {**place, **values}, blobs)
    shape = (place["height"], place["width"], 4)
    return *(np.frombuffer(blob, np.uint8).reshape(shape) for blob in answer.blobs), answer


def styled(array, profile=None, style="silver-gelatin", **controls):
    alpha = np.ascontiguousarray(array[..., 3]) if array.shape[2] == 4 else None
    photo = Photo(np.ascontiguousarray(array[..., :3]), alpha, profile)
    return to_uint8(to_srgb(apply_style(photo, resolve_style(style), Controls(**controls)).pixels, profile))


@pytest.mark.parametrize("depth", ["u8", "u16", "float"])
@pytest.mark.parametrize("controls", [{}, {"strength": 0.4, "variation": 3}, {"grain": 0.0}, {"region": "subject"}])
def test_a_crop_is_that_of_the_result_grain_included(worker, depth, controls):
    array = pixels(depth, 4)
    show_whole(worker, array, depth)
    before, after, _answer = crop(worker, {**GRAINY, **controls})
    assert np.array_equal(after[..., :3], styled(array, **controls)[PLACE])
    assert np.array_equal(before[..., :3], to_uint8(to_srgb(array[..., :3], None))[PLACE])
    assert not np.array_equal(before[..., :3], after[..., :3])
    assert np.array_equal(before[..., 3], after[..., 3])
    assert np.abs(before[0, :, 3] / 255 - np.linspace(1, 0.2, 40)[10:34]).max() < 0.01


@pytest.mark.parametrize("times", [2, 4])
def test_a_crop_that_is_reduced_has_the_means_of_its_pixels(worker, times):
    array = pixels("u8", 4)
    show_whole(worker, array, "u8")
    place = {"left": 8, "top": 4, "width": 24, "height": 28, "shrink": times}
    answer = worker.ask("crop", {**place, **GRAINY})
    before, after = (np.frombuffer(blob, np.uint8).reshape(28 // times, 24 // times, 4) for blob in answer.blobs)
    for shown, whole in ((before, array[..., :3]), (after, styled(array))):
        part = whole[4:32, 8:32].reshape(28 // times, times, 24 // times, times, 3)
        assert np.abs(shown[..., :3] - part.mean((1, 3))).max() <= 0.5 + 1e-6


def test_a_crop_in_another_color_space_is_shown_in_srgb(worker):
    array = pixels("u16", 3)
    show_whole(worker, array, "u16", adobe_rgb())
    before, after, _answer = crop(worker, GRAINY)
    assert np.array_equal(before[..., :3], to_uint8(to_srgb(array, adobe_rgb()))[PLACE])
    assert np.array_equal(after[..., :3], styled(array, adobe_rgb())[PLACE])
    assert (after[..., 3] == 255).all()


def test_a_crop_of_a_gray_layer_becomes_color_where_that_is_asked_for(worker):
    array = pixels("u8", 1)
    show_whole(worker, array, "u8")
    gray, color = (crop(worker, {**GRAINY, "style": "cool-cinema", "rgb": rgb})[1] for rgb in (False, True))
    assert (np.ptp(gray[..., :3].astype(int), -1) == 0).all()
    assert np.ptp(color[..., :3].astype(int), -1).max() > 5


def test_another_crop_of_the_same_result_is_cut_from_it(worker):
    array = pixels("u8", 3)
    show_whole(worker, array, "u8")
    first = crop(worker, GRAINY)[1]
    other = crop(worker, GRAINY, place={**CROP, "left": 12})[1]
    assert np.array_equal(other[:, :-2], first[:, 2:])


def test_nothing_changes_where_nothing_is_selected(worker):
    array, selection = pixels("u8", 3), np.zeros((30, 24), np.uint8)
    selection[:, 12:] = 255
    show_whole(worker, array, "u8")
    before, after, _answer = crop(worker, GRAINY, [selection.tobytes()])
    assert np.array_equal(after[:, :12], before[:, :12])
    assert np.array_equal(after[:, 12:, :3], styled(array)[PLACE][:, 12:])


def test_what_there_is_to_say_of_the_fit_comes_with_crop_and_preview(worker):
    dark = np.ascontiguousarray(pixels("float", 4) * np.float32([0.3, 0.3, 0.3, 1]))
    show_whole(worker, dark, "float")
    worker.ask("show", {"height": 48, "width": 40, "gray": False}, [dark.tobytes()])
    for even, said in ((False, []), (True, ["evened first: +"])):
        answers = [crop(worker, {**GRAINY, "even": even})[2], worker.ask("preview", {**GRAINY, "even": even})]
        for answer in answers:
            assert [remark[: len("evened first: +")] for remark in answer["remarks"]] == said


def test_the_middle_of_the_face_is_the_place_to_look_at(worker):
    array = np.ascontiguousarray(astronaut().pixels)
    answer = show_whole(worker, array, "u8")
    assert abs(answer["x"] - 225) < 40
    assert abs(answer["y"] - 115) < 40
    plain = show_whole(worker, np.full((60, 80, 3), 90, np.uint8), "u8")
    assert (plain["x"], plain["y"]) == (40, 30)


@pytest.mark.parametrize(
    ("place", "blobs", "text"),
    [
        ({**CROP, "left": 17}, [], "left must be 0 to 16, got 17"),
        ({**CROP, "height": 49}, [], "height must be 1 to 48, got 49"),
        (CROP, [b"few"], "the selection does not fit the size of the crop"),
    ],
)
def test_a_crop_beyond_the_layer_is_refused(worker, place, blobs, text):
    show_whole(worker, pixels("u8", 3), "u8")
    with pytest.raises(atelier_client.Problem, match=text):
        crop(worker, GRAINY, blobs, place)


def test_a_crop_of_nothing_is_refused(worker):
    with pytest.raises(atelier_client.Problem, match="nothing was shown"):
        crop(worker, GRAINY)
