"""Memory and disk without room, in the real GIMP: the image is unchanged, nothing is left, the message helps."""

import re

import gimp_cells
import pytest
from gimp_host import GimpHost, GimpRun

pytestmark = pytest.mark.gimp
NOTHING = {"shm": [], "memory": 0, "files": [], "plugin": 0}
MESSAGES = {
    "little memory and a full disk": r"no room for 30 MB of pixels \(in memory: 20 MB are free; in /tmp/home/.*: no "
    r"space left on device\); close other images or programs, or free some disk space, and try again",
    "no memory for the result": r"not enough memory for this image; close other images or programs, and try again",
}


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    gimp_cells.write_photos(gimp.tmp / "photos")
    return gimp.python("no_room.py").check()


@pytest.mark.parametrize("name", MESSAGES)
def test_without_room_the_image_is_unchanged_and_the_message_says_what_to_do(run, name):
    (line,) = [line for line in run.of("no room") if line["name"] == name]
    assert line["status"] == "execution-error"
    assert re.search(MESSAGES[name], line["message"]), line["message"]
    assert line["same"]
    assert line["left"] == NOTHING


@pytest.mark.parametrize("name", MESSAGES)
def test_the_next_call_that_has_room_works(run, name):
    (line,) = [line for line in run.of("after") if line["name"] == name]
    assert line["status"] == "success", line["message"]


def test_pixels_that_memory_has_no_room_for_go_by_the_disk(run):
    (line,) = [line for line in run.of("no room") if line["name"] == "little memory"]
    assert line["status"] == "success", line["message"]
    assert line["left"] == NOTHING


def test_a_style_that_finds_no_room_on_the_disk_is_told_and_learnt_once_there_is_some(run):
    (line,) = run.of("no style")
    assert line["status"] == "execution-error"
    assert re.search(
        r"Homeless\.safetensors: cannot be written \(no space left on device\); check the free space", line["message"]
    )
    assert "Homeless" not in line["names"]
    assert line["left"] == NOTHING
    (line,) = run.of("style")
    assert line["status"] == "success", line["message"]
    assert "Homeless" in line["names"]
