"""The training service: progress events, three ways to end early, and exact resumes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_material import CAST, finished, hasten, quick_settings, untouched
from pixel_material import proxy
from portrait_atelier.core.errors import LearningError, StyleError
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning import service
from portrait_atelier.core.learning.checkpoint import checkpoint_path, checkpoints, load_checkpoint, save_checkpoint
from portrait_atelier.core.learning.look.trainer import LookFineTuner
from portrait_atelier.core.learning.request import (
    CheckingFaces,
    Ending,
    FacesChecked,
    InstantStyleMade,
    PhotosRead,
    PreparingTraining,
    ReadingPhotos,
    ReadingTexture,
    Resume,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainOptions,
    TrainProgress,
    TrainRequest,
    TrainResult,
)
from portrait_atelier.core.learning.service import train_style
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import style_hash
from scenes import portrait, save

GENERATORS = ("look", "pixel")


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)
    quick_settings(monkeypatch)
    monkeypatch.setattr(service, "CHECKPOINT_SECONDS", 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write eight finished photos."""
    for seed in range(8):
        save(portrait(seed) * CAST, tmp_path / "finished" / f"{seed}.png")
    return tmp_path / "finished"


def _request(generator: str = "look", steps: int = 3, **given) -> TrainRequest:
    photos = finished().proxies if generator == "look" else [proxy(64, 72, seed) for seed in range(3)]
    return TrainRequest("studio", photos, generator=generator, options=TrainOptions(steps=steps), **given)


class Host:
    """Records progress events, and ends training at one of them."""

    def __init__(self, ending: Ending | None = None, at: Callable[[TrainProgress], bool] = lambda _: False) -> None:
        self.events: list[TrainProgress] = []
        self._ending, self._at, self._is_over = ending, at, False

    def hear(self, event: TrainProgress) -> None:
        self.events.append(event)
        self._is_over = self._is_over or self._at(event)

    def train(self, request: TrainRequest) -> TrainResult:
        return train_style(request, self.hear, lambda: self._ending if self._is_over else None)

    @property
    def steps(self) -> list[int]:
        return [event.step for event in self.events if isinstance(event, TrainingStep)]

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, TrainingNote)]


def _after(step: int) -> Callable[[TrainProgress], bool]:
    return lambda event: isinstance(event, TrainingStep) and event.step == step


def _same(first: Style | None, second: Style | None) -> bool:
    assert first is not None
    assert second is not None
    return style_hash(first) == style_hash(second) and first.score == second.score


def test_a_host_is_told_each_stage(folder: Path):
    host = Host()
    request = replace(_request(steps=2), photos=folder, check_faces=True)
    result = host.train(request)
    kinds = [type(event) for event in host.events]
    assert list(dict.fromkeys(kinds)) == [
        ReadingPhotos,
        PhotosRead,
        CheckingFaces,
        FacesChecked,
        InstantStyleMade,
        ReadingTexture,
        TrainingNote,  # the photos are too small to tell texture
        PreparingTraining,
        TrainingBegan,
        TrainingStep,
    ]
    shares = [event.share for event in host.events if isinstance(event, PreparingTraining)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, pytest.approx(0.94))
    read = next(event for event in host.events if isinstance(event, PhotosRead))
    assert len(read.folder.photos) == 8
    step = host.events[-1]
    assert isinstance(step, TrainingStep)
    assert (step.step, step.num_steps, step.seconds_left) == (2, 2, 0)
    assert step.validation is not None
    assert step.samples is not None
    assert "g_style" in step.terms
    assert result.style is not None
    assert (result.ending, result.step, result.num_steps) == (None, 2, 2)
    made = result.style.settings
    assert (made["finished"], made["method"], made["folder"]["min_size"]) == (True, "adversarial", 200)
    assert result.checkpoint == checkpoint_path(made["training"])
    assert result.checkpoint.is_file()
    result.forget_checkpoint()
    assert checkpoints() == []


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("ending", [Ending.KEEP, Ending.PAUSE])
def test_stopped_and_gone_on_with_it_is_as_never_stopped(generator: str, ending: Ending):
    request = _request(generator)
    whole = train_style(request)
    whole.forget_checkpoint()
    stopped = Host(ending, _after(1)).train(request)
    assert (stopped.ending, stopped.step) == (ending, 1)
    assert (stopped.style is None) == (ending is Ending.PAUSE)
    stopped.forget_checkpoint()
    assert checkpoints() == [stopped.checkpoint], "what is not at its end can be gone on with"
    host = Host()
    again = host.train(replace(request, name="another name", resume=Resume.REQUIRED))
    assert host.steps == [2, 3]
    began = next(event for event in host.events if isinstance(event, TrainingBegan))
    assert began.step == 1
    assert again.style is not None
    assert _same(replace(again.style, name="studio"), whole.style)


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_checkpoint_is_there_from_the_first_step_on_and_again_when_the_time_has_come(
    generator: str, monkeypatch: pytest.MonkeyPatch
):
    seconds, kept = [0.0], []
    monkeypatch.setattr(service.time, "monotonic", lambda: seconds[0])
    monkeypatch.setattr(service, "CHECKPOINT_SECONDS", 30.0)

    def hear(event: TrainProgress) -> None:
        if isinstance(event, TrainingStep):
            kept.append(load_checkpoint(checkpoints()[0])[1]["step"])
            seconds[0] += 16

    train_style(_request(generator, steps=6), hear)
    assert kept == [1, 1, 3, 3, 5, 5]


