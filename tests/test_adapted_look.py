"""The look of a style learnt from photos: base model, changes kept in part, other prints, series, another base."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from generator_material import photos_of_people, random_base
from portrait_atelier.core.imaging.look import Look
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.networks.low_rank import LowRankDelta
from portrait_atelier.core.styles import adapted_look as module
from portrait_atelier.core.styles.adapted_look import adapted_look, gather_evidence
from portrait_atelier.core.styles.base_model import BaseModel
from portrait_atelier.core.styles.content import Content
from portrait_atelier.core.styles.places import mean_places
from portrait_atelier.core.styles.population import measure_population
from portrait_atelier.core.styles.prior import load_prior
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.transport import closed_form_look
from portrait_atelier.core.styles.tuning import Tuning
from rendering import defined, random_photo

PHOTOS = photos_of_people(8)
STYLE, CONTENT = measure_population(PHOTOS[:5]), Content.of(PHOTOS[5:6])


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> BaseModel:
    """A base model in the place of the shipped one."""
    model = random_base(0.03)
    monkeypatch.setattr(module, "load_base", lambda: model)
    return model


def _delta(model: BaseModel, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    tensors = LowRankDelta(model.generator, rank=2, seed=seed).state_dict()
    return {name: rng.normal(0, 0.05, value.shape).astype(np.float32) for name, value in tensors.items()}


def _tuning(model: BaseModel, *, num_deltas: int = 2, keep: float = 0.0, base: str = "here") -> Tuning:
    deltas = tuple(_delta(model, seed) for seed in range(num_deltas))
    places = mean_places([photo.pixels for photo in PHOTOS[:5]])
    return Tuning(base, model.style_code(PHOTOS[:5]), places, None, deltas, keep)


def _same(first: Look, second: Look, tolerance: float = 0.0) -> bool:
    return all(
        np.allclose(getattr(first, part), getattr(second, part), rtol=0, atol=tolerance) for part in ("table", "grid")
    )


def test_without_a_code_it_is_the_closed_form():
    look = adapted_look(STYLE, CONTENT)
    assert _same(look, closed_form_look(STYLE, load_prior(), CONTENT.population))


def test_the_base_model_adds_to_the_closed_form(base: BaseModel):
    look, closed = adapted_look(STYLE, CONTENT, tuning=_tuning(base, num_deltas=0)), adapted_look(STYLE, CONTENT)
    assert look.has_grid
    assert not closed.has_grid
    assert not np.array_equal(look.table, closed.table)


def test_another_base_is_warned_of_once_and_the_statistics_serve(base: BaseModel, caplog: pytest.LogCaptureFixture):
    tuning = _tuning(base, keep=1.0, base="another")
    with caplog.at_level(logging.WARNING):
        looks = [adapted_look(STYLE, CONTENT, tuning=tuning, name="Old Studio") for _ in range(3)]
    assert [record.getMessage() for record in caplog.records] == [
        "note: Old Studio was learnt with another base model and is applied by its statistics alone; learn it anew"
    ]
    assert _same(looks[0], adapted_look(STYLE, CONTENT))


def test_a_code_that_does_not_fit_the_base_is_taken_for_another_base(base: BaseModel, caplog: pytest.LogCaptureFixture):
    tuning = replace(_tuning(base, num_deltas=0), code=np.zeros(3, np.float32))
    with caplog.at_level(logging.WARNING):
        look = adapted_look(STYLE, CONTENT, tuning=tuning, name="Odd Studio")
    assert "Odd Studio was learnt with another base model" in caplog.text
    assert _same(look, adapted_look(STYLE, CONTENT))


def test_what_is_not_kept_and_what_is_not_there_leave_the_base_look(base: BaseModel):
    plain = adapted_look(STYLE, CONTENT, tuning=_tuning(base, num_deltas=0, keep=1.0))
    assert _same(plain, adapted_look(STYLE, CONTENT, tuning=_tuning(base, num_deltas=2, keep=0.0)))
    assert not _same(plain, adapted_look(STYLE, CONTENT, tuning=_tuning(base, num_deltas=2, keep=1.0)), 1e-3)


@pytest.mark.parametrize("keep", [0.25, 0.7])
def test_a_change_is_kept_linearly(base: BaseModel, keep: float):
    none, part, whole = (adapted_look(STYLE, CONTENT, tuning=_tuning(base, keep=k)) for k in (0.0, keep, 1.0))
    np.testing.assert_allclose(part.table, (1 - keep) * none.table + keep * whole.table, atol=1e-6, rtol=0)
    np.testing.assert_allclose(part.grid, (1 - keep) * none.grid + keep * whole.grid, atol=1e-6, rtol=0)


def test_looks_of_several_changes_are_averaged(base: BaseModel):
    both = _tuning(base, keep=1.0)
    looks = [adapted_look(STYLE, CONTENT, tuning=replace(both, deltas=(delta,))) for delta in both.deltas]
    assert not _same(looks[0], looks[1], 1e-3)
    mean = Look((looks[0].table + looks[1].table) / 2, (looks[0].grid + looks[1].grid) / 2)
    assert _same(adapted_look(STYLE, CONTENT, tuning=both), mean, 1e-6)


@pytest.mark.parametrize("num_deltas", [0, 2])
def test_a_variation_is_another_print_and_always_the_same(base: BaseModel, num_deltas: int):
    tuning = _tuning(base, num_deltas=num_deltas, keep=0.5)
    plain, first, again, other = (adapted_look(STYLE, CONTENT, tuning=tuning, variation=v) for v in (0, 5, 5, 6))
    assert _same(first, again)
    assert not _same(first, plain, 1e-4)
    assert not _same(first, other, 1e-4)


def test_a_variation_draws_noise_beside_weights(base: BaseModel):
    # Of one photo on either side there is nothing to weigh anew: what differs is the noise.
    style, neutral = measure_population(PHOTOS[:1]), measure_population(PHOTOS[6:7])
    given = {"neutral": neutral, "tuning": _tuning(base, keep=0.5)}
    plain, first, other = (adapted_look(style, CONTENT, **given, variation=v) for v in (0, 5, 6))
    assert not _same(first, plain, 1e-4)
    assert not _same(first, other, 1e-4)
    closed = [adapted_look(style, CONTENT, neutral=neutral, variation=v) for v in (0, 5)]
    assert _same(closed[0], closed[1], 1e-6)


def test_a_series_gets_one_look(base: BaseModel):
    style = Style("mine", "learnt", population=STYLE, tuning=_tuning(base, keep=0.5))
    first, second = (style.look_for(Content.of([photo])) for photo in PHOTOS[5:7])
    together, turned = (style.look_for(Content.of(pair)) for pair in (PHOTOS[5:7], PHOTOS[6:4:-1]))
    assert _same(together, turned, 1e-5)
    assert not _same(together, first, 1e-4)
    assert not _same(together, second, 1e-4)


def test_a_look_for_no_photo_in_particular(base: BaseModel):
    style = Style("mine", "learnt", population=STYLE, tuning=_tuning(base, keep=0.5))
    look = style.look_for(Content.mean_portrait())
    assert look.has_grid
    assert np.isfinite(look.table).all()
    assert not _same(look, style.look_for(CONTENT), 1e-4)


@pytest.mark.parametrize("spread", [0.03, 0.3])
def test_black_and_white_stays_so(monkeypatch: pytest.MonkeyPatch, spread: float):
    model = random_base(spread)
    monkeypatch.setattr(module, "load_base", lambda: model)
    grays = [Proxy.opaque(photo.pixels.mean(-1, keepdims=True).repeat(3, -1)) for photo in PHOTOS[:5]]
    look = adapted_look(measure_population(grays), CONTENT, tuning=_tuning(model, keep=0.5))
    printed = defined(random_photo(32, 32).clip(0, 1), look)
    assert np.ptp(printed, axis=-1).max() < 1e-5
    assert printed.std() > 0.02


def test_own_untouched_photos_take_the_place_of_the_prior():
    own = measure_population(PHOTOS[6:])
    evidence = gather_evidence(STYLE, CONTENT, own)
    assert evidence.neutral is own
    assert evidence.trusted
    assert not gather_evidence(STYLE, CONTENT).trusted
