"""What the closed form leaves: nothing where it is exact, and what is missing where it is not."""

import numpy as np
import pytest
from portrait_atelier.core.styles.candidates import Evidence
from portrait_atelier.core.color.lab import lab_to_srgb
from portrait_atelier.core.styles.population import Population
from portrait_atelier.core.styles.remainder import NUM_REMAINDER, evidence_vector, remainder
from portrait_atelier.core.styles.transport import LabMap

PART = 37  # numbers of one region
WHOLE_POOL, NEAR = slice(0, 2 * PART), slice(2 * PART, 4 * PART)


def _population(colors: np.ndarray) -> Population:
    return Population(colors.astype(np.uint8), np.ones(len(colors), np.float32))


def _people(count: int = 5, low: int = 60, high: int = 190) -> Population:
    rng = np.random.default_rng(0)
    base = rng.integers(low, high, (count, 2, 96, 1))  # not too colorful: they stay inside sRGB below
    return _population(base + rng.integers(-20, 20, (count, 2, 96, 3)))


def _under(people: Population, carried: LabMap) -> Population:
    return _population((lab_to_srgb(carried(people.lab)).clip(0, 1) * 255 + 0.5).astype(np.uint8))


def _evidence(style: Population, neutral: Population, content: Population | None = None) -> Evidence:
    weights = (population.weights.astype(np.float64) for population in (style, neutral))
    own, others = weights
    return Evidence(style, own, neutral, others, content or neutral)


def _identity(lab: np.ndarray) -> np.ndarray:
    return lab


def _graded(lab: np.ndarray) -> np.ndarray:
    return lab * np.array([0.8, 0.9, 1.1]) + np.array([12.0, 3, -4])


def test_nothing_is_left_where_nothing_was_done():
    people = _people()
    assert not remainder(_evidence(people, people), _identity)[WHOLE_POOL].any()
    alone = _people(1)
    assert not remainder(_evidence(alone, alone), _identity).any()


def test_nothing_is_left_where_the_map_is_exact():
    people = _people()
    evidence = _evidence(_under(people, _graded), people)
    left, unmoved = (remainder(evidence, carried)[WHOLE_POOL] for carried in (_graded, _identity))
    assert np.abs(left).max() < 0.1  # the style was rounded to bytes
    assert np.abs(unmoved).max() > 0.5


def test_what_is_missing_has_its_sign_and_size():
    people = _people()
    lighter = _under(people, lambda lab: lab + np.array([10.0, 0, 0]))
    left = remainder(_evidence(lighter, people), _identity).reshape(2, 2, PART)
    np.testing.assert_allclose(left[0, :, :9], -1, atol=0.08)  # tones, in steps of 10
    np.testing.assert_allclose(left[0, :, 9:19], 0, atol=0.1)  # quantiles of chroma
    redder = _under(people, lambda lab: lab + np.array([0.0, 5, 0]))
    left = remainder(_evidence(redder, people), _identity).reshape(2, 2, PART)
    np.testing.assert_allclose(left[0, :, :9], 0, atol=0.08)
    np.testing.assert_allclose(left[0, :, 9:19].reshape(2, 5, 2)[..., 0], -1, atol=0.1)  # a, in steps of 5
    np.testing.assert_allclose(left[0, :, 9:19].reshape(2, 5, 2)[..., 1], 0, atol=0.1)


def test_the_second_part_is_of_people_like_the_content():
    dark, light = _people(4, 40, 70), _people(4, 180, 210)
    both = _population(np.concatenate([dark.colors, light.colors]))
    left = remainder(_evidence(dark, both, dark), _identity)
    assert np.abs(left[NEAR][:9]).max() < 0.3
    assert left[WHOLE_POOL][:9].max() > 4


def test_photos_of_no_weight_say_nothing():
    dark, light = _people(4, 40, 70), _people(4, 180, 210)
    both = _population(np.concatenate([dark.colors, light.colors]))
    weights = np.repeat([1.0, 0.0], 4)
    evidence = Evidence(dark, np.ones(4), both, weights, dark)
    assert np.abs(remainder(evidence, _identity)[WHOLE_POOL][:9]).max() < 0.3


@pytest.mark.parametrize("value", [0, 128, 255])
def test_one_photo_of_one_color_gives_numbers(value: int):
    flat = _population(np.full((1, 2, 8, 3), value))
    left = remainder(_evidence(flat, _people()), _graded)
    assert left.shape == (NUM_REMAINDER,)
    assert np.isfinite(left).all()
    assert np.isfinite(remainder(_evidence(_people(), flat, flat), _identity)).all()


def test_the_generator_is_told_evidence_and_remainder():
    evidence = _evidence(_people(2), _people(3))
    told = evidence_vector(evidence, _graded)
    assert len(told) == 386 + NUM_REMAINDER
    assert (told[:386] == evidence.vector()).all()
    assert (told[386:] == remainder(evidence, _graded)).all()
