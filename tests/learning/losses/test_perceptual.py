"""Content, Gram, style, total variation, the total and its scales: by values computed by hand."""

import json

import pytest
import torch
from portrait_atelier.core.learning.losses.perceptual import (
    GeneratorLosses,
    LossNormalizer,
    LossWeights,
    content_loss,
    gram_matrix,
    instance_normalized,
    mean_gram,
    set_style_loss,
    style_loss,
    total_loss,
    total_variation,
)
from torch.autograd import gradcheck


def maps(*rows: list[float]) -> torch.Tensor:
    """(1, C, 1, W) from one row of numbers for each feature map."""
    return torch.tensor(rows)[None, :, None, :]


def terms(adversarial: float, content: float, style: float, tv: float) -> GeneratorLosses:
    return GeneratorLosses(*(torch.tensor(value) for value in (adversarial, content, style, tv)))


def random_maps(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).requires_grad_()


def test_content_loss_is_half_the_sum_of_squares():
    # differences 1, -2, 0, 3: squares 1 + 4 + 0 + 9 = 14
    first, second = maps([1.0, 0.0], [5.0, 4.0]), maps([0.0, 2.0], [5.0, 1.0])
    assert content_loss(first, second).item() == 7
    assert content_loss(first, second, reduction="mean").item() == 7 / 4


def test_content_loss_refuses_other_shapes_and_words():
    with pytest.raises(ValueError, match=r"one shape, got \(1, 1, 1, 2\) and \(1, 1, 1, 3\)"):
        content_loss(maps([0.0, 0.0]), maps([0.0, 0.0, 0.0]))
    with pytest.raises(ValueError, match="reduction must be sum or mean, got 'none'"):
        content_loss(maps([0.0]), maps([0.0]), reduction="none")  # type: ignore[arg-type]


def test_gram_matrix_by_hand():
    # rows (1, 2, 3) and (0, -1, 1): 1 + 4 + 9 = 14, 0 - 2 + 3 = 1, 0 + 1 + 1 = 2
    gram = gram_matrix(maps([1.0, 2.0, 3.0], [0.0, -1.0, 1.0]))
    assert gram.tolist() == [[[14, 1], [1, 2]]]


def test_gram_matrix_knows_no_places():
    features = torch.rand(2, 3, 4, 5)
    shuffled = features.flatten(2)[..., torch.randperm(20)].reshape(2, 3, 5, 4)
    torch.testing.assert_close(gram_matrix(features), gram_matrix(shuffled))
    torch.testing.assert_close(gram_matrix(features), gram_matrix(features).mT)


def test_gram_matrix_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"must be \(B, C, H, W\), got shape \(3, 4\)"):
        gram_matrix(torch.zeros(3, 4))


def test_style_loss_by_hand():
    # N = 2 maps of M = 2 places. Style: A = [[1, 0], [0, 4]]. Generated: G = [[5, 1], [1, 1]].
    # sum (G - A)^2 = 16 + 1 + 1 + 9 = 27; N^2 M^2 = 16
    style, generated = {"relu1_1": maps([1.0, 0.0], [0.0, 2.0])}, {"relu1_1": maps([1.0, 2.0], [1.0, 0.0])}
    assert style_loss(style, generated).item() == pytest.approx(27 / 16)


def test_style_loss_weighs_layers():
    # relu2_1: N = 1, M = 1: A = 9, G = 1: 64
    style = {"relu1_1": maps([1.0, 0.0], [0.0, 2.0]), "relu2_1": maps([3.0])}
    generated = {"relu1_1": maps([1.0, 2.0], [1.0, 0.0]), "relu2_1": maps([1.0])}
    weighed = style_loss(style, generated, layer_weights={"relu1_1": 16.0, "relu2_1": 0.5})
    assert weighed.item() == pytest.approx(27 + 32)
    assert style_loss(style, generated).item() == pytest.approx((27 / 16 + 64) / 2)


def test_style_loss_sums_or_averages_the_batch():
    style = {"relu1_1": maps([1.0, 0.0], [0.0, 2.0])}
    generated = {"relu1_1": maps([1.0, 2.0], [1.0, 0.0]).expand(3, -1, -1, -1)}
    assert style_loss(style, generated).item() == pytest.approx(3 * 27 / 16)
    assert style_loss(style, generated, reduction="mean").item() == pytest.approx(27 / 16)


