"""One style for many photos in the real GIMP: open images, groups, a series, a folder; the dialog."""

import json
from pathlib import Path

import gimp_cells
import pytest
from gimp_host import GimpHost, GimpRun

pytestmark = pytest.mark.gimp


def write_folder(folder: Path) -> None:
    gimp_cells.write_photos(folder, 3)
    (folder / "broken.jpg").write_bytes(b"no photo")


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    write_folder(gimp.tmp / "many")
    return gimp.python("batch.py").check()


def test_each_open_image_gets_a_layer_and_one_that_cannot_is_named(run):
    (line,) = run.of("images")
    assert [layer["name"] for layer in line["first"]] == ["golden-hour 50%", "photo"]
    assert line["inside"] == ["golden-hour 50%", "photo"], "a group that is selected means what is in it"
    assert line["indexed"] == 1
    assert line["status"] == "execution-error"
    assert "1 of 3 open images could not be restyled" in line["message"]
    assert "indexed colors" in line["message"]


def test_open_images_can_be_a_series_and_be_replaced(run):
    (line,) = run.of("series")
    assert (line["status"], line["count"]) == ("success", 2), line["message"]


def test_a_style_takes_the_place_of_another_and_is_not_put_upon_it_and_it_is_said_which(run):
    (line,) = run.of("styled before")
    assert line["inside"] == ["silver-gelatin 100%", "photo"], "the source beside it gets no layer of its own"
    assert line["same"], "it is as if the photo had never been in another style"
    assert line["source_same"]
    assert line["words"] == [
        "New layers, each above the one that it was made from: 2",
        "Layers that were in a style, made anew in this one: 1",
        "Edit > Undo takes it back, image by image.",
    ]
    assert line["lone"] == ["silver-gelatin 100%", "golden-hour 100%"]
    (told,) = line["told"]
    assert told.startswith("“golden-hour 100%” was in a style already, and the layer that it was made from is gone")
    (line,) = run.of("replaced")
    assert line["status"] == "success", line["message"]
    assert line["inside"] == ["golden-hour 100%", "photo"]


def test_when_the_worker_is_lost_it_is_said_what_was_done_until_then_and_what_was_not(run):
    (line,) = run.of("worker lost")
    assert line["struck"], "the worker was killed while it had the second of three images"
    assert line["layers"] == [2, 1, 1]
    assert line["status"] == "execution-error"
    assert "ended unexpectedly. 1 of 3 open images were restyled." in line["message"]
    assert "Nothing was changed" not in line["message"]
    assert line["message"].count("not restyled; it is as it was.") == 2


def test_a_folder_is_restyled_and_what_cannot_be_read_is_named(run):
    (line,) = run.of("folder")
    photos = ["0.jpg", "1.jpg", "2.jpg"]
    assert [name for name in line["results"] if name.endswith(".jpg")] == photos
    assert line["status"] == "execution-error"
    assert "3 of 4 photos were restyled." in line["message"]
    assert "“broken.jpg”: " in line["message"]
    (line,) = run.of("again")
    assert line["status"] == "success", line["message"]
    assert [name for name in line["results"] if name.endswith(".jpg")] == photos


def test_without_photos_it_is_said_what_to_do(run):
    (line,) = run.of("nothing open")
    assert (line["status"], line["message"]) == (
        "execution-error",
        "No image is open. Open the photos first, or choose a folder.",
    )
    (line,) = run.of("missing")
    assert "no such folder; choose the folder with your photos" in line["message"]


@pytest.fixture(scope="module")
def shown(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    write_folder(gimp.tmp / "many")
    gimp.forget_last_values()
    for path in gimp.tmp.glob("step-*"):
        path.unlink()
    run = gimp.python("batch_dialog.py", driver="batch_dialog_user.py", fonts=True, timeout=400, ATELIER_DEBUG="1")
    return run.check()


def test_the_dialog_restyles_the_open_images(shown):
    (line,) = shown.of("images")
    assert line["status"] == "success", line["message"]
    assert line["names"] == [["golden-hour 100%", "photo"], ["golden-hour 100%", "photo"]]


def test_what_was_done_is_said_also_where_all_went_well(shown, gimp):
    assert json.loads((gimp.tmp / "user.json").read_text()) == {"stays": [True, True]}


def test_the_dialog_given_again_leaves_one_styled_layer_in_each_image(shown):
    (line,) = shown.of("again")
    assert line["status"] == "success", line["message"]
    assert line["names"] == [["golden-hour 100%", "photo"], ["golden-hour 100%", "photo"]]


def test_many_images_can_be_cancelled_which_is_summed_up(shown):
    (line,) = shown.of("cancelled")
    assert line["status"] == "success", line["message"]
    first, second, third = line["layers"]
    assert (first, third) == (2, 1), "the first is kept, and the third was not begun"
    assert second in (1, 2), "it was under way"


def test_the_dialog_restyles_a_folder_and_leaves_no_image_open(shown):
    (line,) = shown.of("folder")
    assert line["status"] == "success", line["message"]
    assert line["results"] == ["0.jpg", "1.jpg", "2.jpg"]
    assert line["layers"] == [1, 1]
