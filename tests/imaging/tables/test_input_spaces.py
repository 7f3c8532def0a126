"""Log encodings: their formulas, and tables that expect them."""

from __future__ import annotations

import numpy as np
import pytest
from portrait_atelier.core.errors import StyleError
from portrait_atelier.core.imaging.rendering.color_tables import table_colors
from portrait_atelier.core.imaging.tables.color_table import table_of_lattice
from portrait_atelier.core.imaging.tables.input_spaces import INPUT_SPACES, with_input_space
from table_files import lattice

NAMES = {
    "slog3": ("S-Log3", "S-Gamut3"),
    "slog3-cine": ("S-Log3", "S-Gamut3.Cine"),
    "logc3": ("ARRI LogC3", "ARRI Wide Gamut 3"),
    "logc4": ("ARRI LogC4", "ARRI Wide Gamut 4"),
    "vlog": ("V-Log", "V-Gamut"),
    "flog2": ("F-Log2", "F-Gamut"),
}


@pytest.mark.parametrize("name", INPUT_SPACES)
def test_formulas_are_those_of_colour_science(name: str):
    colour = pytest.importorskip("colour", reason="colour-science is not installed")
    colors = np.random.default_rng(0).random((400, 3), np.float32)
    colors[:100] *= 0.05
    curve, primaries = NAMES[name]
    light = colour.RGB_to_RGB(colour.models.eotf_sRGB(colors), "sRGB", primaries, None)
    np.testing.assert_allclose(INPUT_SPACES[name].of_srgb(colors), colour.log_encoding(light, curve), atol=3e-4)


@pytest.mark.parametrize(("name", "gray"), [("slog3", 420 / 1023), ("logc3", 0.391), ("vlog", 433 / 1023)])
def test_gray_of_18_percent_is_where_the_maker_says(name: str, gray: float):
    encoded = INPUT_SPACES[name].of_srgb(np.full((1, 3), 0.46136, np.float32))
    np.testing.assert_allclose(encoded, gray, atol=1e-3)


def test_a_table_gets_srgb_through_the_encoding_and_the_loss_is_told():
    table = table_of_lattice(lattice(17), title="film")
    made = with_input_space(table, "slog3")
    colors = np.random.default_rng(0).random((500, 3), np.float32)
    exact = table.colors(INPUT_SPACES["slog3"].of_srgb(colors))
    assert np.abs(made.colors(colors) - exact).max() < 1 / 255
    assert "made for S-Log3, S-Gamut3" in made.notes[0]
    assert made.title == "film"


def test_an_unknown_space_is_refused():
    with pytest.raises(
        StyleError, match=r"slog: is not a log encoding that is known; these are: slog3, slog3-cine, logc3"
    ):
        with_input_space(table_of_lattice(table_colors(2)), "slog")
