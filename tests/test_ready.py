"""What every ready look must keep: rising tones, smooth tables, believable skin, a face of its own."""

import re
from itertools import combinations

import numpy as np
import pytest
import torch
from portrait_atelier.core.imaging.look import Look, apply_look, apply_table, table_colors
from portrait_atelier.core.styles.oklab import luma_of, srgb_to_oklab
from portrait_atelier.core.styles.ready import READY_RECIPES
from portrait_atelier.core.styles.recipes import ReadyRecipe, look_of
from skimage.color import deltaE_ciede2000, rgb2lab

SKINS = torch.tensor(
    [[247, 218, 200], [241, 194, 167], [224, 172, 138], [198, 134, 102], [141, 85, 60], [92, 56, 41], [60, 38, 30]]
) / 255  # fmt: skip
IN_COLOR = [ready for ready in READY_RECIPES if ready.recipe.black_and_white is None]
IN_BLACK_AND_WHITE = [ready for ready in READY_RECIPES if ready.recipe.black_and_white is not None]
LOOKS = {ready.name: look_of(ready.recipe) for ready in READY_RECIPES}
every_look = pytest.mark.parametrize("ready", READY_RECIPES, ids=lambda ready: ready.name)
every_color_look = pytest.mark.parametrize("ready", IN_COLOR, ids=lambda ready: ready.name)


def rendered(look: Look, colors: torch.Tensor) -> torch.Tensor:
    """Flat pictures of some colors in a look: (N, 3) -> (N, 3, 16, 16)."""
    images = colors[:, :, None, None].expand(-1, -1, 16, 16)
    count = len(colors)
    return apply_look(images, look.table.expand(count, -1, -1, -1, -1), look.grid.expand(count, *look.grid.shape))


def on_the_face(look: Look, colors: torch.Tensor) -> torch.Tensor:
    """The colors as they come out a little above the middle: (N, 3)."""
    return rendered(look, colors)[:, :, 7, 7].clamp(0, 1)


def hue_of(lab: torch.Tensor) -> torch.Tensor:
    return torch.rad2deg(torch.atan2(lab[..., 2], lab[..., 1])) % 360


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
    assert look.table.isfinite().all()
    assert look.grid.isfinite().all()
    assert look.grid.abs().max() < 1


@every_look
def test_gray_rises_everywhere_without_steps(ready: ReadyRecipe):
    ramp = torch.linspace(0, 1, 129)
    luma = luma_of(rendered(LOOKS[ready.name], ramp[:, None].expand(-1, 3)).permute(0, 2, 3, 1))[..., 0]
    slope = luma.diff(dim=0) * 128
    assert slope.min() > 0.02
    assert slope.max() < 2.6


@every_look
def test_neighbors_in_the_table_stay_neighbors(ready: ReadyRecipe):
    styled = table_colors() + LOOKS[ready.name].table
    for axis in range(3):
        assert styled.diff(dim=axis).abs().max() * 16 < 4


@every_look
def test_light_changes_softly_over_a_flat_ground(ready: ReadyRecipe):
    for tone in (0.25, 0.55, 0.85):
        flat = rendered(LOOKS[ready.name], torch.full((1, 3), tone))
        assert flat.diff(dim=-1).abs().max() < 0.08
        assert flat.diff(n=2, dim=-1).abs().max() < 0.025
        assert flat.diff(n=2, dim=-2).abs().max() < 0.025


@every_look
def test_skin_is_neither_blown_nor_blocked(ready: ReadyRecipe):
    lightness = srgb_to_oklab(on_the_face(LOOKS[ready.name], SKINS))[:, 0]
    assert lightness.max() < 0.98
    assert lightness.min() > 0.15
    assert (lightness.diff() < -0.02).all()


@every_color_look
def test_skin_keeps_a_believable_hue_and_purity(ready: ReadyRecipe):
    before, after = srgb_to_oklab(SKINS), srgb_to_oklab(on_the_face(LOOKS[ready.name], SKINS))
    assert (hue_of(after) > 35)[:-1].all()
    assert (hue_of(after) < 75).all()
    assert hue_of(after)[-1] > 22  # the deepest shade of the darkest skin takes some of the shadows' tint
    chroma = after[:, 1:].norm(dim=-1)
    kept = chroma / before[:, 1:].norm(dim=-1)
    assert chroma.max() < 0.125
    assert (kept > 0.55)[:-1].all()
    assert (kept < 1.6).all()


def test_silver_gelatin_is_achromatic():
    image = torch.rand(1, 3, 20, 20, generator=torch.Generator().manual_seed(1))
    look = LOOKS["silver-gelatin"]
    styled = apply_look(image, look.table[None], look.grid[None])
    assert (styled.amax(1) - styled.amin(1)).max() < 1e-5


@pytest.mark.parametrize("ready", IN_BLACK_AND_WHITE, ids=lambda ready: ready.name)
def test_black_and_white_prints_have_one_tone_whatever_the_color(ready: ReadyRecipe):
    # Where two colors print equally bright, they print alike: tone decides the tint, the color seen does not.
    colors = table_colors().reshape(-1, 3)
    styled = srgb_to_oklab(apply_table(colors.mT[None, :, None], LOOKS[ready.name].table[None])[0, :, 0].mT)
    styled = styled[styled[:, 0].argsort()]
    assert styled[:, 1:].norm(dim=-1).max() < 0.075
    step = styled.diff(dim=0)
    assert step[step[:, 0] < 1e-3][:, 1:].abs().max() < 2e-3


@pytest.mark.parametrize(
    ("name", "hues"), [("selenium-print", (300, 360)), ("orthochromatic-plate", (50, 90)), ("platinum-print", (50, 95))]
)
def test_toned_prints_have_the_hue_of_their_bath(name, hues):
    gray = srgb_to_oklab(on_the_face(LOOKS[name], torch.tensor([[0.25] * 3, [0.4] * 3])))
    assert (gray[:, 1:].norm(dim=-1) > 0.006).all()
    assert ((hue_of(gray) > hues[0]) & (hue_of(gray) < hues[1])).all()


def lab_on_the_whole_picture(look: Look, colors: torch.Tensor) -> np.ndarray:
    return rgb2lab(np.moveaxis(rendered(look, colors).clamp(0, 1).numpy(), 1, -1))


def test_every_look_differs_from_every_other_and_from_nothing():
    grays = torch.linspace(0.05, 0.95, 7)[:, None].expand(-1, 3)
    vivid = torch.tensor([[0.2, 0.3, 0.6], [0.3, 0.5, 0.3], [0.7, 0.2, 0.2], [0.8, 0.7, 0.3]])
    colors = torch.cat([SKINS, grays, vivid])
    looks = {"untouched": Look.identity(), **LOOKS}
    lab = {
        name: rgb2lab(np.moveaxis(rendered(look, colors).clamp(0, 1).numpy(), 1, -1)) for name, look in looks.items()
    }
    for first, second in combinations(looks, 2):
        assert deltaE_ciede2000(lab[first], lab[second]).mean() > 2.5, (first, second)
