"""Styles as requests name them: replaced files, blends, color tables, pictures on the user's photo, saving."""

import sys

import numpy as np
import pytest
from portrait_atelier.core.styles.cover import astronaut
from table_files import write_cube_1d, write_cube_3d, write_hald
from worker_process import atelier_client

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="looks at Unix's files of a process")
Problem = atelier_client.Problem
SIZE = 48
PLAIN = {"strength": 1.0, "variation": 0}


@pytest.fixture
def shown(worker):
    """A worker that knows a small layer."""
    color = astronaut().pixels[100 : 100 + 2 * SIZE : 2, 180 : 180 + 2 * SIZE : 2] / np.float32(255)
    pixels = np.dstack([color, np.ones((SIZE, SIZE), np.float32)]).astype(np.float32)
    worker.ask("show", {"width": SIZE, "height": SIZE, "gray": False, "reduced": True}, [pixels.tobytes()])
    return worker


def preview(worker, **values) -> np.ndarray:
    (blob,) = worker.ask("preview", {**PLAIN, **values}).blobs
    return np.frombuffer(blob, np.uint8).reshape(SIZE, SIZE, 4).astype(int)


def test_a_style_that_is_replaced_under_its_name_is_shown_at_once(shown, tmp_path):
    table = write_cube_3d(tmp_path / "film.cube", 9)
    first = preview(shown, style=str(table))
    assert np.array_equal(preview(shown, style=str(table)), first)
    write_cube_1d(table)
    assert np.abs(preview(shown, style=str(table)) - first).max() > 4


def test_a_blend_lies_between_its_styles_and_ends_at_them(shown):
    first, second = preview(shown, style="golden-hour"), preview(shown, style="silver-gelatin")
    half = preview(shown, style="golden-hour", second="silver-gelatin", share=0.5)
    assert np.abs(half - (first + second) / 2).mean() < 3
    assert np.array_equal(preview(shown, style="golden-hour", second="silver-gelatin", share=0.0), first)
    assert np.array_equal(preview(shown, style="golden-hour", second="silver-gelatin", share=1.0), second)


def test_a_color_table_is_asked_for_as_such_and_a_picture_is_none(shown, tmp_path):
    hald = write_hald(tmp_path / "film.png")
    assert np.abs(preview(shown, style=str(hald), table=True) - preview(shown, style="golden-hour")).mean() > 1
    with pytest.raises(Problem, match="cannot be read"):
        preview(shown, style="golden-hour.jpg", table=True)


def test_a_small_picture_of_the_photo_is_in_the_style(shown):
    answer = shown.ask("thumbnail", {"style": "silver-gelatin", "size": 24})
    assert (answer["width"], answer["height"]) == (24, 24)
    pixels = np.frombuffer(answer.blobs[0], np.uint8).reshape(24, 24, 4).astype(int)
    assert np.abs(pixels[..., 0] - pixels[..., 2]).max() < 24, "a print in gray"


def test_a_blend_is_saved_and_a_name_that_is_taken_is_refused_ready_styles_included(shown):
    blend = {"style": "golden-hour", "second": "silver-gelatin", "share": 0.25}
    answer = shown.ask("save-style", {**blend, "name": "Half and half"})
    assert answer["style"]["kind"] == "blend"
    assert np.abs(preview(shown, style="Half and half") - preview(shown, **blend)).max() <= 1
    for name, text in (
        ("Half and half", "a style of that name exists"),
        ("golden-hour", "is the name of a ready style"),
    ):
        with pytest.raises(Problem, match=text):
            shown.ask("save-style", {**blend, "name": name})
    shown.ask("save-style", {**blend, "name": "Half and half", "overwrite": True})
