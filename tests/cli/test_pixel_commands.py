"""Pixel styles at the command line: shown, and refused with the reason where a look is needed."""

import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pixel_material import pixel_style
from portrait_atelier.core.cli.commands import learn
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.folders import cache_folder
from portrait_atelier.core.learning.pixel import training as pixel_learning
from portrait_atelier.core.learning.pixel.settings import PixelTrainSettings
from portrait_atelier.core.learning.pixel.trainer import PixelFineTuner
from portrait_atelier.core.learning.request import TrainRequest
from portrait_atelier.core.styles.library import find_style, store_style
from portrait_atelier.core.styles.style_file import load_style
from torch import Tensor

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _one_pixel_style() -> None:
    store_style(pixel_style())


def test_show_names_the_kind(atelier: Run):
    code, out, _ = atelier("show", "engraved")
    assert code == 0
    assert "pixel" in out


@pytest.mark.parametrize("output", ["look.cube", "look.png"])
def test_a_color_table_of_a_pixel_style_is_refused(atelier: Run, tmp_path: Path, output: str):
    code, _, err = atelier("export", "engraved", "-o", output)
    assert code == 1
    assert "is a pixel style" in " ".join(err.split())
    assert not (tmp_path / output).exists()


def test_a_blend_with_a_look_style_is_refused(atelier: Run):
    code, _, err = atelier("blend", "engraved", "low-key", "-n", "both")
    assert code == 1
    assert "has no look" in " ".join(err.split())


def _pictures(folder: Path, count: int) -> Path:
    """Small striped pictures."""
    folder.mkdir()
    for seed in range(count):
        rng = np.random.default_rng(seed)
        stripes = 60 + 120 * (np.arange(64) // 3 % 2)[:, None, None] * rng.uniform(0.8, 1, (1, 72, 3))
        Image.fromarray(stripes.astype(np.uint8)).save(folder / f"{seed}.png")
    return folder


def test_a_folder_of_pictures_is_learnt_and_paints(atelier: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pixel_learning, "_NUM_VALIDATION_CROPS", 4)
    folder = _pictures(tmp_path / "prints", 3)
    (folder / "torn.jpg").write_text("no picture")
    words = ("--generator", "pixel", "--steps", "1", "--lambda-style", "0.7")
    code, out, err = atelier("learn", str(folder), "-n", "striped", *words)
    assert code == 0, err
    learning = load_style(find_style("striped").path).settings["learning"]
    assert (learning["style_weight"], learning["content_weight"]) == (0.7, 0.3)
    assert "torn.jpg" in err
    assert "from the photos kept aside: " in out
    assert "pixel" in atelier("show", "striped")[1]
    code, _, err = atelier("apply", str(folder / "0.png"), "-s", "striped", "-o", "painted.png")
    assert code == 0, err
    assert Image.open(tmp_path / "painted.png").size == (72, 64)


def test_what_was_stopped_goes_on(atelier: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pixel_learning, "_NUM_VALIDATION_CROPS", 4)
    folder = _pictures(tmp_path / "prints", 3)
    words = ("learn", str(folder), "-n", "striped", "--generator", "pixel", "--steps", "3", "--overwrite")
    learn = PixelFineTuner._train_style

    def stopped(tuner: PixelFineTuner, *given: Tensor) -> dict[str, float]:
        signal.raise_signal(signal.SIGINT)
        return learn(tuner, *given)

    with monkeypatch.context() as patched:
        patched.setattr(PixelFineTuner, "_train_style", stopped)
        code, _, err = atelier(*words)
    assert code == 0
    assert "stopped at step 1; the best so far is kept. To go on: the same command with --resume" in " ".join(
        err.split()
    )
    checkpoints = cache_folder() / "learning"
    assert len(list(checkpoints.iterdir())) == 1
    code, out, err = atelier(*words, "--resume")
    assert code == 0, err
    assert "going on after step 1" in out
    assert list(checkpoints.iterdir()) == []


def test_pictures_that_cannot_be_read_are_named_and_there_must_be_something_to_go_on_with(atelier: Run, tmp_path: Path):
    folder = tmp_path / "torn"
    folder.mkdir()
    (folder / "torn.jpg").write_text("no picture")
    code, _, err = atelier("learn", str(folder), "-n", "striped", "--generator", "pixel")
    assert code == 1
    assert "no picture in it can be read" in " ".join(err.split())
    code, _, err = atelier("learn", str(folder), "-n", "striped", "--generator", "pixel", "--resume")
    assert code == 1
    assert "no such checkpoint; start without --resume" in " ".join(err.split())


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[TrainRequest]:
    """Record the request of each started training; none is run."""
    requests: list[TrainRequest] = []

    def refuse(request: TrainRequest, *_rest: object) -> None:
        requests.append(request)
        raise LearningError("not now")

    monkeypatch.setattr(learn, "train_style", refuse)
    return requests


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ((), PixelTrainSettings()),
        (("--steps", 60, "--seed", 3), PixelTrainSettings(num_steps=60, seed=3)),
        (("--lambda-content", 1, "--adversarial", 1), PixelTrainSettings(content_weight=1, adversarial_weight=1)),
        (("--lambda-style", 2, "--lambda-tv", 0), PixelTrainSettings(style_weight=2, tv_weight=0)),
    ],
)
def test_a_painting_is_learnt_by_its_own_defaults_and_what_is_typed(
    atelier: Run, tmp_path: Path, begun: list[TrainRequest], words: tuple[object, ...], settings: object
):
    folder = _pictures(tmp_path / "prints", 1)
    assert atelier("learn", folder, "-n", "striped", "--generator", "pixel", *words)[0] == 1
    assert [request.settings for request in begun] == [settings]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--game", "hinge"), "--game: not of --generator pixel"),
        (("--features", "compact", "--device", "cpu"), "--features, --device: not of --generator pixel"),
    ],
)
def test_options_of_a_look_are_refused_for_a_painting(
    atelier: Run, begun: list[TrainRequest], words: tuple[str, ...], named: str
):
    code, _, err = atelier("learn", "nowhere", "-n", "striped", "--generator", "pixel", *words)
    assert code == 2
    assert named in " ".join(err.replace("│", " ").split())
    assert begun == []
