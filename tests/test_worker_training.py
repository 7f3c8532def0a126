"""Training in the worker: what is left of one that came to its end, was stopped, given up, or deserted."""

from pathlib import Path

import numpy as np
import pytest
from learning_material import hasten, quick
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.writing import write_photo
from portrait_atelier.core.learning.instant import InstantResult, learn_instant
from portrait_atelier.core.learning.resuming import checkpoint_of
from portrait_atelier.core.worker.job import Cancelled, Job
from portrait_atelier.core.worker.messages import Message
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
    """Is told of each step, and after the second one does what a test wants done."""

    def __init__(self, after_two_steps=None) -> None:
        self.job = Job(Message({}), self._told)
        self.steps: list[int] = []
        self._act = after_two_steps

    def _told(self, message: Message) -> None:
        if message.head["text"] == "training":
            self.steps.append(message.head["done"])
            if message.head["done"] == 2 and self._act:
                self._act(self.job)

    def train(self, result: InstantResult):
        return train(self.job, result, "Mine", SETTINGS)


def stop(job: Job) -> None:
    job.stop.set()


def keep(job: Job) -> None:
    job.keep = True
    job.stop.set()


def desert(job: Job) -> None:
    job.deserted = True
    job.stop.set()


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


def test_a_training_whose_client_vanished_goes_on_where_it_was(result, folder):
    with pytest.raises(Cancelled):
        Client(desert).train(result)
    assert checkpoint_of("Mine", folder)[0].exists()
    client = Client()
    client.train(result)
    assert client.steps == [0, 3, 4]
    assert "went on after step 3 of a training that had not come to its end" in client.job.notes


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
