"""Tables: slopes are limited, tones keep their order, and what is tame is left as it is."""

import numpy as np
import pytest
import torch
from portrait_atelier.core.color.srgb import REC709_LUMA
from portrait_atelier.core.estimation.table import (
    MAX_SLOPE,
    keep_gray_order,
    largest_slopes,
    limit_slopes,
    look_from_colors,
    node_colors,
)
from portrait_atelier.core.imaging.rendering.look_tensors import apply_table

GRAY = np.arange(17)


def wild(seed: int) -> np.ndarray:
    return node_colors() + np.random.default_rng(seed).normal(0, 0.3, (17, 17, 17, 3)).astype(np.float32)


def gray_luma(colors: np.ndarray) -> np.ndarray:
    return colors[GRAY, GRAY, GRAY] @ np.array(REC709_LUMA, np.float32)


def test_identity_colors_give_the_identity():
    assert look_from_colors(node_colors()).is_identity


def test_slope_of_a_gain_is_the_gain():
    np.testing.assert_allclose(largest_slopes(node_colors() * 2), 2, atol=1e-4)


def test_tame_tables_are_not_touched():
    colors = node_colors() ** 1.2
    assert (limit_slopes(colors) == node_colors() + (colors - node_colors())).all()


@pytest.mark.parametrize("seed", range(3))
def test_no_slope_is_steeper_than_the_limit(seed):
    assert largest_slopes(limit_slopes(wild(seed))).max() <= MAX_SLOPE + 1e-3


def test_an_inverted_gray_axis_is_put_in_order():
    ordered = gray_luma(keep_gray_order(1 - node_colors()))
    assert (np.diff(ordered) > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_gradients_through_the_table_are_bounded(seed):
    table = look_from_colors(wild(seed)).table
    image = torch.from_numpy(np.random.default_rng(seed).random((1, 3, 20, 20), np.float32)).requires_grad_()
    out = apply_table(image, torch.from_numpy(table)[None])
    rows = [torch.autograd.grad(out[:, channel].sum(), image, retain_graph=True)[0] for channel in range(3)]
    jacobian = torch.stack([row.flatten(2).squeeze(0).T for row in rows], 1)  # (P, out, in)
    assert torch.linalg.matrix_norm(jacobian, 2).max() <= MAX_SLOPE + 0.05


@pytest.mark.parametrize("seed", range(3))
def test_luma_rises_along_the_gray_axis(seed):
    assert (np.diff(gray_luma(look_from_colors(wild(seed)).table + node_colors())) > -1e-6).all()


@pytest.mark.parametrize("paper", [(0.0, 0.0, 0.0), (0.08, 0.02, -0.08)])
def test_no_color_comes_back_into_a_harsh_print(paper: tuple[float, float, float]):
    gray = (node_colors() @ np.array(REC709_LUMA, np.float32))[..., None]
    harsh = (4 * (gray - 0.5) + 0.5).clip(0.1, 0.9) + np.array(paper, np.float32)
    assert largest_slopes(harsh).max() > MAX_SLOPE
    calm = limit_slopes(harsh)
    assert largest_slopes(calm).max() <= MAX_SLOPE + 1e-3
    np.testing.assert_allclose(calm - calm.mean(-1, keepdims=True), harsh - harsh.mean(-1, keepdims=True), atol=1e-5)
