"""Training and instant styles by scripts, from folders and from pictures in memory."""

from pathlib import Path

import numpy as np
import portrait_atelier as pa
import pytest
from learning_material import hasten, quick_settings, save_finished
from PIL import Image
from portrait_atelier.core.learning.request import TrainRequest
from portrait_atelier.core.learning.service import train_style
from portrait_atelier.core.styles.style_file import style_hash


@pytest.fixture(autouse=True)
def _few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)
    quick_settings(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_finished(tmp_path / "finished")


def test_an_instant_style_of_a_folder_is_the_command_lines(folder: Path):
    told: list[tuple[str, int, int]] = []
    style = pa.learn(folder, "mine", instant=True, progress=lambda *how_far: told.append(how_far))
    by_hosts = train_style(TrainRequest("mine", folder, instant=True)).style
    assert by_hosts is not None
    assert style_hash(style) == style_hash(by_hosts)
    assert told == [("photos", done, 8) for done in range(1, 9)]
    assert style.cover[:2] == b"\xff\xd8"


def test_photos_in_memory_teach_what_their_files_teach(folder: Path):
    paths = sorted(folder.iterdir())
    styles = [
        pa.learn(photos, "mine", content=photos[:2], instant=True)
        for photos in (paths, [Image.open(path) for path in paths], [np.asarray(Image.open(path)) for path in paths])
    ]
    assert len({style_hash(style) for style in styles}) == 1
    assert (styles[0].num_photos, styles[0].settings["num_content"]) == (8, 2)
    from_folder = pa.learn(folder, "mine", instant=True)
    assert from_folder.photos is not None
    assert styles[0].photos is not None
    assert np.abs(from_folder.photos.colors - styles[0].photos.colors).max() < 1e-6


def test_training_says_how_far_it_is(folder: Path):
    told: list[tuple[str, int, int]] = []
    style = pa.learn(folder, "mine", options=pa.TrainOptions(steps=2), progress=lambda *how_far: told.append(how_far))
    assert told[-2:] == [("training", 1, 2), ("training", 2, 2)]
    assert (style.name, style.kind, style.num_photos) == ("mine", "learnt", 8)
    assert style.settings["finished"]
    assert style.settings["folder"]["min_size"] == 200
    assert "score" in style.score


def test_training_can_be_stopped_and_keeps_the_best_so_far(folder: Path):
    steps: list[int] = []
    options, photos = pa.TrainOptions(steps=3), sorted(folder.iterdir())
    told = lambda what, done, _total: steps.append(done) if what == "training" else None  # noqa: E731
    style = pa.learn(photos, "mine", options=options, progress=told, should_stop=lambda: bool(steps))
    assert (style.kind, style.settings["finished"], len(style.score["history"])) == ("learnt", False, 2)
    style = pa.learn(photos, "mine", options=options, progress=told, resume=True)
    assert steps == [1, 2, 3]
    assert style.settings["finished"]


def test_a_style_that_paints_is_learnt_from_pictures_in_memory(folder: Path):
    pictures = [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())[:3]]
    style = pa.learn(pictures, "mine", generator="pixel", options=pa.TrainOptions(steps=2))
    assert (style.kind, style.settings["finished"]) == ("pixel", True)
    with pytest.raises(ValueError, match="gan_loss: not of the pixel generator"):
        pa.learn(pictures, "mine", generator="pixel", options=pa.TrainOptions(gan_loss="hinge"))


def test_what_progress_raises_ends_the_work(folder: Path):
    def cancel(*_how_far: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pa.learn(folder, "mine", progress=cancel)


def test_what_cannot_be_learnt_from_is_refused(folder: Path, tmp_path: Path):
    few = sorted(folder.iterdir())[:3]
    with pytest.raises(pa.LearningError, match="mine: 3 finished photos: training needs 8; add"):
        pa.learn(few, "mine")
    with pytest.raises(pa.LearningError, match="nothing to learn from"):
        pa.learn([], "mine", instant=True)
    with pytest.raises(pa.LearningError, match="no such folder"):
        pa.learn(tmp_path / "nowhere", "mine", instant=True)
    with pytest.raises(pa.StyleError, match="a style's name"):
        pa.learn(few, "", instant=True)
    with pytest.raises(ValueError, match="device must be one of"):
        pa.learn(few, "mine", device="gpu")
    with pytest.raises(ValueError, match=r"got one array of shape \(8, 8, 3\)"):
        pa.learn(np.zeros((8, 8, 3)), "mine", instant=True)
