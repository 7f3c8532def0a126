"""The fit of what evidence tells of distances, and the folders that it is fitted to."""

import numpy as np
import pytest
import torch
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.learning.look.evidence import NAMES
from portrait_atelier.core.learning.look.trust import TrustModel, load_trust_model
from portrait_atelier.core.pretraining.look.looks import LookLibrary, identity_table
from portrait_atelier.core.pretraining.look.people import SIDE, People
from portrait_atelier.core.pretraining.trust.fit import fit_trust, left_out
from portrait_atelier.core.pretraining.trust.folders import WeakenedLooks, simulate


def _rows(count: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    evidence = rng.normal(2, 3, (count, len(NAMES)))
    return evidence, np.exp(1 + 0.1 * evidence[:, 2] - 0.05 * evidence[:, 5] + noise * rng.normal(size=count))


def test_distances_are_told_from_evidence_of_folders_that_were_left_out():
    evidence, truths = _rows(3000, 0.05)
    left = np.log(truths) - left_out(evidence, truths)
    assert left.std() < 0.08 < 0.3 < np.log(truths).std()


def test_eight_of_ten_distances_lie_in_the_range():
    evidence, truths = _rows(3000, 0.3)
    model = TrustModel(**{name: value.astype(float) for name, value in fit_trust(evidence, truths).items()})
    told = [model.trust(row) for row in evidence]
    within = np.mean([trust.low < truth < trust.high for trust, truth in zip(told, truths, strict=True)])
    assert within == pytest.approx(0.8, abs=0.03)
    assert told[0].moved == pytest.approx(0.9 * np.exp(evidence[0, NAMES.index("moved")]))


def test_a_bias_scales_every_distance():
    evidence, truths = _rows(300, 0.1)
    plain, more = (
        TrustModel(**{name: value.astype(float) for name, value in fit_trust(evidence, truths, bias=bias).items()})
        for bias in (0.0, np.log(1.5))
    )
    assert more.trust(evidence[0]).expected == pytest.approx(1.5 * plain.trust(evidence[0]).expected, rel=1e-5)


def test_evidence_of_another_size_is_refused():
    with pytest.raises(ValueError, match="evidence must have"):
        load_trust_model().trust(np.zeros(3))


def test_a_weakened_look_lies_between_no_look_and_the_look():
    library = LookLibrary.make(np.zeros((0,)), num_procedural=3)
    looks = [
        WeakenedLooks.of(library, (strength,)).draw(np.random.default_rng(0), 1, 0.0) for strength in (0.0, 0.5, 1.0)
    ]
    torch.testing.assert_close(looks[0], identity_table())
    torch.testing.assert_close(looks[1], (looks[0] + looks[2]) / 2)


def test_the_same_seed_is_the_same_folder_and_its_style_is_nearer_than_nothing():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (8, SIDE, SIDE, 3)).astype(np.uint8)
    people = People.gather([(pixels, np.full((8, SIDE, SIDE, 5), 200, np.uint8))])
    library, model = LookLibrary.make(np.zeros((0,)), num_procedural=4), load_set_model()
    torch.manual_seed(1)
    first = simulate(2, people, library, model)
    again = simulate(2, people, library, model)
    np.testing.assert_array_equal(first.evidence, again.evidence)
    assert first.truth == again.truth > 0
    assert 0 <= first.second < 0.5
    assert len(first.evidence) == len(load_trust_model().weights)
