"""Trainings on disk and their queue, with processes that only pretend to learn."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import portrait_atelier
import pytest
from waiting import hear_ctrl_c, until

pytest.importorskip("filelock")
from portrait_atelier.core.errors import AtelierError, LearningError
from portrait_atelier.core.learning.look.settings import LookTrainSettings
from portrait_atelier.core.learning.losses.settings import LossWeights
from portrait_atelier.core.learning.pixel.settings import PixelTrainSettings
from portrait_atelier.core.learning.request import Ending, TrainOptions
from portrait_atelier.panel.orders import Photos, TrainingOrder, begin_training
from portrait_atelier.panel.training_process import CommandListener, end_on_sigterm
from portrait_atelier.panel.training_queue import TrainingQueue, failure_text
from portrait_atelier.panel.trainings import StoredRequest, Training, TrainingStore

# Reports a step at each line it reads, and ends as a real training does when it is paused or left.
_PRETENDER = """
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
status = folder / "status.json"
def say(**changes):
    values = {**json.loads(status.read_text()), **changes}
    (folder / "new").write_text(json.dumps(values)); os.replace(folder / "new", status)
say(state="learning", step=1)
words = []
for line in sys.stdin:
    words.append(line.strip())
    break
(folder / "words.txt").write_text(" ".join(words))
say(state={"pause": "paused", "stop": "done"}.get(words[0] if words else "", "waiting"))
"""

# Ctrl-C ends it as it ends the real one.
_PANEL = f"""
import pathlib, sys, threading
sys.path.insert(0, {str(Path(portrait_atelier.__path__[0]).resolve().parent)!r})
from portrait_atelier.panel.training_queue import TrainingQueue
from portrait_atelier.panel.trainings import TrainingStore
queue = TrainingQueue(TrainingStore(pathlib.Path(sys.argv[1])), [sys.executable, sys.argv[2]])
try:
    queue.start()
    threading.Event().wait()
except KeyboardInterrupt:
    queue.stop()
"""


@pytest.fixture
def store(tmp_path):
    return TrainingStore(tmp_path / "trainings")


def _request(name="look", **changes):
    return StoredRequest(name=name, photos=Path("/photos"), **changes)


def _begun(store: TrainingStore, request: StoredRequest) -> Training:
    """Create a training, which waits for the queue."""
    training = store.reserve()
    store.begin(training, request)
    return training


def test_a_request_comes_back_as_it_was_written(store):
    options = TrainOptions(steps=7, seed=3)
    training = _begun(store, _request(options=options, content=Path("/raw"), owner="me", created=5.0))
    assert training.request == _request(options=options, content=Path("/raw"), owner="me", created=5.0)
    assert training.status.state == "waiting"
    assert training.status.num_steps == 7


@pytest.mark.parametrize(("generator", "device"), [("look", "cuda"), ("pixel", None)])
def test_a_request_of_version_0_3_is_read_and_its_checkpoint_left_aside_with_a_note(store, generator, device):
    training = _begun(store, _request())
    weights = {"adversarial_weight": 1.0, "content_weight": 2.0, "style_weight": 1.0, "tv_weight": 0.05}
    settings = {"num_steps": 7, "weights": weights, "form": "hinge", "seed": 3, "a setting of before": 1}
    values = {"name": "old", "photos": "/photos", "content": None, "generator": generator, "instant": False}
    values |= {"settings": settings, "device": "cuda", "owner": "", "created": 5.0}
    (training.folder / "training.json").write_text(json.dumps(values))
    request = training.request
    assert (request.name, request.photos, request.device) == ("old", Path("/photos"), device)
    assert request.options == TrainOptions(steps=7, seed=3, content_weight=2.0)
    (training.folder / "checkpoint.safetensors").write_bytes(b"of another version")
    training.delete_old_checkpoint()
    training.delete_old_checkpoint()
    assert training.status.notes == (
        "the checkpoint could not be used, so learning began anew (it is of an earlier version)",
    )


def test_each_owner_sees_their_own_trainings(store):
    mine = _begun(store, _request("mine", owner="me", created=1.0))
    _begun(store, _request("theirs", owner="they", created=2.0))
    assert [item.request.name for item in store.all()] == ["mine", "theirs"]
    assert [item.key for item in store.all("me")] == [mine.key]
    assert store.find(store.all("they")[0].key, "me") is None


def test_a_damaged_training_is_passed_over_and_named(store):
    training = _begun(store, _request())
    (training.folder / "training.json").write_text("{")
    assert store.all() == []
    with pytest.raises(LearningError, match=r"training\.json: is damaged"):
        _ = training.request


def test_steps_done_again_after_a_restart_replace_those_before(store):
    training = _begun(store, _request())
    for step, value in ((1, 5), (2, 6), (3, 7), (2, 8)):
        training.record({"step": step, "value": value})
    with (training.folder / "progress.jsonl").open("a") as file:
        file.write('{"step": 9, "val')
    assert [(row["step"], row["value"]) for row in training.rows()] == [(1, 5), (2, 8)]


@pytest.mark.parametrize(("command", "state"), [("pause", "paused"), ("stop", "done")])
def test_the_queue_tells_a_training_what_is_wished(store, tmp_path, command, state):
    training = _begun(store, _request())
    queue = _queue(store, tmp_path, _PRETENDER)
    until(lambda: training.status.state == "learning")
    training.send_command(command)
    until(lambda: training.status.state == state)
    assert (training.folder / "words.txt").read_text() == command
    queue.stop()


# Makes its style at once, and waits to be told what then.
_MAKER = """
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
def say(**changes):
    values = {**json.loads((folder / "status.json").read_text()), **changes}
    (folder / "new").write_text(json.dumps(values)); os.replace(folder / "new", folder / "status.json")
