"""Training in the worker: finished, stopped, cancelled, or with a lost connection."""

from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from learning_material import hasten, quick
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.look.instant import InstantResult, learn_instant
from portrait_atelier.core.learning.look.trainer import LookFineTuner
from portrait_atelier.core.learning.resuming import checkpoint_of
from portrait_atelier.core.worker.job import Cancelled, Job
from portrait_atelier.core.worker.messages import Message
from portrait_atelier.core.worker.session import Session
from portrait_atelier.core.worker.training import forget_training, train
from scenes import portrait

SETTINGS = quick(num_steps=4, save_every=1)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    hasten(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(8):
        pixels = (portrait(seed) ** [1.3, 1.0, 0.8] * 255).astype(np.uint8)
        write_photo(Photo(pixels, file_format="JPEG"), folder / f"{seed}.jpg")
    return folder


@pytest.fixture
def result(folder) -> InstantResult:
    return learn_instant(folder, "Mine")


class Client:
    """Receives progress, and acts after a given step."""

    def __init__(self, act=None, after: int = 2) -> None:
        self.job = Job(Message({}), self._told)
        self.steps: list[int] = []
        self._act, self._after = act, after

    def _told(self, message: Message) -> None:
        if message.head["text"] == "training":
            self.steps.append(message.head["done"])
            if message.head["done"] == self._after and self._act:
                self._act(self.job)

    def train(self, result: InstantResult):
        return train(self.job, result, "Mine", SETTINGS)


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


def test_a_training_can_be_gone_on_with_until_its_style_is_stored(result, folder):
    client = Client()
    style = client.train(result)
    assert client.steps[-4:] == [1, 2, 3, 4]
    assert (style.kind, style.settings["finished"]) == ("learnt", True)
    checkpoint, _key = checkpoint_of("Mine", folder)
    assert checkpoint.exists()
    again = Client()
    assert again.train(result).settings == style.settings
    assert again.steps[-1] == 4
    assert 3 not in again.steps
    forget_training(style, folder)
    assert not checkpoint.exists()


@pytest.mark.parametrize(("act", "reached"), [(leave_client, 3), (vanish, 2)])
def test_a_training_whose_client_vanished_goes_on_where_it_was(act, reached, result, folder):
    with pytest.raises(Cancelled):
        Client(act).train(result)
    assert checkpoint_of("Mine", folder)[0].exists()
    client = Client()
    client.train(result)
    assert client.steps == [0, *range(reached, 5)]
    assert f"went on after step {reached} of a training that had not come to its end" in client.job.notes


def test_a_training_that_is_given_up_while_it_is_set_up_ends_at_once(result, monkeypatch):
    def measured(*_what: object) -> None:
        pytest.fail("it went on")

    monkeypatch.setattr("portrait_atelier.core.learning.look.training.measure_floor", measured)
    with pytest.raises(Cancelled):
        Client(stop, after=0).train(result)


@pytest.mark.parametrize(("act", "whole"), [(stop, False), (keep, True), (leave_client, True)])
def test_only_where_nothing_is_saved_a_step_ends_in_its_middle(act, whole, result, folder, monkeypatch):
    learn, ended = LookFineTuner._train_adapter, []
    monkeypatch.setattr(LookFineTuner, "_train_discriminator", lambda learner, _random: act(client.job) or {})
    monkeypatch.setattr(
        LookFineTuner, "_train_adapter", lambda learner, random: (ended.append(learner), learn(learner, random))[1]
    )
    client = Client()
    with suppress(Cancelled):
        client.train(result)
    assert len(ended) == (3 if whole else 1), "all take the step, or the second does not any more"
    assert checkpoint_of("Mine", folder)[0].exists() == whole


@pytest.mark.parametrize("keeps", [True, False])
def test_who_wanted_to_keep_it_and_vanished_before_the_answer_deserted_it(keeps, tmp_path):
    connection, other = Pipe()
    session, client = Session(connection, b"", tmp_path, Event()), Client()
    session._job = client.job
    session._take(Message({"type": "cancel", "keep": keeps}))
    other.close()
    session._end()
    assert (client.job.client_gone, client.job.keep) == (keeps, False)


def test_of_a_training_that_is_given_up_nothing_is_left(result, folder):
    with pytest.raises(Cancelled):
        Client(stop).train(result)
    assert not checkpoint_of("Mine", folder)[0].exists()


def test_a_training_that_is_stopped_to_be_kept_gives_the_best_so_far(result, folder):
    client = Client(keep)
    style = client.train(result)
    assert (style.kind, style.settings["finished"]) == ("learnt", False)
    assert any("stopped after step" in note and "of 4" in note for note in client.job.notes)
    forget_training(style, folder)
    assert checkpoint_of("Mine", folder)[0].exists(), "it is not at its end"


def test_a_checkpoint_that_cannot_be_written_is_told_and_ends_nothing(result, folder):
    checkpoint_of("Mine", folder)[0].parent.touch()
    client = Client()
    assert client.train(result).settings["finished"]
    assert [note for note in client.job.notes if note.startswith("no checkpoint could be kept")]


def test_a_checkpoint_of_other_photos_or_damaged_is_left_aside(result, folder):
    checkpoint, _key = checkpoint_of("Mine", folder)
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"no checkpoint")
    client = Client()
    client.train(result)
    assert client.steps[-4:] == [1, 2, 3, 4]
    assert any("learning began anew" in note for note in client.job.notes)


def test_a_folder_named_from_elsewhere_has_the_same_checkpoint(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert checkpoint_of("Mine", Path(folder.name)) == checkpoint_of("Mine", folder)
    assert checkpoint_of("Other", folder) != checkpoint_of("Mine", folder)
