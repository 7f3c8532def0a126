"""Training in the real GIMP, to its end, cut short, given up, and with its worker killed."""

import re

import gimp_cells
import pytest
from gimp_host import GimpHost, GimpRun

pytestmark = pytest.mark.gimp
NUM_PHOTOS = 12


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    gimp_cells.write_photos(gimp.tmp / "photos", NUM_PHOTOS)
    return gimp.python("training.py", ATELIER_DEBUG="1").check()


def test_a_style_is_trained_to_its_end_with_progress_and_can_be_used_at_once(run):
    (line,) = run.of("trained")
    assert line["status"] == "success", line["message"]
    assert "Trained" in line["names"]
    assert line["applied"]["status"] == "success", line["applied"]["message"]
    assert line["checkpoints"] == [], "there is nothing left to go on with"
    first = run.output.partition("progress: training 2/2")
    told = re.findall(r"progress: (\w+) (\d+/\d+)", first[0] + first[1])
    assert [what for what, text in told if text == f"{NUM_PHOTOS}/{NUM_PHOTOS}"] == ["photos"]
    assert [text for what, text in told if what == "training"][-2:] == ["1/2", "2/2"]


def test_a_number_of_steps_that_cannot_be_is_refused(run):
    (line,) = run.of("too many steps")
    assert (line["status"], line["message"]) == ("calling-error", "steps must be 0 to 10000, got 1000000.")


def test_when_the_worker_is_killed_the_instant_style_is_there_and_the_message_says_that_the_next_goes_on(run):
    (line,) = run.of("killed")
    assert line["status"] == "execution-error"
    assert re.search(r"worker ended unexpectedly.*Learn with the same folder and name goes on", line["message"], re.S)
    assert "Killed" in line["names"]
    assert line["left"] == {"shm": [], "memory": 0, "files": [], "plugin": 0}
    assert line["saved"] == 1


def test_the_next_training_goes_on_where_the_killed_one_was_saved(run):
    (line,) = run.of("went on")
    assert line["status"] == "success", line["message"]
    assert "Killed" in line["names"]
    assert line["checkpoints"] == []
    steps = [int(step) for step in re.findall(r"progress: training (\d+)/17", run.output)]
    assert "progress: preparing 0/100" in run.output, "what comes before the steps takes a while"
    told = re.findall(r"went on after step (\d+) of a training that had not come to its end", run.output)
    saved = {int(step) for step in told}
    assert len(saved) == 1, told
    assert steps == list(range(min(saved), 18))


@pytest.fixture(scope="module")
def shown(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_photos(gimp.tmp / "photos", NUM_PHOTOS)
    gimp.forget_last_values()
    for path in gimp.tmp.glob("step-*"):
        path.unlink()
    run = gimp.python("training_dialog.py", driver="training_dialog_user.py", ATELIER_DEBUG="1")
    return run.check()


def test_a_training_that_is_cancelled_while_it_is_prepared_leaves_nothing(shown):
    (line,) = shown.of("given-up")
    assert line["status"] == "cancel", line["message"]
    assert "given-up" not in line["names"]
    assert line["saved"] == 0


def test_stop_and_keep_in_the_dialog_makes_a_style_of_the_best_so_far(shown):
    (line,) = shown.of("cut-short")
    assert line["status"] == "success", line["message"]
    assert "cut-short" in line["names"]
    assert line["saved"] == 1, "to go on with, should that be wanted"
    told = [int(step) for step in re.findall(r"progress: training (\d+)/60", shown.output)]
    assert 0 < max(told) < 60