def test_style_loss_compares_photos_of_different_sizes():
    small = torch.rand(1, 4, 3, 3)
    assert style_loss({"l": small}, {"l": small.repeat(1, 1, 2, 3)}).item() == pytest.approx(0, abs=1e-12)


def test_style_loss_refuses_other_layers_and_channels():
    with pytest.raises(ValueError, match=r"layers must be the same, got \['a'\], \['b'\]"):
        style_loss({"a": maps([1.0])}, {"b": maps([1.0])})
    with pytest.raises(ValueError, match="layers must be the same"):
        style_loss({}, {})
    with pytest.raises(ValueError, match="maps must agree"):
        style_loss({"a": maps([1.0])}, {"a": maps([1.0], [2.0])})


def test_mean_gram_by_hand():
    # Two photos of N = 2 maps of M = 2 places: G = [[1, 0], [0, 4]] and [[5, 1], [1, 1]]; the mean of G / 2.
    photos = torch.cat([maps([1.0, 0.0], [0.0, 2.0]), maps([1.0, 2.0], [1.0, 0.0])])
    assert mean_gram({"relu1_1": photos})["relu1_1"].tolist() == [[1.5, 0.25], [0.25, 1.25]]


def test_mean_gram_knows_neither_the_order_nor_the_size_of_photos():
    photos = torch.rand(3, 4, 5, 6)
    expected = mean_gram({"l": photos})["l"]
    torch.testing.assert_close(mean_gram({"l": photos.flip(0)})["l"], expected)
    torch.testing.assert_close(mean_gram({"l": photos.repeat(1, 1, 2, 3)})["l"], expected)


def test_set_style_loss_by_hand():
    # sum (G - A)^2 = 1 + 0 + 0 + 1 = 2, sum A^2 = 4 + 4 = 8; relu2_1: (3 - 1)^2 = 4, 1
    style = {"relu1_1": torch.tensor([[2.0, 0.0], [0.0, 2.0]]), "relu2_1": torch.tensor([[1.0]])}
    generated = {"relu1_1": torch.tensor([[1.0, 0.0], [0.0, 3.0]]), "relu2_1": torch.tensor([[3.0]])}
    assert set_style_loss(style, generated).item() == pytest.approx((2 / 8 + 4 / 1) / 2)
    assert set_style_loss(style, style).item() == 0


def test_set_style_loss_of_one_photo_each_is_the_style_loss():
    layers = {"a": (1, 3, 4, 5), "b": (1, 6, 2, 2)}
    style = {name: torch.rand(shape) for name, shape in layers.items()}
    generated = {name: torch.rand(shape) for name, shape in layers.items()}
    own = {layer: 0.5 * gram.numel() / float(gram.square().sum()) for layer, gram in mean_gram(style).items()}
    of_sets = set_style_loss(mean_gram(style), mean_gram(generated))
    torch.testing.assert_close(of_sets, style_loss(style, generated, layer_weights=own))


def test_no_layer_drowns_the_others():
    style = {"quiet": torch.eye(3), "loud": 1000 * torch.eye(3)}
    for layer in style:
        doubled = {**style, layer: 2 * style[layer]}
        assert set_style_loss(style, doubled).item() == pytest.approx(0.5)


def test_a_layer_without_any_response_gives_a_number():
    nothing = {"l": torch.zeros(2, 2)}
    assert set_style_loss(nothing, nothing).item() == 0
    assert 0 < set_style_loss(nothing, {"l": torch.ones(2, 2)}).item() < float("inf")


def test_set_style_loss_refuses_other_layers():
    one, other = {"a": torch.eye(2)}, {"b": torch.eye(2)}
    with pytest.raises(ValueError, match=r"layers must be the same, got \['a'\], \['b'\]"):
        set_style_loss(one, other)
    with pytest.raises(ValueError, match="layers must be the same"):
        set_style_loss({}, {})


def test_shapes_by_hand():
    # mean 2, variance 1 (and 1e-4 more, so that flat maps stay finite)
    found = instance_normalized(maps([1.0, 3.0, 1.0, 3.0], [5.0, 5.0, 5.0, 5.0]))
    assert found[0, 0, 0].tolist() == pytest.approx([-1, 1, -1, 1], abs=1e-4)
    assert not found[0, 1].any()