def test_what_was_kept_says_that_it_is_not_finished_and_the_best_can_be_had_on_the_way():
    host = Host(Ending.KEEP, _after(1))
    style = host.train(_request()).style
    assert style is not None
    assert (style.kind, style.settings["finished"]) == ("learnt", False)
    step = host.events[-1]
    assert isinstance(step, TrainingStep)
    assert _same(step.make_best_style(), style)
    assert not step.make_best_style(cover=False).cover


@pytest.mark.parametrize("generator", GENERATORS)
def test_the_instant_style_is_there_before_the_training(generator: str):
    host = Host()
    host.train(_request(generator))
    places = {type(event): place for place, event in reversed(list(enumerate(host.events)))}
    assert places[InstantStyleMade] < places[PreparingTraining]
    made = host.events[places[InstantStyleMade]]
    assert isinstance(made, InstantStyleMade)
    wanted = train_style(_request(generator, instant=True)).style
    assert _same(made.style, None if wanted is None else replace(wanted, cover=made.style.cover))


def test_an_end_that_is_wanted_at_the_last_step_is_the_end():
    result = Host(Ending.KEEP, _after(2)).train(_request(steps=2))
    assert result.ending is None
    assert result.style is not None
    assert result.style.settings["finished"]


def test_the_best_is_kept_before_the_first_step():
    host = Host(Ending.KEEP, lambda event: isinstance(event, PreparingTraining))
    result = host.train(_request())
    assert (result.ending, result.step, host.steps) == (Ending.KEEP, 0, [])
    assert result.style is not None
    assert result.style.settings["steps"] == 0


@pytest.mark.parametrize("generator", GENERATORS)
def test_of_what_is_forgotten_nothing_is_left(generator: str):
    result = Host(Ending.FORGET, _after(2)).train(_request(generator))
    assert (result.style, result.ending, result.checkpoint) == (None, Ending.FORGET, None)
    assert checkpoints() == []


@pytest.mark.parametrize("ending", [Ending.PAUSE, Ending.FORGET])
def test_while_photos_are_read_it_ends_at_once(folder: Path, ending: Ending):
    host = Host(ending, lambda event: isinstance(event, ReadingPhotos) and event.done == 2)
    result = host.train(replace(_request(), photos=folder))
    assert (result.style, result.ending) == (None, ending)
    assert isinstance(host.events[-1], ReadingPhotos)


@pytest.mark.parametrize(("ending", "whole"), [(Ending.FORGET, False), (Ending.KEEP, True), (Ending.PAUSE, True)])
def test_only_where_nothing_is_saved_a_step_ends_in_its_middle(
    ending: Ending, whole: bool, monkeypatch: pytest.MonkeyPatch
):
    learn, taken, wanted = LookFineTuner._train_adapter, [], []
    monkeypatch.setattr(LookFineTuner, "_train_discriminator", lambda _tuner, _random: wanted.append(ending) or {})
    monkeypatch.setattr(
        LookFineTuner, "_train_adapter", lambda tuner, random: (taken.append(tuner), learn(tuner, random))[1]
    )
    result = train_style(_request(), should_stop=lambda: wanted[0] if wanted else None)
    assert len(taken) == (3 if whole else 1), "all take the step, or the second does not any more"
    assert (result.ending, result.step) == (ending, int(whole))


@pytest.mark.parametrize("generator", GENERATORS)
def test_an_instant_style_takes_no_steps(generator: str):
    host = Host()
    result = host.train(_request(generator, instant=True))
    assert (result.ending, result.checkpoint, host.steps) == (None, None, [])
    assert result.style is not None
    assert result.style.kind == ("instant" if generator == "look" else "pixel")
    assert result.style.cover


def test_few_photos_make_an_instant_style_and_it_is_said():
    host = Host()
    result = host.train(replace(_request(), photos=finished(7).proxies, content=untouched(3).proxies))
    assert result.style is not None
    assert (result.style.kind, result.style.settings["num_content"]) == ("instant", 3)
    assert host.notes == ["fewer than 8 photos teach no more than an instant style; this is one"]


