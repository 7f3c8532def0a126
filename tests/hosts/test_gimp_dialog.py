"""The filter at a display: the dialog and its preview, undo, the action search, the last values."""

import json

import cv2
import gimp_cells
import numpy as np
import pytest
from gimp_host import GimpHost, GimpRun
from portrait_atelier.core.imaging.contact_sheet import jpeg_of

pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    for path in gimp.tmp.glob("step-*"):
        path.unlink()
    return gimp.python("dialog.py", driver="dialog_user.py", fonts=True, timeout=580)


def test_the_preview_follows_the_slider(run, gimp):
    facts = json.loads((gimp.tmp / "user.json").read_text())
    assert facts == {"differs": True, "split": True, "strength 0 is the photo": True, "half differs from both": True}


def test_ok_makes_a_layer_with_the_name_of_style_and_strength(run):
    (line,) = run.check().of("dialog")
    assert line["status"] == "success", line["message"]
    new, source = line["after"]
    assert new["name"] == "golden-hour 50%"
    assert (new["selected"], source["selected"]) == (True, False)
    assert {**source, "selected": True} == line["before"][0]
    assert new["pixels"] != source["pixels"]


def test_one_undo_takes_it_all_back(run):
    (line,) = run.check().of("undone")
    assert line["same"]


def test_the_action_search_finds_it_and_it_remembers_the_last_values(run):
    (line,) = run.check().of("searched")
    assert [layer["name"] for layer in line["after"]] == ["golden-hour 50%", "photo"]


def test_repeat_last_needs_no_dialog(run):
    (line,) = run.check().of("repeated")
    assert len(line["after"]) == 3
    assert line["after"][0]["name"].startswith("golden-hour 50%")


def test_a_cancelled_dialog_leaves_the_image_as_it_is(run):
    (line,) = run.check().of("cancelled")
    assert line == {"event": "cancelled", "status": "cancel", "layers": 3}


def test_a_styled_layer_is_opened_as_it_was_and_gets_the_style_that_is_searched_for(run):
    (line,) = run.check().of("edited")
    assert line["status"] == "success", line["message"]
    (new, *others), (before, *same) = line["after"], line["before"]
    assert new["name"] == "silver-gelatin 50%"
    assert new["pixels"] != before["pixels"]
    assert others == same


def test_one_undo_brings_back_a_text_layer_and_effects_whose_pixels_were_replaced(run):
    (line,) = run.check().of("rasterized")
    assert line["changed"]
    assert line["effects"] == [0, 0]
    (line,) = run.of("restored")
    assert line == {"event": "restored", "same": True, "text": True, "effects": [0, 1]}


def test_one_undo_takes_a_layer_with_its_mask_back(run):
    (line,) = run.check().of("masked")
    assert line["masks"] == [True, True], line["message"]
    (line,) = run.of("unmasked")
    assert line == {"event": "unmasked", "same": True, "channels": 0}


def test_a_style_is_learnt_in_a_dialog_that_says_which_photos_are_left_out_and_is_there(gimp: GimpHost):
    folder = gimp.tmp / "checked"
    gimp_cells.write_photos(folder)
    (folder / "broken.jpg").write_bytes(b"no photo")
    (folder / "copy.jpg").write_bytes((folder / "0.jpg").read_bytes())
    (gimp.tmp / "opened.jpg").write_bytes(jpeg_of(np.full((60, 90, 3), (40, 90, 200), np.uint8), 95))
    run = gimp.python("learn_dialog.py", driver="learn_dialog_user.py", timeout=580, ATELIER_DEBUG="1")
    (line,) = run.check().of("open photos")
    assert line["layers"] == 2, line["message"]
    assert line["shown"]["none"] is None
    if gimp.version != "3.0":  # which does not know where a photo came from that a script opened
        assert line["shown"]["finished"] is None
    assert line["shown"]["another"][:2] == [64, 43]
    assert line["shown"]["in a style"] == line["shown"]["another"], "as it was before the style"
    learnt = run.of("learnt")
    assert learnt[0]["status"] == "success", learnt[0]["message"]
    assert "My Look" in learnt[0]["names"]
    assert json.loads((gimp.tmp / "user.json").read_text()) == {"listed": True}
    kept = json.loads((gimp.config / "portrait-style.json").read_text())
    assert kept["learnt"] == "My Look", "the next dialog of styles begins with it"


