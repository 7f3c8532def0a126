"""What goes wrong in the real GIMP: the image is unchanged, nothing is left, the message helps, the next call works."""

import re

import gimp_cells
import pytest
from gimp_host import GimpHost, GimpRun

pytestmark = pytest.mark.gimp

MESSAGES = {
    "no such style": r"no-such-style",
    "no style": r"style",
    "too strong": r"strength.*1\.5",
    "negative strength": r"strength.*1\.5",
    "negative variation": r"variation",
    "unknown output": r"output.*new-layer.*replace",
    "no layer": r"(?i)layer",
    "a mask": r"is not a layer. Select a layer, not its mask or a channel",
    "a channel": r"“saved” is not a layer. Select a layer, not its mask or a channel",
    "a group": r"“group” is a layer group without layers. Select another one",
    "indexed": r"(?i)indexed.*Image > Mode > RGB",
    "locked": r"pixels of layer “photo” are locked. Unlock them",
    "locked group": r"layer group “outer” is locked. Unlock it, or choose a new layer",
    "worker killed": r"ended unexpectedly.*try again",
    "worker hung": r"no sign of life.*try again",
    "another version": r"0\.0\.1.*atelier gimp install",
    "another protocol": r"atelier gimp install",
    "python gone": r"/nowhere/python.*atelier gimp install",
    "disk full": r"(?i)no space left.*free",
}


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    return gimp.python("failures.py", ATELIER_SILENCE="10").check()


@pytest.mark.parametrize("name", [*MESSAGES, "cancelled"])
def test_a_failure_changes_nothing_leaves_nothing_and_can_be_followed_by_a_good_call(run, name):
    (failure,) = [line for line in run.of("failure") if line["name"] == name]
    assert failure["struck"], "the call was disturbed while the worker had its pixels"
    assert failure["status"] in ("calling-error", "execution-error", "cancel"), failure["status"]
    assert failure["same"]
    assert failure["left"] == {"shm": [], "memory": 0, "files": [], "plugin": 0}
    again = failure["again"] or run.of("after wrong arguments")[0]
    assert again["status"] == "success", again["message"]


@pytest.mark.parametrize(("name", "text"), MESSAGES.items())
def test_the_message_says_what_is_wrong_and_what_to_do(run, name, text):
    (failure,) = [line for line in run.of("failure") if line["name"] == name]
    assert re.search(text, failure["message"], re.DOTALL), failure["message"]


def test_a_strength_that_is_no_number_is_refused_and_not_taken_for_the_default(run):
    (line,) = run.of("not a number")
    assert (line["status"], line["same"]) == ("calling-error", True)


def test_a_worker_that_hung_before_the_call_is_replaced_by_another(run):
    (line,) = run.of("hung before")
    assert line["status"] == "success", line["message"]


def test_a_layer_too_small_for_a_look_is_no_crash(run):
    (failure,) = [line for line in run.of("failure") if line["name"] == "tiny"]
    assert failure["status"] == "success" or (failure["same"] and failure["message"])


def test_of_a_layer_in_a_locked_group_only_the_pixels_cannot_be_replaced(run):
    (line,) = run.of("in a locked group")
    assert line["same"], "neither its pixels nor its effects changed"
    assert (line["status"], line["inside"]) == ("success", 2), line["message"]


def test_when_gimp_is_killed_the_worker_lets_go_and_serves_the_next_gimp(gimp):
    gimp_cells.write_picture(gimp.tmp)
    run = gimp.python("killed.py", "after_killed.py")
    assert run.of("before kill"), run.output[-3000:]
    (line,) = run.of("after kill")
    assert line["left"] == {"shm": [], "memory": 0, "files": [], "plugin": 0}
    assert line["same_worker"]
    assert line["status"] == "success", line["message"]
