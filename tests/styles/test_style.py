"""Styles of every kind give looks: fixed ones their own, instant ones an adapted one, blends a mixture."""

from dataclasses import replace

import numpy as np
import pytest
from people_material import colors_of_people, photos_of_people
from portrait_atelier.core.errors import StyleError
from portrait_atelier.core.estimation.adapter import StyleAdapter
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, mix_looks, table_colors, table_shape
from portrait_atelier.core.styles.style import Style, blend_styles
from portrait_atelier.core.styles.variation import vary_look


@pytest.fixture(scope="module")
def content() -> Content:
    return Content.of(photos_of_people(1, first=9))


@pytest.fixture
def fixed() -> Style:
    return Style("half", "fixed", look=Look(np.float32(-0.5) * table_colors(), np.full(grid_shape(), 0.25, np.float32)))


@pytest.fixture
def instant() -> Style:
    return Style("warm", "instant", photos=colors_of_people(6, (1, 0.9, 0.6)), own=colors_of_people(6, first=20))


def test_a_fixed_style_gives_its_own_look(fixed: Style, content: Content):
    assert fixed.look_for(content) is fixed.look


def test_an_instant_style_moves_colors_as_its_photos_differ_from_neutral_ones(instant: Style, content: Content):
    look = instant.look_for(content)
    gray = look.table[8, 8, 8]
    assert gray[2] < gray[0] - 0.02  # less blue than red: warmer


def test_own_untouched_photos_count(instant: Style, content: Content):
    alone = Style("warm", "instant", photos=instant.photos)
    assert not np.array_equal(alone.look_for(content).table, instant.look_for(content).table)


def test_a_blend_lies_between_its_parts(fixed: Style, instant: Style, content: Content):
    blend = blend_styles(fixed, instant, 0.25, "both")
    look = blend.look_for(content)
    expected = mix_looks([(0.75, fixed.look_for(content)), (0.25, instant.look_for(content))])
    np.testing.assert_allclose(look.table, expected.table, atol=1e-6)
    np.testing.assert_allclose(look.grid, expected.grid, atol=1e-6)


def test_only_styles_learnt_from_photos_adapt(fixed: Style, instant: Style):
    assert not fixed.adapts
    assert instant.adapts
    assert blend_styles(fixed, instant, 0.5, "one").adapts
    assert not blend_styles(fixed, fixed, 0.5, "none").adapts
    assert fixed.look_for(None) is fixed.look


def test_a_blend_of_a_blend_is_flat(fixed: Style, instant: Style):
    inner = blend_styles(fixed, instant, 0.5, "inner")
    outer = blend_styles(inner, fixed, 0.2, "outer")
    assert [(round(weight, 6), part.name) for weight, part in outer.parts] == [
        (0.4, "half"),
        (0.4, "warm"),
        (0.2, "half"),
    ]


def test_mixing_is_linear():
    one, two = Look(np.ones(table_shape(), np.float32), np.zeros(grid_shape(), np.float32)), Look.identity()
    mixed = mix_looks([(0.25, one), (0.75, two)])
    assert np.unique(mixed.table).tolist() == [0.25]


def test_variation_is_small_deterministic_and_keeps_black_and_white(fixed: Style):
    look = Look(np.zeros(table_shape(), np.float32), np.zeros(grid_shape(), np.float32))
    assert vary_look(look, 0) is look
    first, again, other = vary_look(look, 3), vary_look(look, 3), vary_look(look, 4)
    assert np.array_equal(first.table, again.table)
    assert not np.array_equal(first.table, other.table)
    assert np.abs(first.table[0, 0, 0]).max() == 0
    assert np.abs(first.table[16, 16, 16]).max() == 0
    assert 0 < np.abs(first.table).max() < 0.15


def test_variation_leaves_black_and_white_untinted():
    colors = table_colors()
    gray = colors.mean(-1, keepdims=True)
    varied = colors + vary_look(Look(gray - colors, np.zeros(grid_shape(), np.float32)), 5).table
    assert np.ptp(varied, axis=-1).max() < 1e-5


def test_variation_changes_the_tables_of_regions_alike():
    table = np.random.default_rng(0).normal(0, 0.05, table_shape()).astype(np.float32)
    look = Look(table, np.zeros(grid_shape(), np.float32), ground=table.copy(), skin=table.copy())
    varied = vary_look(look, 3)
    np.testing.assert_array_equal(varied.ground, varied.table)
    np.testing.assert_array_equal(varied.skin, varied.table)
    assert not np.array_equal(varied.table, table)


def test_weights_and_kinds_are_checked(fixed: Style, instant: Style):
    with pytest.raises(StyleError, match="--weight 1.5"):
        blend_styles(fixed, instant, 1.5, "both")
    with pytest.raises(ValueError, match="kind must be one of"):
        Style("x", "other")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="style of kind instant lacks"):
        Style("x", "instant")
    with pytest.raises(ValueError, match="style of kind learnt lacks"):
        Style("x", "learnt", own=instant.photos)


def test_variations_differ_and_each_stays_the_same(instant: Style, content: Content):
    plain, first, again, other = (instant.look_for(content, variation=seed).table for seed in (0, 1, 1, 77))
    assert np.array_equal(first, again)
    assert not np.allclose(plain, first, atol=1e-4)
    assert not np.allclose(first, other, atol=1e-4)


def test_a_change_of_another_network_is_left_out_and_the_style_outdated(instant: Style, content: Content):
    layer = {"color_out": np.ones((3, 1), np.float32)}
    down, bias = {"color_out": np.ones((1, 96), np.float32)}, {"color_out": np.zeros(3, np.float32)}
    other = StyleAdapter("another", layer, down, bias, delta_weight=1.0)
    style = replace(instant, kind="learnt", adapter=other)
    assert np.array_equal(style.look_for(content).table, instant.look_for(content).table)
    assert style.is_outdated
    assert not instant.is_outdated
    mine = replace(style, adapter=replace(other, base=load_set_model().hash))
    assert not np.allclose(mine.look_for(content).table, instant.look_for(content).table, atol=1e-3)


def test_a_style_of_version_0_3_is_read_by_the_colors_of_its_photos(instant: Style, content: Content):
    assert instant.photos is not None
    colors = instant.photos.colors
    both = np.stack([colors, colors[:, ::-1]], 1)  # whole photos, and their middle
    old = ColorSet.from_tensors({"colors": both, "weights": instant.photos.weights})
    style = replace(instant, photos=old, own=None)
    assert style.is_outdated
    gray = style.look_for(content).table[8, 8, 8]
    assert gray[2] < gray[0]