def test_the_preview_of_a_pixel_style_becomes_what_comes_out(gimp: GimpHost):
    gimp_cells.write_picture(gimp.tmp)
    gimp.forget_last_values()
    run = gimp.python("pixel_dialog.py", driver="pixel_dialog_user.py", timeout=580).check()
    (line,) = run.of("restyled")
    assert line["status"] == "success", line["message"]
    assert line["name"].startswith("red-chalk 100%, variation ")
    large = np.fromfile(gimp.tmp / "result.rgb", np.uint8).reshape(1200, 1200, 3)
    rough, exact = (np.fromfile(gimp.tmp / f"{name}.rgb", np.uint8).reshape(520, 460, 3) for name in ("rough", "exact"))
    side = int((exact[:, 100] != exact[0, 0]).any(-1).sum())  # the preview grows with its dialog
    assert side >= 420
    result = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA).astype(int)
    assert unlike(exact, result) < 6
    assert unlike(rough, result) > 2 * unlike(exact, result)


def test_a_part_at_100_percent_is_what_comes_out_grain_included(gimp: GimpHost):
    gimp_cells.write_picture(gimp.tmp)
    gimp.forget_last_values()
    run = gimp.python("detail_dialog.py", driver="detail_dialog_user.py", timeout=580).check()
    (line,) = run.of("restyled")
    assert line["status"] == "success", line["message"]
    result = np.fromfile(gimp.tmp / "detailed.rgb", np.uint8).reshape(1024, 1024, 3)
    shown = {
        name: np.fromfile(gimp.tmp / f"{name}.rgb", np.uint8).reshape(460, 460, 3)
        for name in ("first", "dragged", "before")
    }
    first, dragged = (place_of(shown[name], result) for name in ("first", "dragged"))
    assert (dragged[0] - first[0], dragged[1] - first[1]) == (25, 60)
    with pytest.raises(LookupError):
        place_of(shown["before"], result)
    shown = {
        name: np.fromfile(gimp.tmp / f"{name}.rgb", np.uint8).reshape(460, 460, 3)
        for name in ("half", "quarter", "half again", "whole again", "double")
    }
    half, quarter = (cv2.resize(result, (size, size), interpolation=cv2.INTER_AREA) for size in (512, 256))
    for name in ("half", "half again"):
        place_of(shown[name], half)
    place_of(quarter[:216], shown["quarter"], size=150)  # the whole is smaller than the room for it
    place_of(shown["whole again"], result)
    double = shown["double"]
    assert any(is_part_of(double[top::2, left::2], result) for top in (0, 1) for left in (0, 1))


def is_part_of(shown: np.ndarray, result: np.ndarray) -> bool:
    try:
        place_of(shown, result, size=120)
    except LookupError:
        return False
    return True


def place_of(shown: np.ndarray, result: np.ndarray, size: int = 300) -> tuple[int, int]:
    """Where in the result the middle of what was shown is, pixel for pixel: (top, left)."""
    top, left = ((side - size) // 2 for side in shown.shape[:2])
    middle = shown[top : top + size, left : left + size]
    scores = cv2.matchTemplate(result, middle, cv2.TM_SQDIFF)
    top, left = np.unravel_index(scores.argmin(), scores.shape)
    if not np.array_equal(result[top : top + size, left : left + size], middle):
        raise LookupError("the result has no such part")
    return int(top), int(left)


def unlike(shown: np.ndarray, result: np.ndarray) -> float:
    """The mean difference, of 255, where the picture lies best upon what was shown."""
    height, width = result.shape[:2]
    tops, lefts = (range(shown.shape[axis] - size + 1) for axis, size in enumerate((height, width)))
    return min(
        float(np.abs(shown[top : top + height, left : left + width] - result).mean()) for top in tops for left in lefts
    )
