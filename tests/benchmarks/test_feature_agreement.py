"""The benchmark of feature agreement: equal networks agree fully, different ones do not."""

import numpy as np
import pytest
import torch
from portrait_atelier.benchmarks.feature_agreement import (
    Agreement,
    fit_lifts,
    gradient_agreement,
    map_agreement,
    markdown,
    random_twin,
    rank_agreement,
    squares,
)
from portrait_atelier.core.networks.feature_layers import vgg_shaped
from portrait_atelier.core.networks.features import LAYER_SELECTIONS, FeatureExtractor

LAYERS = ["relu1_1", "relu2_1"]


@pytest.fixture
def network() -> FeatureExtractor:
    torch.manual_seed(1)
    return FeatureExtractor(vgg_shaped((3, 4, 4, 4, 4), (1, 1, 1, 2, 1)), LAYER_SELECTIONS["compact"])


@pytest.fixture
def photos() -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 255, (4, 40, 48, 3), np.uint8))


def test_a_network_agrees_with_itself(network, photos):
    batch = squares(photos)[:, :, ::2, ::2]
    for r2, correlation in map_agreement(network, network, fit_lifts(network, network, LAYERS, photos), batch).values():
        assert r2 == pytest.approx(1, abs=1e-2)
        assert correlation == pytest.approx(1, abs=1e-2)
    assert rank_agreement(network, network, LAYERS, [batch]) == pytest.approx(dict.fromkeys(LAYERS, 1))
    pair = (batch[:1], batch[1:2])
    assert gradient_agreement(network, network, LAYERS, [pair]) == pytest.approx(dict.fromkeys(LAYERS, 1))


def test_a_random_twin_has_the_shape_and_not_the_weights(network, photos):
    twin, batch = random_twin(network), squares(photos)[:, :, ::2, ::2]
    assert twin.layer_names == network.layer_names
    agreement = map_agreement(twin, network, fit_lifts(twin, network, LAYERS, photos), batch)
    assert all(r2 < 0.99 for r2, _ in agreement.values())


def test_squares_are_cut_from_the_middle():
    photo = np.zeros((10, 20, 3), np.uint8)
    photo[:, 5:15] = 255
    assert squares([photo]).min() == 1


def test_the_table_has_a_line_for_each_row():
    rows = [Agreement(kind, "compact", "relu1_1", 0.912, 0.956, 1.0, 0.5, 0.25) for kind in ("real", "generated")]
    lines = markdown(rows).splitlines()
    assert lines[2:] == [
        "| generated | compact | relu1_1 | 0.91 | 0.96 | 1.00 | 0.50 | 0.25 |",
        "| real | compact | relu1_1 | 0.91 | 0.96 | 1.00 | 0.50 | 0.25 |",
    ]
