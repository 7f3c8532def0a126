"""`atelier learn` end to end: trains, can be stopped and resumed, and prints the score."""

import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_material import hasten, quick_settings, save_finished
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.folders import cache_folder
from portrait_atelier.core.learning import service
from portrait_atelier.core.learning.look.trainer import LookFineTuner
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.style import Style
from scenes import portrait, save

Run = Callable[..., tuple[int, str, str]]
CAST = np.array([0.95, 0.8, 0.5], np.float32)
STEPS = ("--steps", "2", "--features", "compact")


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use small batches and few people."""
    quick_settings(monkeypatch)
    hasten(monkeypatch)


@pytest.fixture
def _no_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip face detection; the synthetic people have no faces."""
    monkeypatch.setattr(service, "check_faces", lambda *_: ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_finished(tmp_path / "finished")


def _checkpoints() -> list[Path]:
    return sorted((cache_folder() / "learning").glob("*"))


def _press_ctrl_c_in_step(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Press Ctrl-C in the middle of a step."""
    learn = LookFineTuner._train_adapter

    def stopped(tuner: LookFineTuner, random: torch.Generator) -> dict[str, float]:
        if tuner.step == step - 1 and not pressed:
            pressed.append(step)
            signal.raise_signal(signal.SIGINT)
        return learn(tuner, random)

    pressed: list[int] = []
    monkeypatch.setattr(LookFineTuner, "_train_adapter", stopped)


def _tuned(style: Style) -> list[np.ndarray]:
    return [] if style.adapter is None else [value for _, value in sorted(style.adapter.tensors().items())]


def test_it_trains_unless_told_otherwise(atelier: Run, folder: Path):
    code, out, err = atelier("learn", folder, "-n", "mine", *STEPS)
    assert code == 0, err
    assert "step 2  " in out
    assert "from the photos kept aside: " in out
    assert re.search(r"learnt in \d+\.\d minutes, 2 steps", out)
    assert "how well it was learnt: " in out
    assert "no face in 8 photos; remove those that are no portraits" in err
    assert "use it:  atelier apply PHOTO -s mine" in out
    style = resolve_style("mine")
    assert (style.kind, style.num_photos, style.settings["finished"]) == ("learnt", 8, True)
    assert style.settings["learning"]["num_steps"] == 2
    assert _checkpoints() == []  # there is nothing left to go on with
    code, out, _ = atelier("show", "mine", "--plot", "plot.png")
    assert code == 0
    assert "how well it was learnt: " in out
    assert Path("plot.png").read_bytes()[:4] == b"\x89PNG"
    assert atelier("apply", folder / "0.png", "-s", "mine", "-o", "after.png")[0] == 0


def test_instant_does_not_train(atelier: Run, folder: Path):
    code, out, _ = atelier("learn", folder, "-n", "quick", "--instant")
    assert code == 0
    assert "step" not in out
    assert "how well it was learnt: " in out  # told from the photos alone
    assert "two halves" not in out  # which only training measures
    style = resolve_style("quick")
    assert (style.kind, list(style.score), _tuned(style)) == ("instant", ["expected", "high", "low", "moved"], [])
    code, _, err = atelier("show", "quick", "--plot", "plot.png")
    assert (code, "was not learnt by training" in err) == (1, True)


def test_few_photos_make_an_instant_style_and_it_is_said(atelier: Run, folder: Path):
    (folder / "7.png").unlink()
    code, _, err = atelier("learn", folder, "-n", "few", *STEPS)
    assert code == 0
    assert "note: fewer than 8 photos teach no more than an instant style; this is one" in err
    assert resolve_style("few").kind == "instant"


@pytest.mark.usefixtures("_no_faces")
def test_a_single_untouched_photo_is_too_few(atelier: Run, folder: Path):
    code, _, err = atelier("learn", folder, "-n", "x", "--content", folder / "0.png", *STEPS)
    assert code == 1
    assert "8 finished and 1 untouched photos: learning needs 8 finished ones" in err


@pytest.mark.usefixtures("_no_faces")
def test_stopped_it_keeps_the_best_and_goes_on_as_if_nothing_had_happened(
    atelier: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    words = ("learn", folder, "-n", "mine", *STEPS)
    assert atelier(*words, "-o", "whole")[0] == 0
    with monkeypatch.context() as patched:
        _press_ctrl_c_in_step(patched, 1)
        code, out, err = atelier(*words)
    assert code == 0
    assert "note: stopped at step 1; the best so far is kept. To go on: the same command with --resume" in err
    assert "minutes" not in out
    stopped = resolve_style("mine")
    assert (stopped.kind, stopped.settings["finished"]) == ("learnt", False)
    assert len(_checkpoints()) == 1
    code, out, err = atelier(*words, "--resume", "--overwrite")
    assert code == 0, err
    assert "going on after step 1" in out
    assert "step 1  " not in out
    assert _checkpoints() == []
    whole, again = resolve_style("whole.safetensors"), resolve_style("mine")
    assert again.settings == whole.settings
    assert again.score == whole.score
    assert all((a == b).all() for a, b in zip(_tuned(again), _tuned(whole), strict=True))


def test_ctrl_c_before_the_first_step_stops_all(atelier: Run, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service, "read_photo_folder", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    code, _, err = atelier("learn", folder, "-n", "mine", *STEPS)
    assert code == 130
    assert "stopped; nothing half-written is left behind" in err


def test_there_must_be_something_to_go_on_with(atelier: Run, folder: Path):
    code, _, err = atelier("learn", folder, "-n", "mine", "--resume", *STEPS)
    assert code == 1
    assert "no such checkpoint; start without --resume" in err


@pytest.mark.usefixtures("_no_faces")
def test_other_settings_do_not_go_on(atelier: Run, folder: Path, monkeypatch: pytest.MonkeyPatch):
    words = ("learn", folder, "-n", "mine", "--overwrite", *STEPS)
    with monkeypatch.context() as patched:
        _press_ctrl_c_in_step(patched, 1)
        assert atelier(*words)[0] == 0
    code, _, err = atelier(*words, "--resume", "--lambda-style", 3)
    assert (code, "no such checkpoint; start without --resume" in err) == (1, True)
    save(portrait(20) * CAST, folder / "new.png")
    code, _, err = atelier(*words, "--resume")
    assert (code, "no such checkpoint" in err) == (1, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--game", "chess"), "gan_loss must be one of"),
        (("--gan-loss", "chess"), "gan_loss must be one of"),
        (("--features", "alexnet"), "features must be empty or one of"),
        (("--generator", "chalk"), "generator must be look or pixel, got 'chalk'"),
        (("--device", "abacus"), "device must be one of"),
        (("--lambda-style", "inf"), "style_weight must be 0 to 100, got inf"),
        (("--steps", "10001"), "less than or equal to 10000"),
    ],
)
def test_wrong_words_exit_with_2_before_anything_is_read(atelier: Run, words: tuple[str, str], message: str):
    code, _, err = atelier("learn", "nowhere", "-n", "x", *words)
    assert code == 2
    assert message in " ".join(err.replace("│", " ").split())


def test_a_cached_instant_style_is_made_anew_for_another_set_network(folder: Path, monkeypatch: pytest.MonkeyPatch):
    first, again = (resolve_style(str(folder)) for _ in range(2))
    assert first.created == again.created
    other = replace(load_set_model(), hash="newer")
    monkeypatch.setattr("portrait_atelier.core.learning.look.cached_instant.load_set_model", lambda: other)
    resolve_style(str(folder))
    assert len(list((cache_folder() / "instant").iterdir())) == 2


def test_a_picture_that_cannot_be_written_is_refused_before_learning(atelier: Run, tmp_path: Path):
    (tmp_path / "photos").mkdir()
    code, _, err = atelier("learn", "photos", "-n", "mine", "--texture-picture", "crops.jpg")
    assert code == 1
    assert "crops.jpg: must end in .png" in err.replace("\n", " ")
    (tmp_path / "crops.png").write_bytes(b"mine")
    code, _, err = atelier("learn", "photos", "-n", "mine", "--texture-picture", "crops.png")
    assert code == 1
    assert "crops.png: already exists" in err.replace("\n", " ")