def test_wherever_the_photos_lie_it_is_the_same_training(folder: Path, tmp_path: Path):
    def begun(photos: Path, **options) -> Path | None:
        request = replace(_request(), photos=photos, options=TrainOptions(**{"steps": 3, **options}))
        return Host(Ending.PAUSE, _after(1)).train(request).checkpoint

    first = begun(folder)
    moved = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    (moved / "0.png").touch()
    assert begun(moved) == begun(moved, steps=2) == first
    assert begun(moved, seed=1) != first
    assert begun(moved, style_weight=2.0) != first
    save(portrait(20) * CAST, moved / "0.png")
    assert begun(moved) != first


def test_a_checkpoint_is_not_looked_at_unless_it_shall():
    stopped = Host(Ending.PAUSE, _after(2)).train(_request())
    host = Host()
    host.train(_request(resume=Resume.NEVER))
    assert host.steps == [1, 2, 3]
    assert stopped.checkpoint is not None


def test_there_must_be_something_to_go_on_with_where_it_is_required(folder: Path):
    host, request = Host(), replace(_request(resume=Resume.REQUIRED), photos=folder)
    none = "learning: no such checkpoint; start without --resume"
    with pytest.raises(LearningError, match=none):
        host.train(request)
    other = replace(_request(), options=TrainOptions(steps=3, seed=1))
    kept = Host(Ending.PAUSE, _after(1)).train(other).checkpoint
    assert kept is not None
    with pytest.raises(LearningError, match=none):
        host.train(request)
    assert host.events == [], "it is said before all the work"
    same = replace(request, options=TrainOptions(steps=5, seed=1))
    with pytest.raises(LearningError, match=r"safetensors: no such checkpoint; start without --resume"):
        host.train(same)  # those photos had to be read first
    assert any(isinstance(event, PhotosRead) for event in host.events)
    kept.write_bytes(b"damaged")
    with pytest.raises(LearningError, match=r"safetensors: no such checkpoint; start without --resume"):
        host.train(request)


@pytest.mark.parametrize("damage", ["no checkpoint", "another version", "another base"])
def test_what_cannot_be_gone_on_with_is_begun_anew_and_it_is_said(damage: str):
    path = Host(Ending.PAUSE, _after(2)).train(_request()).checkpoint
    assert path is not None
    tensors, facts = load_checkpoint(path)
    if damage == "no checkpoint":
        path.write_bytes(b"no checkpoint")
    elif damage == "another version":  # whose optimizer had other parameters
        lost = {name: value for name, value in tensors.items() if "adapter" not in name}
        save_checkpoint(path, lost, facts)
    else:
        save_checkpoint(path, tensors, {**facts, "base": "another"})
    host = Host()
    assert host.train(_request()).style is not None
    assert host.steps == [1, 2, 3]
    assert len(host.notes) == 1
    assert host.notes[0].startswith("the checkpoint could not be used, so learning began anew (")
    save_checkpoint(path, tensors, {**facts, "base": "another"})
    with pytest.raises(LearningError, match=r"was begun with other photos or settings \(base\)"):
        train_style(_request(resume=Resume.REQUIRED))


def test_a_checkpoint_that_cannot_be_written_is_told_once_and_ends_nothing():
    checkpoint_path("x").parent.touch()
    host = Host()
    result = host.train(_request())
    assert result.style is not None
    assert result.style.settings["finished"]
    assert [note[:32] for note in host.notes] == ["no checkpoint could be kept on t"]
    result.forget_checkpoint()


def test_names_and_pictures_that_cannot_be_used_are_refused(tmp_path: Path):
    with pytest.raises(StyleError, match="cannot hold"):
        train_style(replace(_request(), name="a/b"))
    (tmp_path / "torn.jpg").write_text("no picture")
    host = Host()
    with pytest.raises(LearningError, match="no picture in it can be read; name a folder of JPEG"):
        host.train(replace(_request("pixel"), photos=tmp_path))
    assert len(host.notes) == 1
    assert host.notes[0].endswith("; left out")


def test_of_many_pictures_some_are_read(tmp_path: Path):
    for number in range(33):
        save(np.full((24, 24, 3), 0.5, np.float32), tmp_path / f"{number:02}.png")
    host = Host()
    host.train(replace(_request("pixel", instant=True), photos=tmp_path))
    assert [(event.done, event.total) for event in host.events if isinstance(event, ReadingPhotos)][-1] == (17, 17)


def test_photos_in_memory_of_another_size_are_another_training():
    photos = finished().proxies
    smaller = [*photos[:-1], Proxy.opaque(photos[-1].pixels[1:])]
    kept = [Host(Ending.PAUSE, _after(1)).train(replace(_request(), photos=part)) for part in (photos, smaller)]
    assert kept[0].checkpoint != kept[1].checkpoint
