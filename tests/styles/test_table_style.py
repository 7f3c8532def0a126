"""Color tables as styles, wherever a style can stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.errors import StyleError
from portrait_atelier.core.folders import library_folder
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.tables.reading import read_color_table
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.scripting.library import add_style, load_style
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.library import add_style as add_file
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.style import Style, blend_styles, description_of
from portrait_atelier.core.styles.style_container import read_style_file
from portrait_atelier.core.styles.table_style import style_of_table
from scenes import portrait
from table_files import write_cube_1d, write_cube_3d, write_cube_shaper, write_hald

WRITERS = {"film.cube": write_cube_3d, "curve.cube": write_cube_1d, "shaper.cube": write_cube_shaper}


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_is_a_style_by_its_path_and_by_its_name_once_added(tmp_path: Path, name: str):
    path, photo = WRITERS[name](tmp_path / name), Photo(pixels=portrait(0))
    expected = read_color_table(path).colors(photo.pixels)
    np.testing.assert_allclose(apply_style(photo, resolve_style(str(path))).pixels, expected, atol=1e-5)
    entry = add_style(path)
    assert entry.path == library_folder() / f"{path.stem}.safetensors"
    path.unlink()
    style = load_style(path.stem)
    assert style.kind == "fixed"
    assert style.cover.startswith(b"\xff\xd8")
    assert style.licence == ""
    np.testing.assert_allclose(apply_style(photo, style).pixels, expected, atol=1e-5)
    assert read_style_file(entry.path, ["fixed"])[0]["format"] == 2  # version 0.3 says that it is newer


def test_a_hald_is_a_style_and_a_photo_of_its_size_stays_a_photo(tmp_path: Path):
    hald = write_hald(tmp_path / "film.png", 8)
    assert resolve_style(str(hald)).kind == "fixed"
    photo = np.tile((portrait(3) * 255).astype(np.uint8), (2, 2, 1))
    assert photo.shape == (512, 512, 3)
    write_photo(Photo(pixels=photo), tmp_path / "photo.png")
    assert resolve_style(str(tmp_path / "photo.png")).kind == "instant"
    write_photo(Photo(pixels=photo[:20, :20]), tmp_path / "tiny.png")
    with pytest.raises(StyleError, match=r"tiny.png: .*a HaldCLUT is a square"):
        add_file(tmp_path / "tiny.png")


def test_the_title_describes_it_and_the_name_is_the_files(tmp_path: Path):
    style = style_of_table(write_cube_3d(tmp_path / "Film 35.cube"))
    assert (style.name, style.description) == ("Film 35", "A film")
    plain = style_of_table(write_cube_1d(tmp_path / "a..cube"))
    assert plain.name == "color table"
    assert plain.description == "a color table of 2 points an axis"
    assert description_of(plain).template == "a color table of {size} points an axis"
    assert style_of_table(tmp_path / "Film 35.cube", name="mine").name == "mine"


def test_a_changed_file_is_read_anew(tmp_path: Path):
    path = write_cube_3d(tmp_path / "film.cube", 9)
    first = style_of_table(path)
    write_cube_3d(path, 5)
    second = style_of_table(path)
    assert first.look is not None
    assert second.look is not None
    assert (first.look.table_size, second.look.table_size) == (9, 5)


def test_controls_and_blends_work_as_of_any_style(tmp_path: Path):
    photo = Photo(pixels=portrait(0))
    style, curve = (
        style_of_table(write_cube_3d(tmp_path / "f.cube")),
        style_of_table(write_cube_1d(tmp_path / "c.cube")),
    )
    full, half = (apply_style(photo, style, Controls(strength=strength)).pixels for strength in (1.0, 0.5))
    np.testing.assert_allclose(half, (photo.pixels + full) / 2, atol=1e-5)
    mixed = apply_style(photo, blend_styles(style, curve, 0.5, "both")).pixels
    np.testing.assert_allclose(mixed, (full + apply_style(photo, curve).pixels) / 2, atol=0.02)
    for controls in (Controls(protect_skin=1.0), Controls(even=True), Controls(variation=3)):
        for one in (style, curve):
            assert np.abs(apply_style(photo, one, controls).pixels - apply_style(photo, one).pixels).mean() < 0.2


def test_a_blend_tells_what_the_curves_of_a_table_lose(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    steep = np.float32([np.linspace(0, 1, 1025) ** 0.3] * 3)
    curve = Style("steep", "fixed", look=replace(Look.identity(), curves=steep))
    film = style_of_table(write_cube_3d(tmp_path / "film.cube"))
    caplog.clear()
    blend_styles(film, replace(film, name="other"), 0.5, "tables")
    blend_styles(curve, curve.renamed("same"), 0.5, "the same curves")
    blend_styles(film, curve, 0.0, "film alone")
    assert caplog.messages == []
    blend_styles(film, curve, 0.5, "both")
    (said,) = caplog.messages
    assert said.startswith("steep: a blend holds the curves of its color table at 65 points an axis")


def test_the_command_line_adds_and_applies_tables(atelier, tmp_path: Path):
    write_cube_3d(tmp_path / "film.cube", 17)
    write_photo(Photo(pixels=(portrait(0) * 65535).astype(np.uint16)), tmp_path / "photo.png")
    assert atelier("apply", "photo.png", "-s", "film.cube", "-o", "direct.png")[0] == 0
    assert "warm" in atelier("add", "film.cube", "--name", "warm")[1]
    assert atelier("apply", "photo.png", "-s", "warm", "-o", "by-name.png")[0] == 0
    direct, by_name = (read_photo(tmp_path / name).pixels for name in ("direct.png", "by-name.png"))
    np.testing.assert_array_equal(direct, by_name)
    code, _, err = atelier("add", "film.cube", "--name", "warm")
    assert (code, "exists" in err) == (1, True)
    assert atelier("add", "film.cube", "--name", "log", "--input-space", "slog3")[0] == 0
    assert atelier("add", "film.cube", "--name", "other", "--input-space", "x")[0] == 1
    code, _, err = atelier("add", find_style("warm").path, "--name", "copy", "--input-space", "slog3")
    assert (code, "is no color table" in err) == (1, True)
    assert atelier("add", find_style("warm").path, "--name", "copy")[0] == 0
    assert find_style("copy").origin == "library"
