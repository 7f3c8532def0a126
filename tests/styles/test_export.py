"""Exported tables: read by another program's reader, equal to the look; what is lost is measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, table_shape
from portrait_atelier.core.imaging.tables.reading import read_color_table
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.export import (
    ExportLoss,
    exported_look,
    loss_judgement,
    loss_words,
    placeless,
    sample_look,
    write_cube,
    write_hald,
)
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import load_style, save_style
from rendering import defined
from scenes import portrait
from skimage.color import deltaE_ciede2000, rgb2lab


@pytest.fixture
def look() -> Look:
    """A gentle look: the table follows a smooth curve, the grid differs from place to place."""
    rng = np.random.default_rng(1)
    table, grid = (rng.random(shape, np.float32) - np.float32(0.5) for shape in (table_shape(), grid_shape()))
    return Look(table * np.float32(0.02), grid * np.float32(0.04))


def _photo(size: int = 48) -> np.ndarray:
    return np.random.default_rng(3).random((size, size, 3), np.float32) * 0.9 + 0.05


def _portrait() -> Photo:
    return Photo(pixels=portrait(1))


@pytest.fixture(scope="module")
def instant() -> Style:
    """The style of a few dark and cold photos."""
    proxies = [Proxy.opaque((portrait(seed) ** 1.4 * [0.8, 0.9, 1.0]).astype(np.float32)) for seed in range(4)]
    return style_from_proxies(proxies, "cold", settings={})


def _apply(look: Look, pixels: np.ndarray) -> np.ndarray:
    return defined(pixels, look).clip(0, 1)


@pytest.mark.parametrize("size", [33, 65])
def test_another_reader_of_cube_files_gets_the_same_colors(tmp_path: Path, look: Look, size: int):
    colour = pytest.importorskip("colour", reason="colour-science is not installed")
    path = tmp_path / "look.cube"
    write_cube(look, path, title='Her "best"', size=size)
    table = colour.io.read_LUT_IridasCube(str(path))
    assert table.size == size
    pixels = _photo()
    expected = _apply(placeless(look), pixels)
    applied = table.apply(pixels, interpolator=colour.algebra.table_interpolation_tetrahedral)
    np.testing.assert_allclose(applied, expected, atol=2 / 255)
    assert np.abs(applied - expected).mean() < 0.5 / 255


def test_cube_rows_run_red_first(tmp_path: Path):
    table = np.zeros(table_shape(), np.float32)
    table[16, 0, 0] = [-0.5, 0.25, 0.0]  # pure red becomes (0.5, 0.25, 0)
    write_cube(Look(table, np.zeros(grid_shape(), np.float32)), tmp_path / "l.cube", title="t")
    rows = [line for line in (tmp_path / "l.cube").read_text().splitlines() if line[0].isdigit()]
    assert len(rows) == 33**3
    assert rows[32] == "0.500000 0.250000 0.000000"


def test_a_hald_is_a_512_px_16_bit_picture_with_red_running_first(tmp_path: Path):
    write_hald(Look.identity(), tmp_path / "hald.png")
    pixels = read_photo(tmp_path / "hald.png").pixels
    assert pixels.shape == (512, 512, 3)
    assert pixels.dtype == np.uint16
    assert pixels[0, 63].tolist() == [65535, 0, 0]
    assert pixels[0, 64].tolist() == [0, 1040, 0]
    assert pixels[-1, -1].tolist() == [65535, 65535, 65535]


def test_the_identity_exports_as_the_identity():
    sampled = sample_look(Look.identity(), 33)
    assert sampled[8, 16, 32].tolist() == [0.25, 0.5, 1.0]


def test_a_table_without_place_or_texture_loses_only_what_lies_between_its_points(look: Look):
    table_only = Style("flat", "fixed", look=Look(look.table, np.zeros(grid_shape(), np.float32)))
    loss = exported_look(table_only, [_portrait()])[1]
    assert loss.mean == pytest.approx(loss.sampling, abs=1e-6)
    assert loss.mean < 0.02
    assert (loss.place, loss.ground, loss.texture, loss.adaptation, loss.adapted) == (0, 0, 0, 0, None)
    judged, figures = loss_words(loss, table_only)
    assert judged == "the export gives nearly the same picture"
    assert "by mean dE00 0.0" in figures


def test_the_loss_is_that_of_the_written_file(tmp_path: Path):
    """The same photo by `apply` and by the table that another reader finds in the file, without rounding."""
    style, photo = load_style(find_style("cool-cinema").path), _portrait()
    look, loss = exported_look(style, [photo])
    write_cube(look, tmp_path / "a.cube", title="a")
    table = read_color_table(tmp_path / "a.cube")
    applied = apply_style(photo, style).pixels
    found = deltaE_ciede2000(rgb2lab(applied.clip(0, 1)), rgb2lab(table.colors(photo.pixels).clip(0, 1)))
    assert loss.mean == pytest.approx(float(found.mean()), abs=0.02)
    assert loss.tenth == pytest.approx(float(np.percentile(found, 90)), abs=0.05)
    assert loss.place > 0.3
    assert loss.texture > 0.3


def test_adaptation_counts_and_a_photo_is_proposed_where_it_helps(instant: Style):
    dark = Photo(pixels=_portrait().pixels * np.float32(0.3))
    _, loss = exported_look(instant)
    assert loss.adaptation > 0.5
    assert loss.mean > loss.adapted + 0.5  # pyright: ignore[reportOptionalOperand]
    words = loss_words(loss, instant)
    assert "the astronaut differs from the style itself by mean dE00" in words[1]
    assert "the style adapts to each photo, the export does not" in words[2]
    assert loss.wants_photo
    _, own = exported_look(instant, [dark])
    assert own.adaptation < 0.3
    assert not own.wants_photo
    assert "dark.jpg differs" in loss_words(own, instant, "dark.jpg")[1]


@pytest.mark.parametrize(
    ("mean", "said"),
    [(0.9, "nearly the same"), (1.0, "side by side"), (2.4, "side by side"), (2.5, "plainly different")],
)
def test_a_loss_is_judged_in_plain_words(mean: float, said: str):
    assert said in loss_judgement(ExportLoss(mean, mean, adaptation=0, sampling=0, place=0, ground=0, texture=0))


def test_files_are_not_replaced_and_sizes_are_checked(tmp_path: Path, look: Look):
    write_cube(look, tmp_path / "l.cube", title="t")
    with pytest.raises(AtelierError, match=r"l.cube.*--overwrite"):
        write_cube(look, tmp_path / "l.cube", title="t")
    with pytest.raises(ValueError, match="size must be one of"):
        write_cube(look, tmp_path / "m.cube", title="t", size=17)


def test_it_is_said_what_the_ground_loses(atelier, tmp_path: Path, look: Look):
    brighter = replace(look, ground=look.table + np.float32(0.1))
    style = Style("apart", "fixed", look=brighter)
    _, loss = exported_look(style)
    assert loss.ground > 2
    assert exported_look(replace(style, look=look))[1].ground == 0
    save_style(style, tmp_path / "apart.safetensors")
    code, out, err = atelier("export", tmp_path / "apart.safetensors", "-o", tmp_path / "apart.cube")
    assert code == 0
    assert f"the ground's own colors: {loss.ground:.2f}" in out + err
    held, plain = (sample_look(one, 33) for one in (brighter, look))
    np.testing.assert_array_equal(held, plain)
