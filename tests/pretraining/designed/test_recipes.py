import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering.look import Look, table_colors
from portrait_atelier.core.pretraining.designed.grading import PANCHROMATIC, SEPIA, HueBand, Saturation
from portrait_atelier.core.pretraining.designed.local_light import Light
from portrait_atelier.core.pretraining.designed.recipes import Recipe, grade, look_of
from portrait_atelier.core.pretraining.designed.tone_curve import ToneCurve
from rendering import defined, random_photo


def test_neutral_recipe_is_the_identity_bit_for_bit():
    assert look_of(Recipe()).is_identity
    assert look_of(Recipe(skin=0.7)).is_identity
    photo = random_photo(5, 7)
    assert np.array_equal(defined(photo, look_of(Recipe())), photo)


def test_lights_alone_leave_the_table_empty_and_grading_alone_the_grid():
    lit = look_of(Recipe(lights=(Light("pool", stops=0.5),)))
    assert lit.has_grid
    assert not lit.table.any()
    assert not look_of(Recipe(warmth=0.2)).has_grid


def test_table_gives_the_graded_colors_at_its_entries():
    recipe = Recipe(warmth=0.2, tone=ToneCurve(contrast=1.2), saturation=Saturation(overall=0.8))
    colors = table_colors()[3, :, 9]  # (17, 3)
    assert np.allclose(defined(colors[None], look_of(recipe))[0], grade(colors, recipe), atol=1e-6)


def test_parts_work_in_order():
    # Black and white comes before tints: the print is toned, not gray.
    toned = grade(np.array([[0.2, 0.6, 0.3]], np.float32), Recipe(black_and_white=PANCHROMATIC, tints=SEPIA))[0]
    assert toned[0] > toned[1] > toned[2]


def test_small_recipes_are_small_looks():
    near = look_of(Recipe(warmth=1e-3, tone=ToneCurve(contrast=1.001), bands=(HueBand(50, turn=0.01),)))
    assert np.abs(near.table).max() < 2e-3


def test_same_recipe_gives_the_same_numbers():
    recipe = Recipe(tint=0.1, tints=SEPIA, lights=(Light("side", stops=0.3),))
    first, second = look_of(recipe), look_of(recipe)
    assert isinstance(first, Look)
    assert np.array_equal(first.table, second.table)
    assert np.array_equal(first.grid, second.grid)


def test_impossible_recipes_are_refused():
    with pytest.raises(ValueError, match="skin must be 0 to 1"):
        Recipe(skin=1.2)
    with pytest.raises(ValueError, match="black_and_white must not be negative"):
        Recipe(black_and_white=(1.0, -0.2, 0.2))
