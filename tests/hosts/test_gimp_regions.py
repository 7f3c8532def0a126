"""Regions in the real GIMP: layer masks that can be painted, and replaced pixels."""

import gimp_cells
import numpy as np
import pytest
from gimp_host import GimpHost, GimpRun
from portrait_atelier.core.imaging.color_management import to_uint8
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.region_masks import mask_of

pytestmark = pytest.mark.gimp
SIZE = 512
SELECTED = (100, 40, 200, 300)


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    return gimp.python("regions.py").check()


@pytest.fixture(scope="module")
def portrait() -> Photo:
    return Photo(np.ascontiguousarray(astronaut().pixels))


def saved(gimp: GimpHost, name: str, channels: int = 3) -> np.ndarray:
    pixels = np.fromfile(gimp.tmp / f"{name}.pixels", np.uint8).reshape(SIZE, SIZE, channels)
    return pixels[..., 0] if channels == 1 else pixels


def by_core(photo: Photo, **controls: object) -> np.ndarray:
    return apply_style(photo, resolve_style("golden-hour"), Controls(**controls)).pixels


def differences(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other).max())


@pytest.mark.parametrize("region", ["subject", "ground"])
def test_a_new_layer_has_the_style_everywhere_under_a_mask_of_the_region(run, gimp, portrait, region):
    (line,) = [line for line in run.of("new layer") if line["region"] == region]
    new, source = line["layers"]
    shown = {"ground": "background"}.get(region, region)  # GIMP's word for it
    assert new["name"] == f"golden-hour 100%, {shown}", line["message"]
    assert (new["mask"], source["mask"]) == (True, False)
    assert np.array_equal(saved(gimp, f"{region}-new"), by_core(portrait, grain=0.0))
    assert np.array_equal(saved(gimp, f"{region}-mask", 1), to_uint8(mask_of(portrait, region)))


@pytest.mark.parametrize("region", ["subject", "ground"])
def test_the_image_looks_as_the_command_line_would_make_it_soft_edges_too(run, gimp, portrait, region):
    assert run.of("new layer")
    expected = by_core(portrait, grain=0.0, region=region)
    seen = saved(gimp, f"{region}-seen")
    assert (np.abs(seen.astype(int) - expected) > 2).mean() < 0.001
    assert differences(seen, expected) <= 8, "the style is clipped to white before it is mixed, not after"
    assert differences(portrait.pixels, expected) > 20


def test_without_a_region_there_is_no_mask(run):
    (line,) = [line for line in run.of("new layer") if line["region"] == "whole"]
    assert [layer["mask"] for layer in line["layers"]] == [False, False]


def test_region_selection_and_the_mask_of_the_source_hold_together(run, gimp, portrait):
    (line,) = run.of("masked too")
    assert (line["selection_kept"], line["channels"]) == (True, 0), line["message"]
    expected, selected = to_uint8(mask_of(portrait, "subject")), np.zeros((SIZE, SIZE), bool)
    left, top, width, height = SELECTED
    selected[top - 30 : top - 30 + height, left + 20 : left + 20 + width] = True
    expected[~selected] = 0
    expected[:, :160] = 0
    assert differences(saved(gimp, "both-mask", 1), expected) <= 1
    assert expected.any()


def test_replaced_pixels_are_restyled_within_the_region(run, gimp, portrait):
    (line,) = run.of("replaced")
    (layer,) = line["layers"]
    assert not layer["mask"], line["message"]
    assert np.array_equal(saved(gimp, "replaced"), by_core(portrait, region="subject"))


def test_every_precision_gets_the_mask_and_the_pixels_of_the_whole_style(run, gimp, portrait):
    assert len(run.of("precision")) == 3
    for line in run.of("precision"):
        assert line["same"], line
        name = f"{line['base']}-{line['precision']}-mask"
        if line["base"] == "RGB":
            assert differences(saved(gimp, name, 1), to_uint8(mask_of(portrait, "subject"))) <= 3
        assert saved(gimp, name, 1).mean() > 50


def test_a_region_that_is_not_there_is_said(run):
    (line,) = run.of("nothing")
    assert line["layers"] == 2, line["message"]
    said = "No skin was found in “photo”. Paint the layer mask white where the style shall be seen."
    assert said in run.output


def test_wrong_values_are_refused(run):
    said = {line["name"]: (line["status"], line["message"]) for line in run.of("wrong")}
    choices = "“whole”, “subject”, “ground”, “skin”"
    assert said == {
        "region": ("calling-error", f"region must be one of {choices}, got “hat”."),
        "grain": ("calling-error", "grain must be 0 to 2, got 2.5."),
        "protect_skin": ("calling-error", "protect-skin must be 0 to 1, got -0.5."),
    }
