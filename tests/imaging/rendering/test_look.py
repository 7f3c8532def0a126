"""Looks as numbers: the identity, mixtures, where rows and columns lie in the grid."""

from dataclasses import replace

import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering.look import (
    Look,
    cell_positions,
    grid_shape,
    mix_looks,
    table_colors,
    table_shape,
)
from portrait_atelier.core.imaging.rendering.render import render


def _zeros(shape: tuple[int, ...]) -> np.ndarray:
    return np.zeros(shape, np.float32)


def between(one: Look, two: Look, weight: float) -> Look:
    return mix_looks([(1 - weight, one), (weight, two)])


def test_identity_and_blend():
    identity = Look.identity()
    assert identity.is_identity
    other = Look(_zeros(table_shape()) + 1, _zeros(grid_shape()) + 1)
    assert other.has_grid
    assert not other.is_identity
    middle = between(identity, other, 0.25)
    assert np.unique(middle.table).tolist() == [0.25]
    assert np.unique(middle.grid).tolist() == [0.25]


def test_blends_reach_both_looks_exactly():
    rng = np.random.default_rng(1)
    one, two = (Look(rng.random(table_shape(), np.float32), rng.random(grid_shape(), np.float32)) for _ in range(2))
    assert np.array_equal(between(one, two, 0).table, one.table)
    assert np.array_equal(between(one, two, 1).grid, two.grid)


def test_the_table_stands_for_the_colors_of_a_lattice():
    assert table_colors().dtype == np.float32
    assert table_colors()[4, 8, 16].tolist() == [0.25, 0.5, 1.0]


def test_tables_of_several_sizes_mix_at_the_largest():
    rng = np.random.default_rng(2)
    small, large = (Look(rng.random(table_shape(n), np.float32), _zeros(grid_shape())) for n in (5, 9))
    mixed = between(small, large, 0.25)
    assert mixed.table_size == 9
    np.testing.assert_allclose(
        mixed.table[::2, ::2, ::2], 0.75 * small.table + 0.25 * large.table[::2, ::2, ::2], atol=1e-6
    )
    colors = rng.random((1, 50, 3), np.float32)
    np.testing.assert_allclose(  # 8 steps are twice 4: nothing is lost
        render(colors, mixed), 0.75 * render(colors, small) + 0.25 * render(colors, large), atol=1e-6
    )


def test_curves_are_part_of_the_table_in_a_mixture():
    bent = replace(Look.identity(), curves=np.float32([[0, 1], [1, 0], [0.5, 0.5]]))
    mixed = between(Look.identity(), bent, 0.5)
    assert mixed.curves is None
    colors = np.random.default_rng(2).random((1, 50, 3), np.float32)
    np.testing.assert_allclose(render(colors, mixed), (colors + render(colors, bent)) / 2, atol=1e-6)
    assert np.array_equal(bent.flat.curves, bent.curves)


def test_a_mixture_keeps_the_curves_that_all_have_in_front():
    curves = np.float32([np.linspace(0, 1, 1025) ** 0.3] * 3)
    rng = np.random.default_rng(3)
    one, two = (
        replace(Look.identity(), table=rng.normal(0, 0.1, table_shape(size)).astype(np.float32), curves=curves)
        for size in (5, 9)
    )
    colors = rng.random((1, 200, 3), np.float32)
    mixed = between(one, replace(two, curves=curves.copy()), 0.25)
    expected = 0.75 * render(colors, one) + 0.25 * render(colors, two)
    np.testing.assert_allclose(render(colors, mixed), expected, rtol=0, atol=1e-5)


def test_the_loss_of_sampled_curves_is_the_largest_difference_of_colors():
    bent = replace(Look.identity(), curves=np.float32([np.linspace(0, 1, 1025) ** 0.3] * 3))
    colors = np.linspace(0, 1, 5000, dtype=np.float32)[None, :, None].repeat(3, 2)
    off = np.abs(render(colors, bent) - render(colors, bent.sampled(65))).max()
    assert bent.sampling_loss(65) == pytest.approx(off, rel=0.05)
    assert bent.sampling_loss(65) > 10 / 255
    assert replace(bent, curves=None).sampling_loss(65) < 1e-6


def test_cell_centers_lie_at_half_pixels_and_edges_are_clamped():
    cells, parts = cell_positions(0, 32, 32)  # two pixels a cell
    assert cells[[0, 10, 11, 31]].tolist() == [0, 4, 5, 14]
    assert parts[[0, 10, 11, 31]].tolist() == [0, 0.75, 0.25, 1]
    later, _ = cell_positions(10, 2, 32)
    assert later.tolist() == cells[10:12].tolist()


@pytest.mark.parametrize(
    "table", [_zeros((3, 3)), np.zeros(table_shape()), [0.0], _zeros((3, 4, 3, 3)), _zeros((1, 1, 1, 3)), _zeros((0,))]
)
def test_wrong_shapes_and_kinds_are_refused(table: object):
    with pytest.raises(ValueError, match="table must be a float32 array"):
        Look(table, _zeros(grid_shape()))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("curves", [_zeros((3, 1)), _zeros((4, 4)), _zeros((3,)), np.zeros((3, 4))])
def test_wrong_curves_are_refused(curves: np.ndarray):
    with pytest.raises(ValueError, match="curves must be a float32 array"):
        replace(Look.identity(), curves=curves)


def test_tables_for_regions_are_as_large_as_the_table():
    with pytest.raises(ValueError, match=r"ground must be a float32 array \(17, 17, 17, 3\), got .*33"):
        replace(Look.identity(), ground=_zeros(table_shape(33)))


def test_tables_for_regions_count_as_the_table_where_one_look_has_none():
    one = Look(_zeros(table_shape()) + 1, _zeros(grid_shape()), ground=_zeros(table_shape()) + 3)
    two = Look(_zeros(table_shape()) + 2, _zeros(grid_shape()), skin=_zeros(table_shape()))
    mixed = between(one, two, 0.5)
    assert mixed.ground is not None
    assert mixed.skin is not None
    assert [np.unique(part).tolist() for part in (mixed.table, mixed.ground, mixed.skin)] == [[1.5], [2.5], [0.5]]
    assert between(Look.identity(), Look.identity(), 0.5).ground is None


def test_a_look_with_a_table_for_a_region_alone_is_no_identity():
    for region in ("ground", "skin"):
        look = replace(Look.identity(), **{region: _zeros(table_shape()) + 1})
        assert not look.is_identity
        assert look.needs_regions
        assert look.plain.needs_regions
        with pytest.raises(ValueError, match=f"{region} must be a float32 array"):
            replace(look, **{region: _zeros((2, 2))})
