"""Fitting the transport: random looks, cases, and a regression that learns from few of them."""

import numpy as np
import pytest
import torch
from portrait_atelier.core.learning.random_looks import draw_bias, draw_look
from portrait_atelier.core.learning.transport_cases import NUM_PIXELS, People, cluster, draw_case, draw_neutral
from portrait_atelier.core.learning.transport_fitting import (
    CaseSet,
    FitConfig,
    WeightNet,
    color_distance,
    draw_cases,
    fit_regression,
    predict,
)
from portrait_atelier.core.styles.candidates import NUM_CANDIDATES
from portrait_atelier.core.styles.regression import COLOR_UNIT, residual_terms

TINY = FitConfig(num_cases=24, num_hidden=8, num_epochs=3, batch_size=4, num_pixels=16)


@pytest.fixture(scope="module")
def people() -> People:
    rng = np.random.default_rng(0)
    base = rng.uniform(40, 200, (60, 1, 1, 3)) + rng.normal(0, 30, (60, 2, 128, 3))
    return People.gather(np.clip(base, 0, 255).astype(np.uint8), np.repeat([0, 1], 30))


def test_gray_looks_are_gray_and_color_looks_stay_inside():
    colors = np.random.default_rng(0).random((200, 3), np.float32)
    rng = np.random.default_rng(1)
    for _ in range(5):
        shown = draw_look(rng, gray=False)(colors)
        assert shown.min() >= 0
        assert shown.max() <= 1
    prints = [look for look in (draw_look(rng, gray=True) for _ in range(10)) if not look.paper.any()]
    assert np.ptp(prints[0](colors), axis=-1).max() < 1e-6


def test_a_bias_is_mild():
    colors = np.random.default_rng(0).random((500, 3), np.float32)
    steps = [np.abs(draw_bias(np.random.default_rng(seed), 0.5)(colors) - colors).mean() for seed in range(20)]
    assert 0.005 < np.mean(steps) < 0.1


def test_clusters_find_two_heaps():
    heaps = np.concatenate([np.zeros((10, 2)), np.full((10, 2), 9.0)]) + np.random.default_rng(0).normal(
        0, 0.1, (20, 2)
    )
    found = cluster(heaps, 2)
    assert len(set(found[:10])) == len(set(found[10:])) == 1
    assert found[0] != found[-1]


def test_kinds_count_the_same_and_share_no_cluster(people):
    neutral = people.neutral()
    assert neutral.weights[people.kinds == 0].sum() == pytest.approx(neutral.weights[people.kinds == 1].sum())
    assert not set(people.clusters[people.kinds == 0]) & set(people.clusters[people.kinds == 1])


def test_somebody_is_always_known(people):
    everybody, nobody = np.arange(60), np.arange(0)
    for seed in range(20):
        drawn = draw_neutral(np.random.default_rng(seed), people, people.neutral(), everybody, nobody, None)
        assert drawn["neutral_weights"].sum() > 0


def test_a_case_can_be_drawn_again(people):
    first, again = (draw_case(np.random.default_rng(5), people, people.neutral()) for _ in range(2))
    assert (first.answer == again.answer).all()
    assert (first.vector == again.vector).all()
    assert first.content.shape == first.answer.shape == (NUM_PIXELS, 3)


def test_cases_do_not_depend_on_their_number(people):
    few = draw_cases(people, FitConfig(num_cases=64, batch_size=4))
    assert len(few) == 64
    assert (few[0].vector == draw_cases(people, TINY)[0].vector).all()


def test_a_net_at_rest_is_the_mean_of_the_closed_forms(people):
    cases = CaseSet.of(draw_cases(people, TINY))
    net = WeightNet(cases.vector.shape[1], 3, TINY).eval()
    found = predict(net, cases, gray=False)
    mean = cases.maps.mean(1)
    expected = cases.content @ mean[..., :3].mT + mean[:, None, :, 3]
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-4)


def test_torch_and_numpy_agree(people):
    cases = draw_cases(people, TINY)
    stacked = CaseSet.of(cases)
    regression = fit_regression(stacked, TINY, gray=False)
    shares, residual = regression(cases[0].vector)
    lab = cases[0].content
    mean = np.tensordot(shares, cases[0].maps, 1)
    in_numpy = lab @ mean[:, :3].T + mean[:, 3] + COLOR_UNIT * residual_terms(lab) @ residual
    net = WeightNet(stacked.vector.shape[1], 3, TINY).eval()
    with torch.no_grad():
        for layer, (matrix, offset) in zip(net.layers, regression.layers, strict=True):
            layer.weight.copy_(torch.from_numpy(matrix))
            layer.bias.copy_(torch.from_numpy(offset))
        vector = ((stacked.vector - torch.from_numpy(regression.center)) / torch.from_numpy(regression.scale)).clamp(
            -4, 4
        )
        in_torch = predict(
            net, CaseSet(vector, stacked.maps, stacked.tones, stacked.content, stacked.answer), gray=False
        )
    np.testing.assert_allclose(in_torch[0].numpy(), in_numpy, atol=0.02)


def test_fitting_lowers_the_distance(people):
    stacked = CaseSet.of(draw_cases(people, TINY))
    errors = []
    for epochs in (1, 40):
        regression = fit_regression(stacked, FitConfig(24, 16, epochs, 4, 64, dropout=0.0, ema_decay=0.8), gray=True)
        shares = np.stack([regression(vector)[0] for vector in stacked.vector.numpy()])
        assert shares.shape == (24, NUM_CANDIDATES)
        rest = np.stack([regression(vector)[1] for vector in stacked.vector.numpy()])
        gain = np.einsum("ck,ckt->ct", shares, stacked.tones.numpy())
        lab = stacked.content.numpy()
        found = gain[:, :1] * lab[..., 0] + gain[:, 1:] + 10 * (residual_terms(lab) @ rest)[..., 0]
        errors.append(np.abs(found - stacked.answer.numpy()[..., 0]).mean())
    assert errors[1] < 0.8 * errors[0]


def test_color_distance_by_hand():
    gray = torch.tensor([[[50.0, 0, 0]]])
    assert color_distance(gray + torch.tensor([3.0, 0, 0]), gray).item() == pytest.approx(9.05**0.5, abs=1e-2)
    red = torch.tensor([[[50.0, 40, 0]]])  # chroma 40: a step in chroma counts 1 / 2.8
    assert color_distance(red + torch.tensor([0, 2.8, 0]), red).item() == pytest.approx(1.05**0.5, abs=1e-2)


def test_too_few_cases_are_refused():
    with pytest.raises(ValueError, match="num_cases must be at least batch_size"):
        FitConfig(num_cases=10)
