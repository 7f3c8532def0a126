"""Exported tables: read by another program's reader, equal to the look; what is lost is measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, table_shape
from portrait_atelier.core.styles.export import (
    exported_look,
    placeless,
    sample_look,
    table_loss_on_colors,
    table_loss_on_photo,
    write_cube,
    write_hald,
)
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import save_style
from rendering import defined
from scenes import portrait


@pytest.fixture
def look() -> Look:
    """A gentle look: the table follows a smooth curve, the grid differs from place to place."""
    rng = np.random.default_rng(1)
    table, grid = (rng.random(shape, np.float32) - np.float32(0.5) for shape in (table_shape(), grid_shape()))
    return Look(table * np.float32(0.02), grid * np.float32(0.04))


def _photo(size: int = 48) -> np.ndarray:
    return np.random.default_rng(3).random((size, size, 3), np.float32) * 0.9 + 0.05


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


def test_a_look_without_grid_loses_nothing(look: Look):
    table_only = Look(look.table, np.zeros(grid_shape(), np.float32))
    assert table_loss_on_photo(table_only, _photo()).worst == pytest.approx(0, abs=1e-4)


def test_the_loss_is_of_what_depends_on_the_place(look: Look):
    loss = table_loss_on_colors(look, _photo(4).reshape(-1, 3))
    assert 0 < loss.mean < loss.worst
    even = Look(look.table, np.broadcast_to(look.grid.mean((0, 1)), grid_shape()))
    assert table_loss_on_colors(even, _photo(4).reshape(-1, 3)).worst == pytest.approx(0, abs=1e-3)


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
    assert loss.ground is not None
    assert loss.ground > 3
    assert exported_look(replace(style, look=look))[1].ground is None
    save_style(style, tmp_path / "apart.safetensors")
    code, out, err = atelier("export", tmp_path / "apart.safetensors", "-o", tmp_path / "apart.cube")
    assert code == 0
    assert f"left out, too (the ground's own colors): mean dE00 {loss.ground:.2f} there" in out + err
    held, plain = (sample_look(one, 33) for one in (brighter, look))
    np.testing.assert_array_equal(held, plain)


def test_the_ground_of_photos_is_where_it_is_measured(look: Look):
    style = Style("apart", "fixed", look=replace(look, ground=look.table + np.float32(0.1)))
    proxy = Proxy.opaque(portrait(1))
    ground = exported_look(style, [proxy])[1].ground
    assert ground is None or ground > 0
