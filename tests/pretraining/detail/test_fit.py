"""The numbers of structures: gains, people and hands are told apart."""

import numpy as np
import pytest
from portrait_atelier.core.pretraining.detail.fit import NUM_FEATURES, NUM_GAINS, fit_structures, gains_acting_on
from portrait_atelier.core.pretraining.detail.hands import HandSamples

NUM_PEOPLE, NUM_HANDS, NUM_PHOTOS = 300, 400, 6


def mask() -> np.ndarray:
    """(117, 8): which gain acts on which feature."""
    found = np.zeros((NUM_FEATURES, NUM_GAINS))
    for feature in range(NUM_FEATURES):
        found[feature, gains_acting_on(feature)] = 1
    return found


def material(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[HandSamples]]:
    """Neutral features, the true response, single responses that are a third too small, and hands."""
    rng = np.random.default_rng(seed)
    neutral = 5 + 0.3 * rng.normal(size=(NUM_PEOPLE, NUM_FEATURES))
    response = rng.uniform(0.1, 0.5, (2, NUM_FEATURES, NUM_GAINS)) * mask()
    hands = []
    for _ in range(NUM_HANDS):
        logarithms, people = rng.normal(0, 0.3, NUM_GAINS), rng.choice(NUM_PEOPLE, NUM_PHOTOS, replace=False)
        effect = np.where(logarithms < 0, *response) @ logarithms + 0.2 + 0.05 * rng.normal(size=NUM_FEATURES)
        rows = neutral[people] + effect + 0.02 * rng.normal(size=(NUM_PHOTOS, NUM_FEATURES))
        hands.append(HandSamples(logarithms, rows, people))
    return neutral, response, response / 1.5, hands


def test_skin_and_rest_have_gains_of_their_own_and_traits_none():
    assert gains_acting_on(0) == [0, 1, 2, 3]
    assert gains_acting_on(36) == [4, 5, 6, 7]
    assert gains_acting_on(NUM_FEATURES - 1) == []


def test_responses_offsets_and_spreads_are_found():
    neutral, response, single, hands = material()
    found = fit_structures(neutral, single, hands)
    np.testing.assert_allclose(found["response"], response, atol=0.08)
    assert np.abs(found["response"] - response).mean() < 0.5 * np.abs(single - response).mean()
    np.testing.assert_allclose(found["mean"], neutral.mean(0) + 0.2, atol=0.03)
    assert np.sqrt(np.diag(found["between"])).mean() == pytest.approx(0.3, abs=0.02)  # people: hands are not in it
    assert np.sqrt(np.diag(found["shared"])).mean() == pytest.approx(0.05, abs=0.01)  # hands: people are not in it


def test_photos_that_tell_nothing_are_left_out():
    neutral, _, single, hands = material()
    expected = fit_structures(neutral, single, hands)
    for hand in hands[::10]:
        hand.features[:, 3] = np.nan
    neutral[::7, 5] = np.nan
    found = fit_structures(neutral, single, hands)
    assert all(np.isfinite(values).all() for values in found.values())
    np.testing.assert_allclose(found["mean"], expected["mean"], atol=0.1)


def test_covariances_of_few_samples_can_be_inverted():
    neutral, _, single, _ = material()
    rng, people = np.random.default_rng(1), np.arange(NUM_PHOTOS)
    rows = neutral[people]
    few = [HandSamples(rng.normal(0, 0.3, NUM_GAINS), rows + rng.normal(0, 0.1, rows.shape), people) for _ in range(20)]
    found = fit_structures(neutral[:40], single, few)
    for name in ("between", "shared"):
        assert np.linalg.eigvalsh(found[name]).min() > 0