if not (folder / "style.safetensors").exists():
    (folder / "style.safetensors").write_bytes(b"instant")
word = sys.stdin.readline().strip()
if word == "train":
    say(state="learning", step=1)
    word = sys.stdin.readline().strip()
say(state={"pause": "paused", "stop": "done"}.get(word, "waiting"))
"""


def test_a_first_result_does_not_wait_behind_a_training_whose_place_is_taken_when_it_ends(store, tmp_path):
    first, second = _begun(store, _request("a", created=1.0)), _begun(store, _request("b", created=2.0))
    queue = _queue(store, tmp_path, _MAKER)
    until(lambda: first.status.state == "learning")
    until(lambda: second.has_style and second.status.state == "waiting" and second.key not in queue._running)
    assert first.status.state == "learning"
    first.send_command("stop")
    until(lambda: first.status.state == "done" and second.status.state == "learning")
    queue.stop()


def test_a_paused_training_is_stopped_and_kept_at_once_although_another_runs(store, tmp_path):
    first, second = _begun(store, _request("a", created=1.0)), _begun(store, _request("b", created=2.0))
    second.style_path.write_bytes(b"learnt")
    second.report(state="paused", step=7)
    queue = _queue(store, tmp_path, _MAKER)
    until(lambda: first.status.state == "learning")
    second.send_command("stop")
    second.report(state="waiting")
    until(lambda: second.status.state == "done")
    assert (second.status.complete, second.style_path.read_bytes()) == (False, b"learnt")
    assert first.status.state == "learning"
    queue.stop()


def test_a_panel_that_ends_leaves_its_training_waiting_and_the_next_one_takes_it_up(store, tmp_path):
    training = _begun(store, _request())
    queue = _queue(store, tmp_path, _PRETENDER)
    until(lambda: training.status.state == "learning")
    queue.stop()
    until(lambda: training.status.state == "waiting")
    again = _queue(store, tmp_path, _PRETENDER)
    until(lambda: training.status.state == "learning")
    again.stop()


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group of processes")
def test_ctrl_c_in_the_terminal_of_a_panel_does_not_hit_its_training(store, tmp_path):
    training = _begun(store, _request())
    (tmp_path / "pretender.py").write_text(_PRETENDER)
    command = [sys.executable, "-c", _PANEL, str(store.folder), str(tmp_path / "pretender.py")]
    panel = subprocess.Popen(command, start_new_session=True, preexec_fn=hear_ctrl_c)
    try:
        until(lambda: training.status.state == "learning")
        os.killpg(panel.pid, signal.SIGINT)
        assert panel.wait(120) == 0
    finally:
        panel.kill()
        panel.wait()
    assert training.status.state == "waiting"
    assert (training.folder / "words.txt").read_text() == ""  # its input ended, and it was left to end by itself
    assert (training.folder / "errors.txt").read_text() == ""


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize(("line", "is_gone"), [(b"", True), (b"pause\n", False)])
def test_a_training_takes_sigterm_for_the_end_of_its_panel(line, is_gone):
    reading, writing = os.pipe()
    usual = signal.getsignal(signal.SIGTERM)
    try:
        commands = CommandListener(io.FileIO(reading))
        assert commands.ending is None
        end_on_sigterm(commands)
        os.write(writing, line)
        until(lambda: not line or commands.ending)
        os.kill(os.getpid(), signal.SIGTERM)
        assert (commands.ending, commands.is_put_off) == (Ending.PAUSE, is_gone)
    finally:
        signal.signal(signal.SIGTERM, usual)
        os.close(writing)


def test_a_waiting_training_is_paused_without_being_started(store, tmp_path):
    training = _begun(store, _request())
    training.send_command("pause")
    queue = _queue(store, tmp_path, "raise SystemExit(9)")
    until(lambda: training.status.state == "paused")
    queue.stop()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import os, signal; os.kill(os.getpid(), 9)", "its memory was full"),
        ("raise MemoryError", "memory was full"),
        ("raise RuntimeError('CUDA out of memory. Tried')", "choose the CPU"),
        ("import numpy; numpy.empty(1 << 57)", "memory was full"),
        ("import torch; torch.empty(1 << 58)", "memory was full"),
        ("raise ValueError('odd')", r"broke off \(exit code 1\): .*odd"),
    ],
)
def test_a_crash_becomes_a_message_and_the_queue_goes_on(store, tmp_path, code, text):
    if os.name != "posix" and "signal" in code:
        pytest.skip("no SIGKILL here")
    first, second = _begun(store, _request("a", created=1.0)), _begun(store, _request("b", created=2.0))
    queue = _queue(store, tmp_path, code)
    until(lambda: {first.status.state, second.status.state} == {"failed"})
    queue.stop()
    assert first.status.state == "failed"
    assert re.search(text, first.status.message), first.status.message


def test_two_panels_do_not_run_one_training_twice(store, tmp_path):
    training = _begun(store, _request())
    count = 'open(sys.argv[1] + "/starts.txt", "a").write("x")\n'
    queues = [_queue(store, tmp_path, "import sys\n" + count + _PRETENDER) for _ in range(2)]
    until(lambda: training.status.state == "learning")
    looks = [_count_looks(queue) for queue in queues]
    until(lambda: min(map(len, looks)) > 2)
    assert (training.folder / "starts.txt").read_text() == "x"
    for queue in queues:
        queue.stop()


def test_uploaded_photos_are_kept_with_the_training_and_a_folder_of_ones_own_is_not_copied(store, tmp_path):
    uploaded = tmp_path / "tab"
    uploaded.mkdir()
    (uploaded / "a.jpg").write_bytes(b"photo")
    order = TrainingOrder(" dusk ", quality="thorough", steps=4)
    first = begin_training(store, order, Photos(uploaded, is_copy=True), None)
    (uploaded / "a.jpg").unlink()
    assert (first.request.photos / "a.jpg").read_bytes() == b"photo"
    assert first.request.name == "dusk"
    assert first.request.settings.num_steps == 4
    first.delete_photo_copies()
    assert not first.request.photos.exists()
    second = begin_training(store, TrainingOrder("dawn"), Photos(uploaded, is_copy=False), None)
    assert second.request.photos == uploaded.resolve()


def test_photos_that_have_gone_are_asked_for_again_and_the_disk_is_not_blamed(store, tmp_path):
    gone = Photos(tmp_path / "tab", is_copy=True)
    with pytest.raises(LearningError, match="dusk: its photos are not here any more; drop them again"):
        begin_training(store, TrainingOrder("dusk"), gone, None)
    assert list(store.folder.iterdir()) == []
    gone.folder.mkdir()
    training = begin_training(store, TrainingOrder("dusk"), gone, None)
    shutil.rmtree(training.folder)
    with pytest.raises(LearningError, match="drop them again"):
        begin_training(store, TrainingOrder("dusk"), gone, Photos(tmp_path / "untouched", is_copy=True))


def test_numbers_that_were_left_as_the_page_shows_them_are_left_to_the_generator(store, tmp_path):
    photos, weights = Photos(tmp_path, is_copy=False), LossWeights(content_weight=2.5)
    order = TrainingOrder("strokes", generator="pixel", quality="thorough", weights=weights)
    settings = begin_training(store, order, photos, None).request.settings
    assert settings == PixelTrainSettings(content_weight=2.5)
    look = begin_training(store, TrainingOrder("look", quality="thorough"), photos, None).request
    assert (look.settings, look.device) == (LookTrainSettings(), None)


def test_a_name_that_is_being_learnt_or_cannot_be_used_is_refused(store, tmp_path):
    photos = Photos(tmp_path, is_copy=False)
    begin_training(store, TrainingOrder("dusk"), photos, None)
    with pytest.raises(LearningError, match="dusk: is being learnt already"):
        begin_training(store, TrainingOrder("dusk"), photos, None)
    with pytest.raises(AtelierError, match="cannot hold"):
        begin_training(store, TrainingOrder("a/b"), photos, None)
    with pytest.raises(LearningError, match="Advanced: gan_loss must be one of"):
        begin_training(store, TrainingOrder("x", gan_loss="chess"), photos, None)
    with pytest.raises(LearningError, match="Advanced: gan_loss: not of the pixel generator"):
        begin_training(store, TrainingOrder("x", generator="pixel", gan_loss="hinge"), photos, None)


def test_a_training_at_work_cannot_be_removed_and_a_removed_one_leaves_no_checkpoint(store, tmp_path):
    training = _begun(store, _request())
    training.report(state="learning")
    with pytest.raises(LearningError, match="stop it first"):
        store.remove(training)
    training.report(state="paused")
    (tmp_path / "checkpoint").touch()
    training.report(checkpoint=str(tmp_path / "checkpoint"))
    assert training.has_checkpoint
    store.remove(training)
    assert not training.folder.exists()
    assert not (tmp_path / "checkpoint").exists()


def test_an_exit_without_a_word_is_told(tmp_path):
    (tmp_path / "errors.txt").write_text("")
    assert failure_text(3, tmp_path / "errors.txt").endswith("no reason was given")


@pytest.mark.parametrize(
    ("line", "is_of_a_gpu"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", True),
        ("RuntimeError: MPS backend out of memory", True),
        ("RuntimeError: could not create a primitive", False),  # oneDNN, where its code finds no room
        ("RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory", False),
        ("MemoryError", False),
    ],
)
def test_the_cpu_is_advised_only_where_the_memory_of_a_gpu_was_full(tmp_path, line, is_of_a_gpu):
    (tmp_path / "errors.txt").write_text(f'  File "torch/cuda/random.py"\n{line}\n')
    text = failure_text(1, tmp_path / "errors.txt")
    assert text.startswith("memory was full; close other programs")
    assert ("CPU" in text) == is_of_a_gpu


def test_files_are_for_their_owner_alone(store):
    training = _begun(store, _request())
    if os.name == "posix":
        assert training.folder.stat().st_mode & 0o077 == 0
        assert (training.folder / "training.json").stat().st_mode & 0o077 == 0
    assert json.loads((training.folder / "training.json").read_text())["name"] == "look"


def _count_looks(queue) -> list[object]:
    """Return a list that grows each time a queue checks its trainings or its turn."""
    looks, wait = [], queue._ending.wait
    queue._ending.wait = lambda seconds=None: looks.append(seconds) or wait(seconds)
    return looks


def _queue(store, tmp_path, code):
    script = tmp_path / f"pretender-{time.monotonic_ns()}.py"
    script.write_text(code)
    queue = TrainingQueue(store, [sys.executable, str(script)])
    queue.start()
    return queue


def test_a_training_at_rest_is_read_again_only_once_its_folder_has_changed(store: TrainingStore):
    old, new = _begun(store, _request("old", created=1.0)), _begun(store, _request("new", created=2.0))
    (store.folder / "pace.json").write_text("{}")  # a file beside the trainings
    assert [training.key for training in store.at_work()] == [old.key, new.key]
    old.report(state="done")
    long_ago = time.time() - 60
    os.utime(old.folder, (long_ago, long_ago))
    assert [training.key for training in store.at_work()] == [new.key]
    status = old.folder / "status.json"
    status.write_text(status.read_text().replace('"done"', '"waiting"'))  # in its place: the folder does not change
    assert [training.key for training in store.at_work()] == [new.key]
    old.report(state="waiting")
    assert [training.key for training in store.at_work()] == [old.key, new.key]
    store.remove(new)
    assert [training.key for training in store.at_work()] == [old.key]
