"""The plug-in's controls are those of core, which it cannot import."""

from dataclasses import asdict

import pytest
from portrait_atelier.core.styles.controls import (
    MAX_GRAIN_FACTOR,
    MAX_STRENGTH,
    MAX_VARIATION,
    REGION_CHOICES,
    Controls,
)
from worker_process import PLUGIN

assert PLUGIN  # puts the plug-in's folder on the path
import atelier_controls  # noqa: E402
from atelier_controls import DEFAULTS, Request, checked_request, clipped_request  # noqa: E402
from atelier_words import BadArgument  # noqa: E402


class Config:
    """What GIMP gives a procedure: values by names with hyphens."""

    def __init__(self, **values):
        self._values = {name.replace("_", "-"): value for name, value in {**asdict(DEFAULTS), **values}.items()}

    def get_property(self, name):
        return self._values[name]


def test_names_defaults_and_ranges_are_those_of_core():
    core = asdict(Controls())
    core.pop("device")
    ours = asdict(DEFAULTS)
    assert {name: ours[name] for name in core} == core
    assert set(ours) - set(core) == {"style", "output", "table", "second", "share"}
    assert set(DEFAULTS.values()) == {*core, "style", "table", "second", "share"}
    limits = (atelier_controls.MAX_STRENGTH, atelier_controls.MAX_VARIATION, atelier_controls.MAX_GRAIN)
    assert limits == (MAX_STRENGTH, MAX_VARIATION, MAX_GRAIN_FACTOR)
    assert atelier_controls.REGIONS == REGION_CHOICES


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("strength", 1.6, "strength must be 0 to 1.5, got 1.6."),
        ("strength", float("nan"), "strength must be 0 to 1.5, got nan."),
        ("variation", -1, "variation must be 0 to 2147483647, got -1."),
        ("protect_skin", 1.01, "protect-skin must be 0 to 1, got 1.01."),
        ("grain", -0.5, "grain must be 0 to 2, got -0.5."),
        ("region", "hat", "region must be one of “whole”, “subject”, “ground”, “skin”, got “hat”."),
        ("output", "", "output must be one of “new-layer”, “replace”, got “”."),
        ("style", " ", "style must be the name of a style, a style file, a photo or a folder of photos."),
    ],
)
def test_wrong_values_are_refused_and_clipped_in_a_preview(name, value, text):
    with pytest.raises(BadArgument) as refused:
        checked_request(Config(**{name: value}))
    assert str(refused.value) == text
    if name != "style":
        checked_request(Config(**asdict(clipped_request(Config(**{name: value})))))


def test_a_region_is_a_mask_of_a_new_layer_and_the_worker_s_where_pixels_are_replaced():
    assert Request(region="skin").masks_region
    assert not Request(region="skin", output="replace").masks_region
    assert not Request().masks_region
    assert Request(region="skin", strength=0.8, variation=3).title("mine") == "mine 80%, skin, variation 3"
