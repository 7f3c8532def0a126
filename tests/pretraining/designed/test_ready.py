"""What every ready look must keep: rising tones, smooth tables, believable skin, a face of its own."""

import re
from itertools import combinations

import numpy as np
import pytest
from portrait_atelier.core.color.oklab import srgb_to_oklab
from portrait_atelier.core.color.srgb import luma_of
from portrait_atelier.core.imaging.rendering.look import Look, table_colors
from portrait_atelier.core.pretraining.designed.ready import READY_RECIPES
from portrait_atelier.core.pretraining.designed.recipes import ReadyRecipe, look_of
from rendering import defined, random_photo
from skimage.color import deltaE_ciede2000, rgb2lab

SKINS = np.array(
    [[247, 218, 200], [241, 194, 167], [224, 172, 138], [198, 134, 102], [141, 85, 60], [92, 56, 41], [60, 38, 30]],
    np.float32,
) / np.float32(255)  # fmt: skip
IN_COLOR = [ready for ready in READY_RECIPES if ready.recipe.black_and_white is None]
IN_BLACK_AND_WHITE = [ready for ready in READY_RECIPES if ready.recipe.black_and_white is not None]
LOOKS = {ready.name: look_of(ready.recipe) for ready in READY_RECIPES}
every_look = pytest.mark.parametrize("ready", READY_RECIPES, ids=lambda ready: ready.name)
every_color_look = pytest.mark.parametrize("ready", IN_COLOR, ids=lambda ready: ready.name)


def rendered(look: Look, colors: np.ndarray) -> np.ndarray:
    """Flat pictures of some colors in a look: (N, 3) -> (N, 16, 16, 3)."""
    return np.stack([defined(np.tile(color, (16, 16, 1)), look) for color in colors])


def on_the_face(look: Look, colors: np.ndarray) -> np.ndarray:
    """The colors as they come out a little above the middle: (N, 3)."""
    return rendered(look, colors)[:, 7, 7].clip(0, 1)


def hue_of(lab: np.ndarray) -> np.ndarray:
    return np.rad2deg(np.arctan2(lab[..., 2], lab[..., 1])) % 360


def chroma_of(lab: np.ndarray) -> np.ndarray:
    return np.linalg.norm(lab[..., 1:], axis=-1)


def test_there_are_at_least_ten_with_proper_names_and_words():
    names = [ready.name for ready in READY_RECIPES]
    assert len(set(names)) == len(names) >= 10
    for ready in READY_RECIPES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", ready.name)
        assert "\n" not in ready.description
        assert 20 <= len(ready.description) <= 120
        assert ready.card.count(".") >= 2


@every_look
def test_numbers_are_finite_and_moderate(ready: ReadyRecipe):
    look = LOOKS[ready.name]
    assert np.isfinite(look.table).all()
    assert np.isfinite(look.grid).all()
    assert np.abs(look.grid).max() < 1


@every_look
def test_gray_rises_everywhere_without_steps(ready: ReadyRecipe):
    ramp = np.linspace(0, 1, 129, dtype=np.float32)
    luma = luma_of(rendered(LOOKS[ready.name], np.repeat(ramp[:, None], 3, 1)))[..., 0]
    slope = np.diff(luma, axis=0) * 128
    assert slope.min() > 0.02
    assert slope.max() < 2.6


@every_look
def test_neighbors_in_the_table_stay_neighbors(ready: ReadyRecipe):
    styled = table_colors() + LOOKS[ready.name].table
    for axis in range(3):
        assert np.abs(np.diff(styled, axis=axis)).max() * 16 < 4


@every_look
def test_light_changes_softly_over_a_flat_ground(ready: ReadyRecipe):
    for tone in (0.25, 0.55, 0.85):
        flat = rendered(LOOKS[ready.name], np.full((1, 3), tone, np.float32))
        assert np.abs(np.diff(flat, axis=2)).max() < 0.08
        assert np.abs(np.diff(flat, n=2, axis=2)).max() < 0.025
        assert np.abs(np.diff(flat, n=2, axis=1)).max() < 0.025


@every_look
def test_skin_is_neither_blown_nor_blocked(ready: ReadyRecipe):
    lightness = srgb_to_oklab(on_the_face(LOOKS[ready.name], SKINS))[:, 0]
    assert lightness.max() < 0.98
    assert lightness.min() > 0.15
    assert (np.diff(lightness) < -0.02).all()


@every_color_look
def test_skin_keeps_a_believable_hue_and_purity(ready: ReadyRecipe):
    before, after = srgb_to_oklab(SKINS), srgb_to_oklab(on_the_face(LOOKS[ready.name], SKINS))
    assert (hue_of(after) > 35)[:-1].all()
    assert (hue_of(after) < 75).all()
    assert hue_of(after)[-1] > 22  # the deepest shade of the darkest skin takes some of the shadows' tint
    chroma = chroma_of(after)
    kept = chroma / chroma_of(before)
    assert chroma.max() < 0.125
    assert (kept > 0.55)[:-1].all()
    assert (kept < 1.6).all()


def test_silver_gelatin_is_achromatic():
    styled = defined(random_photo(20, 20).clip(0, 1), LOOKS["silver-gelatin"])
    assert np.ptp(styled, axis=-1).max() < 1e-5


@pytest.mark.parametrize("ready", IN_BLACK_AND_WHITE, ids=lambda ready: ready.name)
def test_black_and_white_prints_have_one_tone_whatever_the_color(ready: ReadyRecipe):
    # Where two colors print equally bright, they print alike: tone decides the tint, the color seen does not.
    styled = srgb_to_oklab((table_colors() + LOOKS[ready.name].table).reshape(-1, 3))
    styled = styled[styled[:, 0].argsort()]
    assert chroma_of(styled).max() < 0.075
    step = np.diff(styled, axis=0)
    assert np.abs(step[step[:, 0] < 1e-3][:, 1:]).max() < 2e-3


@pytest.mark.parametrize(
    ("name", "hues"), [("selenium-print", (300, 360)), ("orthochromatic-plate", (50, 90)), ("platinum-print", (50, 95))]
)
def test_toned_prints_have_the_hue_of_their_bath(name, hues):
    gray = srgb_to_oklab(on_the_face(LOOKS[name], np.array([[0.25] * 3, [0.4] * 3], np.float32)))
    assert (chroma_of(gray) > 0.006).all()
    assert ((hue_of(gray) > hues[0]) & (hue_of(gray) < hues[1])).all()


def test_every_look_differs_from_every_other_and_from_nothing():
    grays = np.repeat(np.linspace(0.05, 0.95, 7)[:, None], 3, 1)
    vivid = [[0.2, 0.3, 0.6], [0.3, 0.5, 0.3], [0.7, 0.2, 0.2], [0.8, 0.7, 0.3]]
    colors = np.concatenate([SKINS, grays, vivid]).astype(np.float32)
    looks = {"untouched": Look.identity(), **LOOKS}
    lab = {name: rgb2lab(rendered(look, colors).clip(0, 1)) for name, look in looks.items()}
    for first, second in combinations(looks, 2):
        assert deltaE_ciede2000(lab[first], lab[second]).mean() > 2.5, (first, second)
