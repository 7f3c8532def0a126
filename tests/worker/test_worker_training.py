"""Training in the worker: finished, stopped, cancelled, or with a lost connection."""

import sys
from multiprocessing import Pipe
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from learning_material import hasten, quick_settings
from portrait_atelier.core.errors import LearningError, StyleError
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.checkpoint import checkpoint_path, checkpoints, load_checkpoint
from portrait_atelier.core.styles.library import own_style_path
from portrait_atelier.core.styles.style_file import load_style
from portrait_atelier.core.worker import learn as worker_learn
from portrait_atelier.core.worker.client_state import ClientState
from portrait_atelier.core.worker.job import Cancelled, Job
from portrait_atelier.core.worker.learn import learn
from portrait_atelier.core.worker.messages import Message
from portrait_atelier.core.worker.session import Session
from scenes import portrait
from worker_process import atelier_client, connect, in_thread


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    hasten(monkeypatch)
    quick_settings(monkeypatch)
    monkeypatch.setattr("portrait_atelier.core.learning.service.CHECKPOINT_SECONDS", 0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(8):
        pixels = (portrait(seed) ** [1.3, 1.0, 0.8] * 255).astype(np.uint8)
        write_photo(Photo(pixels, file_format="JPEG"), folder / f"{seed}.jpg")
    return folder


class Client:
    """Receives progress, and acts after a given step, or at the first style that is offered."""

    def __init__(self, act=None, after: int = 2, while_it: str = "training") -> None:
        self.steps: list[int] = []
        self.offered: list[Message] = []
        self._act, self._after, self._while = act, after, while_it

    def _told(self, message: Message) -> None:
        if message.type == "interim":
            self.offered.append(message)
            if self._while == "interim" and len(self.offered) == 1 and self._act:
                self._act(self.job)
        elif message.head["text"] == self._while:
            self.steps.append(message.head["done"])
            if message.head["done"] == self._after and self._act:
                self._act(self.job)

    def learn(self, folder: Path, **changes) -> Message:
        values = {"folder": str(folder), "name": "Mine", "training": "trained", "steps": 4, "overwrite": True}
        self.job = Job(Message({**values, **changes}), self._told)
        return learn(self.job, ClientState(folder))


def settings() -> dict:
    """Return the settings of the style in the library."""
    return load_style(own_style_path("Mine", overwrite=True)).settings


def stop(job: Job) -> None:
    job.stop.set()


def keep(job: Job) -> None:
    job.keep = True
    job.stop.set()


def leave_client(job: Job) -> None:
    job.client_gone = True
    job.stop.set()


def vanish(_job: Job) -> None:
    raise BrokenPipeError


def test_a_training_that_comes_to_its_end_leaves_its_style_and_nothing_else(folder):
    client = Client()
    answer = client.learn(folder)
    assert (answer.head["kind"], answer.head["photos"]) == ("learnt", 8)
    assert client.steps[-4:] == [1, 2, 3, 4]
    assert settings()["finished"]
    assert checkpoints() == []


def test_what_cannot_be_stored_can_be_gone_on_with(folder, monkeypatch):
    def refuse(*_given: object, **_named: object) -> None:
        raise LearningError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(worker_learn, "save_style", refuse)
        with pytest.raises(LearningError, match="the disk is full"):
            Client().learn(folder)
    again = Client()
    again.learn(folder)
    assert again.steps[-1] == 4
    assert 3 not in again.steps
    assert checkpoints() == []


@pytest.mark.parametrize("act", [leave_client, vanish])
def test_a_training_whose_client_vanished_goes_on_where_it_was(act, folder):
    with pytest.raises(Cancelled):
        Client(act).learn(folder)
    assert len(checkpoints()) == 1
    client = Client()
    client.learn(folder)
    assert client.steps == [2, 3, 4]
    assert "went on after step 2 of a training that had not come to its end" in client.job.notes


@pytest.mark.skipif(sys.platform == "win32", reason="waits for a socket file")
def test_a_worker_that_is_told_to_end_first_keeps_the_steps_of_its_training(folder, tmp_path):
    server, thread = in_thread(tmp_path / "run", 3600)

    def told(done: int, _total: int, what: str) -> None:
        if what == "training" and done == 2:
            server.stop()

    request = {"folder": str(folder), "name": "Mine", "training": "trained", "steps": 10_000, "overwrite": True}
    with connect(tmp_path / "run") as worker, pytest.raises(atelier_client.WorkerLost):
        worker.ask("learn", request, progress=told)
    thread.join()
    (kept,) = checkpoints()
    assert load_checkpoint(kept)[1]["step"] >= 2


def test_a_training_that_is_given_up_while_it_is_set_up_ends_at_once(folder, monkeypatch):
    def measured(*_what: object) -> None:
        pytest.fail("it went on")

    monkeypatch.setattr("portrait_atelier.core.learning.look.training.measure_floor", measured)
    with pytest.raises(Cancelled):
        Client(stop, after=0, while_it="preparing").learn(folder)


def test_the_instant_style_can_be_used_while_training_goes_on(folder):
    seen: list[str] = []

    def look(_job: Job) -> None:
        seen.append(load_style(own_style_path("Mine", overwrite=True)).kind)

    client = Client(look, while_it="interim")
    answer = client.learn(folder)
    assert seen == ["instant"]
    first = client.offered[0]
    assert first.head["name"] == "Mine"
    assert first.head["verdict"][0].startswith("how well it was learnt: ")
    assert first.head["pictures"] == ["sample", "styled", "finished"]
    assert all(jpeg.startswith(b"\xff\xd8") for jpeg in first.blobs)
    assert answer.head["pictures"] == first.head["pictures"]
    assert len(answer.blobs) == 4
    assert load_style(own_style_path("Mine", overwrite=True)).kind == "learnt"


def test_the_instant_style_is_kept_without_waiting_for_the_first_step(folder, monkeypatch):
    held = Event()

    def blocked(*_what: object) -> None:
        assert held.wait(300)

    monkeypatch.setattr("portrait_atelier.core.learning.look.training.measure_floor", blocked)
    try:
        answer = Client(keep, while_it="interim").learn(folder)
    finally:
        held.set()
    assert answer.head["kind"] == "instant"
    assert settings()["finished"] is False


def test_who_gives_up_is_answered_while_the_setup_still_runs(folder, monkeypatch):
    held, left = Event(), Event()

    def blocked(*_what: object) -> None:
        assert held.wait(300)
        left.set()

    client = Client()
    monkeypatch.setattr(
        "portrait_atelier.core.learning.look.training.split_folds", lambda *_: stop(client.job) or blocked()
    )
    try:
        with pytest.raises(Cancelled):
            client.learn(folder)
        assert not left.is_set()
        assert not own_style_path("Mine", overwrite=True).exists()
    finally:
        held.set()


def test_a_style_that_was_to_be_replaced_is_back_when_training_is_given_up(folder):
    Client().learn(folder, training="instant")
    before = own_style_path("Mine", overwrite=True).read_bytes()
    client = Client(stop)
    with pytest.raises(Cancelled):
        client.learn(folder)
    assert client.offered, "another was stored meanwhile"
    assert own_style_path("Mine", overwrite=True).read_bytes() == before


def test_what_an_unfinished_training_left_is_gone_on_with_unasked_but_only_by_the_same_photos(folder, tmp_path):
    with pytest.raises(Cancelled):
        Client(leave_client).learn(folder)
    assert settings()["finished"] is False
    other = tmp_path / "others"
    other.mkdir()
    (other / "0.jpg").write_bytes((folder / "0.jpg").read_bytes())
    with pytest.raises(StyleError, match="a style of that name exists"):
        Client().learn(other, overwrite=False)
    Client().learn(folder, overwrite=False)
    assert settings()["finished"]
    with pytest.raises(StyleError, match="a style of that name exists"):
        Client().learn(folder, overwrite=False)


@pytest.mark.parametrize("keeps", [True, False])
def test_who_wanted_to_keep_it_and_vanished_before_the_answer_deserted_it(keeps, tmp_path):
    connection, other = Pipe()
    session, job = Session(connection, b"", tmp_path, Event()), Job(Message({}), lambda _: None)
    session._job = job
    session._take(Message({"type": "cancel", "keep": keeps}))
    other.close()
    session._end()
    assert (job.client_gone, job.keep) == (keeps, False)


@pytest.mark.parametrize("after", [2, 4])
def test_of_a_training_that_is_given_up_nothing_is_left(after, folder):
    with pytest.raises(Cancelled):
        Client(stop, after).learn(folder)
    assert checkpoints() == []
    assert not own_style_path("Mine", overwrite=True).exists()


def test_a_training_that_is_stopped_to_be_kept_gives_the_best_so_far(folder):
    client = Client(keep)
    client.learn(folder)
    assert not settings()["finished"]
    note = "stopped after step 2 of 4; to go on, learn it once more and have it replaced"
    assert client.job.notes[-1] == note
    assert client.job.notes[0].startswith("how well it was learnt: ")
    assert len(checkpoints()) == 1, "it is not at its end"


def test_notes_of_a_training_reach_the_client(folder):
    checkpoint_path("x").parent.touch()
    client = Client()
    client.learn(folder)
    assert settings()["finished"]
    assert [note for note in client.job.notes if note.startswith("no checkpoint could be kept")]


def test_a_number_of_steps_is_left_to_the_settings_unless_it_is_given(folder):
    job = Job(Message({"folder": str(folder), "name": "Mine", "training": "trained"}), lambda _: None)
    request = worker_learn.LearnRequest.of(job)
    assert request.training.options.steps is None
    job.request.head["steps"] = 0
    assert worker_learn.LearnRequest.of(job).training.options.steps is None
    job.request.head["steps"] = 7
    assert worker_learn.LearnRequest.of(job).training.settings.num_steps == 7
