"""Training of a look: status, checkpoints, early end, errors."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from learning_material import finished, hasten, quick, two_toned, untouched
from people_material import photos_of_people
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.learning.look.photos import TrainingPhotos
from portrait_atelier.core.learning.look.settings import LEAST_PHOTOS, LookTrainSettings
from portrait_atelier.core.learning.look.training import StyleTraining
from portrait_atelier.core.learning.look.validation import DELTA_WEIGHTS, ValidationResult
from portrait_atelier.core.styles.style_file import load_style, save_style, style_hash

FINISHED = finished()


@pytest.fixture(autouse=True)
def _few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


def _learning(settings: LookTrainSettings | None = None, **changes) -> StyleTraining:
    given = {"settings": settings or quick(), **changes}
    return StyleTraining(given.pop("photos", FINISHED), given.pop("content", None), **given)


def _told(monkeypatch: pytest.MonkeyPatch, distances: list[float]) -> None:
    """Let validation return these distances after each step, with delta weight 1."""

    def validate(_tuners: object, _folds: object, *, step: int, check_cancelled: object = None) -> ValidationResult:
        return ValidationResult(
            step, 1.0 if step else 0.0, (distances[0], *[distances[step]] * (len(DELTA_WEIGHTS) - 1)), 1.0, 9.0
        )

    monkeypatch.setattr("portrait_atelier.core.learning.look.training.validate", validate)


def test_a_known_instant_style_is_not_made_again_and_gives_the_same_style(monkeypatch: pytest.MonkeyPatch):
    known = style_from_proxies(FINISHED.proxies, "known", cover=False)
    made_anew = _learning().style("studio")
    monkeypatch.setattr("portrait_atelier.core.learning.look.training.style_from_proxies", None)  # would fail
    assert style_hash(_learning(instant=known).style("studio")) == style_hash(made_anew)


def test_each_step_is_told_and_the_style_is_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    _told(monkeypatch, [8.0, 7.0, 6.0])
    learning = _learning()
    told = list(learning.run())
    assert [(status.step, status.num_steps) for status in told] == [(1, 2), (2, 2)]
    assert {"g_adversarial", "g_content", "g_style", "g_tv", "g_match", "g_pull", "d_adversarial"} <= set(told[0].terms)
    found = told[-1].validation
    assert found is not None
    assert (found.instant_distance, found.distance, found.delta_weight) == (8.0, 6.0, 1.0)
    best = learning.best
    assert (found.best_step, found.best_distance, found.best_delta_weight) == (2, best.distance, best.delta_weight)
    assert told[0].samples is not None
    assert [part.shape for part in told[0].samples] == [(4, 3, 32, 32)] * 2
    assert 0 < told[0].seconds < told[1].seconds
    style = learning.style("studio", settings={"folder": "here"})
    assert (style.name, style.kind, style.num_photos, style.cover[:2]) == ("studio", "learnt", 8, b"\xff\xd8")
    assert style.adapter is not None
    assert (style.adapter.base, style.adapter.delta_weight) == (load_set_model().hash, 1.0)
    assert (style.settings["method"], style.settings["folder"]) == ("adversarial", "here")
    assert LookTrainSettings.from_json(style.settings["learning"]) == learning.settings
    assert [row[0] for row in style.score["history"]] == [0, 1, 2]
    loaded = load_style(save_style(style, tmp_path / "studio"))
    assert style_hash(loaded) == style_hash(style)
    assert loaded.score == style.score
    content = Content.of(photos_of_people(1, first=50))
    plain = replace(style, adapter=None).look_for(content).table
    assert (loaded.look_for(content).table == style.look_for(content).table).all()
    assert (loaded.look_for(content).table != plain).any()


@pytest.mark.parametrize("count", [2, 8])
def test_own_photos_are_content(count: int):
    learning = _learning(quick(num_steps=1), content=untouched(count))
    list(learning.run())
    assert learning.style("studio", cover=False).settings["num_content"] == count


def test_a_clear_look_is_not_learnt():
    learning = _learning(quick(clear_below=1e6))
    assert learning.best.instant_suffices
    assert list(learning.run()) == []
    style = learning.style("studio", cover=False)
    assert (style.kind, style.adapter, style.settings["steps"]) == ("learnt", None, 0)
    assert style.score["clear"] is True
    assert style.score["score"] == style.score["instant"]


def test_a_look_of_another_kind_is_not_clear():
    strange = TrainingPhotos(tuple(Proxy.opaque(two_toned(photo.pixels)) for photo in photos_of_people(8)))
    settings = quick(clear_below=LookTrainSettings().clear_below)
    assert not _learning(settings, photos=strange, content=untouched(8)).best.instant_suffices


def test_it_ends_where_nothing_nearer_can_be_told():
    told = list(_learning(quick(num_steps=9, validate_every=9, enough_below=1e6)).run())
    assert [status.step for status in told] == [1]
    assert told[0].validation is not None  # validated at the end all the same


def test_the_same_seed_learns_the_same_style(monkeypatch: pytest.MonkeyPatch):
    _told(monkeypatch, [8.0, 7.0])

    def learnt(seed: int) -> str:
        learning = _learning(quick(seed=seed, num_steps=1))
        list(learning.run())
        return style_hash(replace(learning.style("studio", cover=False), settings={}))

    first, again, other = learnt(0), learnt(0), learnt(1)
    assert first == again
    assert first != other


def test_gone_on_with_is_as_never_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    _told(monkeypatch, [8.0, 7.0, 7.5, 5.0])
    whole, stopped, again = (_learning(quick(num_steps=3)) for _ in range(3))
    list(whole.run())
    next(stopped.run())
    stopped.save(tmp_path / "c", "key")
    again.resume(tmp_path / "c", "key")
    assert (again.step, again.best.distance) == (1, 7.0)
    assert [status.step for status in again.run()] == [2, 3]
    assert again.best == whole.best
    assert style_hash(again.style("studio", cover=False)) == style_hash(whole.style("studio", cover=False))
    assert again.style("studio", cover=False).score == whole.style("studio", cover=False).score


def test_what_was_stopped_before_its_first_step_can_be_gone_on_with(tmp_path: Path):
    _learning().save(tmp_path / "c", "key")
    again = _learning(quick(num_steps=1))
    again.resume(tmp_path / "c", "key")
    assert [status.step for status in again.run()] == [1]


def test_what_is_of_something_else_is_not_gone_on_with(tmp_path: Path):
    learning = _learning()
    learning.save(tmp_path / "c", "key")
    with pytest.raises(LearningError, match=r"c: was begun with other photos or settings \(key\); start without --res"):
        learning.resume(tmp_path / "c", "another")
    with pytest.raises(LearningError, match=r"other photos or settings \(seed\)"):
        _learning(quick(seed=1)).resume(tmp_path / "c", "key")
    with pytest.raises(LearningError, match=r"other photos or settings \(base\)"):
        _learning(model=replace(load_set_model(), hash="another")).resume(tmp_path / "c", "key")
    with pytest.raises(LearningError, match="none: no such checkpoint; start without --resume"):
        learning.resume(tmp_path / "none", "key")


def test_too_few_photos_are_refused():
    with pytest.raises(LearningError, match="7 finished and 0 untouched photos: learning needs 8 .*or use --instant"):
        _learning(photos=FINISHED.part(range(LEAST_PHOTOS - 1)))
    with pytest.raises(LearningError, match="8 finished and 1 untouched photos"):
        _learning(content=untouched(1))


def test_the_best_is_kept_and_not_the_last(monkeypatch: pytest.MonkeyPatch):
    _told(monkeypatch, [8.0, 7.0, 7.5])
    learning = _learning()
    changes = []
    for _ in learning.run():
        adapter = learning.style("studio", cover=False).adapter
        assert adapter is not None
        changes.append(adapter.bias["color_out"])
    assert changes[0].any()
    assert (changes[0] == changes[1]).all()


def test_it_ends_where_validations_find_nothing_better_any_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portrait_atelier.core.learning.look.training._PATIENCE", 2)
    _told(monkeypatch, [8.0, 7.0, 7.5, 7.5, 6.0, 5.0])
    learning = _learning(quick(num_steps=5))
    assert [status.step for status in learning.run()] == [1, 2, 3]
    assert learning.best.step == 1


def test_the_last_can_be_kept_whatever_the_photos_say(monkeypatch: pytest.MonkeyPatch):
    _told(monkeypatch, [8.0, 7.0, 7.5])
    learning = _learning()
    list(learning.run())
    best, last = learning.style("studio", cover=False), learning.select_last()
    kept = learning.style("studio", cover=False)
    assert (last.step, learning.best.distance) == (2, 7.5)
    assert best.adapter is not None
    assert kept.adapter is not None
    assert (best.adapter.bias["color_out"] != kept.adapter.bias["color_out"]).any()


def test_nothing_learnt_is_the_instant_style():
    style = _learning().style("studio", cover=False)
    assert (style.adapter, style.settings["steps"], style.score["keep"]) == (None, 0, 0)


class _Unwanted(Exception):  # noqa: N818
    pass


def _wanted(times: int) -> Callable[[], None]:
    """Return a check that cancels after a number of calls."""
    left = iter(range(times))

    def check_cancelled() -> None:
        if next(left, None) is None:
            raise _Unwanted

    return check_cancelled


@pytest.mark.parametrize("times", [0, 9, 28])
def test_setting_up_can_be_given_up_on_the_way(times: int):
    with pytest.raises(_Unwanted):
        _learning(check_cancelled=_wanted(times))


@pytest.mark.parametrize("times", [0, 1, 4])
def test_a_step_can_be_given_up_in_its_middle_and_the_best_before_it_stays(times: int):
    learning = _learning()
    with pytest.raises(_Unwanted):
        next(learning.run(_wanted(times)))
    assert learning.best.step == 0
    assert learning.style("studio", cover=False).settings["steps"] == 0


def test_a_random_state_outside_is_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    list(_learning(quick(num_steps=1)).run())
    assert torch.equal(torch.rand(2), expected)