def test_shapes_do_not_change_with_brightness_and_contrast_of_a_map():
    features = torch.rand(2, 3, 8, 8) * 10
    gains, offsets = torch.tensor([2.0, 0.7, 5.0])[:, None, None], torch.tensor([1.0, -3.0, 0.5])[:, None, None]
    torch.testing.assert_close(
        instance_normalized(features * gains + offsets), instance_normalized(features), atol=1e-4, rtol=1e-4
    )
    assert not torch.allclose(instance_normalized(features.flip(3)), instance_normalized(features), atol=0.1)


def test_total_variation_by_hand():
    # 1 3 / 4 0: across 2^2 + 4^2 = 20, down 3^2 + 3^2 = 18
    photo = torch.tensor([[[[1.0, 3.0], [4.0, 0.0]]]])
    assert total_variation(photo).item() == 38
    assert total_variation(photo, reduction="mean").item() == 38 / 4
    assert total_variation(torch.full((1, 3, 4, 4), 0.3)).item() == 0
    assert total_variation(torch.ones(1, 1, 1, 1)).item() == 0


def test_total_is_the_published_sum():
    weights = LossWeights(content_weight=2, style_weight=3, tv_weight=0.5)
    assert total_loss(terms(0.7, 1.0, 10.0, 4.0), weights).item() == pytest.approx(0.7 + 2 + 30 + 2)
    without = LossWeights(adversarial_weight=0, content_weight=1, style_weight=0, tv_weight=0)
    assert total_loss(terms(5.0, 2.0, 3.0, 4.0), without).item() == 2


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_weights_are_checked(value: float):
    with pytest.raises(ValueError, match="style_weight must be 0 or more"):
        LossWeights(style_weight=value)


def test_scales_bring_terms_to_one():
    starts = [terms(0.7, 1000.0, 0.004, 0.0), terms(0.6, 3000.0, 0.006, 0.0)]
    scales = LossNormalizer.from_batch(starts)
    assert (scales.content, scales.style, scales.tv) == pytest.approx((1 / 2000, 200, 1))  # no tv: left as it is
    scaled = scales.scaled(terms(0.7, 2000.0, 0.005, 0.1))
    assert scaled.adversarial.item() == pytest.approx(0.7)
    assert (scaled.content.item(), scaled.style.item(), scaled.tv.item()) == pytest.approx((1, 1, 0.1))


def test_a_term_that_is_almost_nothing_at_the_start_is_not_blown_up():
    scales = LossNormalizer.from_batch([terms(0.7, 1e-7, 1e-4, 0.0)])
    assert (scales.content, scales.style, scales.tv) == pytest.approx((1e4, 1e4, 1))


def test_scales_survive_json():
    scales = LossNormalizer(content=1 / 3, style=1e9, tv=0.1)
    assert LossNormalizer.from_json(json.loads(json.dumps(scales.to_json()))) == scales
    with pytest.raises(ValueError, match="scales must be of content, style and tv"):
        LossNormalizer.from_json({"content": 1.0})


def test_scales_refuse_nothing_and_no_numbers():
    with pytest.raises(ValueError, match="at least one batch"):
        LossNormalizer.from_batch([])
    with pytest.raises(ValueError, match="the content term must be 0 or more at the start, got nan"):
        LossNormalizer.from_batch([terms(0.0, float("nan"), 1.0, 1.0)])


def test_gradients_in_double_precision():
    first, second = random_maps(2, 3, 4, 5), random_maps(2, 3, 4, 5, seed=1)
    assert gradcheck(content_loss, (first, second))
    assert gradcheck(gram_matrix, (first,))
    assert gradcheck(total_variation, (first,))
    assert gradcheck(lambda a, b: style_loss({"a": a, "b": a * a}, {"a": b, "b": b * b}), (first, second))
    assert gradcheck(
        lambda a, b: total_loss(
            GeneratorLosses(a.mean(), content_loss(a, b), style_loss({"l": a}, {"l": b}), total_variation(b)),
            LossWeights(),
        ),
        (first, second),
    )
    assert gradcheck(instance_normalized, (first,))
    assert gradcheck(lambda a: mean_gram({"l": a})["l"], (first,))
    assert gradcheck(lambda a, b: set_style_loss(mean_gram({"l": a}), mean_gram({"l": b})), (first, second))
