"""A style being learnt: status by status, kept, gone on with, and refused where it cannot be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_material import finished, quick, tiny_base, untouched
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.learning import judging
from portrait_atelier.core.learning.judging import KEEPS, Judgement
from portrait_atelier.core.learning.learn_settings import LearnSettings
from portrait_atelier.core.learning.learning import LEAST_PHOTOS, Learning
from portrait_atelier.core.learning.score import color_quantiles
from portrait_atelier.core.styles.style_file import load_style, save_style, style_hash
from torch import Tensor

BASE = tiny_base()
FINISHED, OWN = finished(), untouched()


@pytest.fixture(autouse=True)
def _base_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base model that styles are applied with, for their covers."""
    monkeypatch.setattr("portrait_atelier.core.styles.adapted_look.load_base", lambda: BASE)


@pytest.fixture(autouse=True)
def _judges_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let judges look at every fourth pixel each way."""

    def quantiles(photos: Tensor) -> Tensor:
        return color_quantiles(photos[..., ::4, ::4].contiguous())

    monkeypatch.setattr(judging, "color_quantiles", quantiles)
    monkeypatch.setattr(judging, "distance_between", lambda a, b: judging.distance(quantiles(a), quantiles(b)))


def _learning(settings: LearnSettings | None = None, **changes) -> Learning:
    given = {"content": OWN, "settings": settings or quick(), "base": BASE, **changes}
    return Learning(given.pop("photos", FINISHED), **given)


def _told(scores: list[float]) -> Callable[..., Judgement]:
    """Judges that give these scores after each step, of which all that was learnt is kept."""

    def judge(learners: object, halves: object, *, step: int, trust: float = 1.0, ask: object = None) -> Judgement:
        return Judgement(step, 1.0 if step else 0.0, (scores[0], *[scores[step]] * (len(KEEPS) - 1)), 1.0, 9.0)

    return judge


def test_each_step_is_told_and_the_style_is_learnt(tmp_path: Path):
    learning = _learning()
    told = list(learning.run())
    assert [(status.step, status.num_steps) for status in told] == [(1, 2), (2, 2)]
    assert {"g_adversarial", "g_content", "g_style", "g_tv", "g_pull", "d_adversarial_color"} <= set(told[0].terms)
    assert told[-1].judgement == learning.best
    assert told[0].samples is not None
    assert [part.shape for part in told[0].samples] == [(2, 3, 64, 64)] * 2
    assert 0 < told[0].seconds < told[1].seconds
    style = learning.style("studio", settings={"folder": "here"})
    assert (style.name, style.kind, style.num_photos, style.cover[:2]) == ("studio", "learnt", 8, b"\xff\xd8")
    assert style.tuning is not None
    assert (style.tuning.base, style.tuning.keep) == ("tiny", learning.best.keep)
    assert len(style.tuning.deltas) == 2
    assert style.neutral is not None
    assert (style.settings["method"], style.settings["folder"]) == ("adversarial", "here")
    assert LearnSettings.from_json(style.settings["learning"]) == learning.settings
    assert [row[0] for row in style.score["history"]] == [0, 1, 2]
    loaded = load_style(save_style(style, tmp_path / "studio"))
    assert style_hash(loaded) == style_hash(style)
    assert loaded.score == style.score
    content = Content.of(OWN.proxies[:1])
    assert np.array_equal(loaded.look_for(content).table, style.look_for(content).table)


def test_without_own_photos_it_learns_with_drawn_portraits():
    learning = _learning(content=None, settings=quick(num_steps=1))
    list(learning.run())
    style = learning.style("studio")
    assert style.neutral is None
    assert style.settings["num_content"] == 0


def test_the_same_seed_learns_the_same_style():
    def learnt(seed: int) -> str:
        learning = _learning(quick(seed=seed, num_steps=1, patch_weight=0.0))
        list(learning.run())
        learning._best = replace(learning.best, keep=1.0)
        return style_hash(learning.style("studio"))

    first, again, other = learnt(0), learnt(0), learnt(1)
    assert first == again
    assert first != other


def test_gone_on_with_is_as_never_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portrait_atelier.core.learning.learning.judge", _told([8.0, 7.0, 7.5, 5.0]))
    whole, stopped, again = (_learning(quick(num_steps=3)) for _ in range(3))
    list(whole.run())
    next(stopped.run())
    stopped.save(tmp_path / "c", "key")
    again.resume(tmp_path / "c", "key")
    assert (again.step, again.best.score) == (1, 7.0)
    assert [status.step for status in again.run()] == [2, 3]
    assert again.best == whole.best
    assert style_hash(again.style("studio")) == style_hash(whole.style("studio"))
    assert again.style("studio").score == whole.style("studio").score


def test_what_was_stopped_before_its_first_step_can_be_gone_on_with(tmp_path: Path):
    _learning().save(tmp_path / "c", "key")
    again = _learning()
    again.resume(tmp_path / "c", "key")
    assert [status.step for status in again.run()] == [1, 2]


def test_more_steps_may_be_asked_for(tmp_path: Path):
    learning = _learning(quick(num_steps=1))
    list(learning.run())
    learning.save(tmp_path / "c", "key")
    more = _learning(quick(num_steps=2))
    more.resume(tmp_path / "c", "key")
    assert [status.step for status in more.run()] == [2]


def test_what_is_of_something_else_is_not_gone_on_with(tmp_path: Path):
    learning = _learning()
    learning.save(tmp_path / "c", "key")
    with pytest.raises(LearningError, match=r"c: was begun with other photos or settings \(key\); start without --res"):
        learning.resume(tmp_path / "c", "another")
    with pytest.raises(LearningError, match=r"other photos or settings \(settings\)"):
        _learning(quick(seed=1)).resume(tmp_path / "c", "key")
    with pytest.raises(LearningError, match=r"other photos or settings \(base\)"):
        _learning(base=replace(BASE, hash="another")).resume(tmp_path / "c", "key")
    with pytest.raises(LearningError, match="none: no such checkpoint; start without --resume"):
        learning.resume(tmp_path / "none", "key")


def test_too_few_photos_are_refused():
    with pytest.raises(LearningError, match="7 finished and 4 untouched photos: learning needs 8 .*or use --instant"):
        _learning(photos=FINISHED.part(range(LEAST_PHOTOS - 1)))
    with pytest.raises(LearningError, match="8 finished and 1 untouched photos"):
        _learning(content=OWN.part([0]))


def test_it_ends_where_nothing_gets_better(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portrait_atelier.core.learning.learning.judge", _told([8.0, 7.0, 7.5, 7.5, 7.5]))
    learning = _learning(quick(num_steps=9, patience=2, patch_weight=0.0))
    assert [status.step for status in learning.run()] == [1, 2, 3]
    assert (learning.best.step, learning.best.score) == (1, 7.0)
    assert [row[2] for row in learning.style("studio").score["history"]] == [8.0, 7.0, 7.5, 7.5]


def test_the_best_is_kept_and_not_the_last(monkeypatch: pytest.MonkeyPatch):
    settings = quick(learning_rate=0.05, patch_weight=0.0)
    monkeypatch.setattr("portrait_atelier.core.learning.learning.judge", _told([8.0, 7.0, 7.5]))
    learning = _learning(settings)
    deltas = []
    for _ in learning.run():
        tuning = learning.style("studio").tuning
        assert tuning is not None
        deltas.append(tuning.deltas[0]["up.table_head"])
    assert deltas[0].any()
    assert (deltas[0] == deltas[1]).all()


def test_the_last_can_be_kept_whatever_the_photos_say(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portrait_atelier.core.learning.learning.judge", _told([8.0, 7.0, 7.5]))
    learning = _learning(quick(learning_rate=0.05, patch_weight=0.0))
    list(learning.run())
    best, last = learning.style("studio", cover=False), learning.keep_last()
    kept = learning.style("studio", cover=False)
    assert (last.step, learning.best.score, best.cover) == (2, 7.5, b"")
    assert best.tuning is not None
    assert kept.tuning is not None
    assert (best.tuning.deltas[0]["up.table_head"] != kept.tuning.deltas[0]["up.table_head"]).any()


def test_nothing_learnt_is_the_instant_style():
    learning = _learning()
    style = learning.style("studio")
    assert style.tuning is not None
    assert (style.tuning.keep, style.settings["steps"]) == (0, 0)
    content = Content.of(OWN.proxies[:1])
    instant = replace(style, kind="instant", tuning=replace(style.tuning, deltas=()))
    assert np.array_equal(style.look_for(content).table, instant.look_for(content).table)


class _Unwanted(Exception):  # noqa: N818
    pass


def _wanted(times: int) -> Callable[[], None]:
    """Is still wanted when asked for the first times, and no more."""
    left = iter(range(times))

    def ask() -> None:
        if next(left, None) is None:
            raise _Unwanted

    return ask


@pytest.mark.parametrize("times", [0, 9, 28])
def test_setting_up_can_be_given_up_on_the_way(times: int):
    with pytest.raises(_Unwanted):
        _learning(ask=_wanted(times))


@pytest.mark.parametrize("times", [0, 1, 4])
def test_a_step_can_be_given_up_in_its_middle_and_the_best_before_it_stays(times: int):
    learning = _learning()
    with pytest.raises(_Unwanted):
        next(learning.run(_wanted(times)))
    assert learning.best.step == 0
    assert learning.style("studio", cover=False).settings["steps"] == 0


def test_the_base_model_in_use_is_no_part_of_the_game():
    before = {name: value.clone() for name, value in BASE.generator.state_dict().items()}
    learning = _learning()
    list(learning.run())
    assert all(torch.equal(value, before[name]) for name, value in BASE.generator.state_dict().items())
    assert all(learner.base.generator is not BASE.generator for learner in learning._learners)  # that may move away
