"""Color tables come out as in the programs that they were made for; what cannot be used is told."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.errors import AtelierError, StyleError
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.color_tables import table_colors
from portrait_atelier.core.imaging.rendering.render import render
from portrait_atelier.core.imaging.tables import color_table, hald, text_rows
from portrait_atelier.core.imaging.tables.color_table import Shaper, table_of_lattice
from portrait_atelier.core.imaging.tables.reading import TABLE_SUFFIXES, is_color_table, read_color_table
from scenes import portrait
from table_files import (
    by_ffmpeg,
    by_image_magick,
    curve_rows,
    film,
    lattice,
    red_first,
    rows_text,
    sample_photo,
    write_cube_1d,
    write_cube_3d,
    write_cube_shaper,
    write_hald,
)

STEP = 257  # of 16 bits: 1 of 255


def _ours(path: Path, pixels: np.ndarray) -> np.ndarray:
    return render(pixels, read_color_table(path).look())


def _worst(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference in steps of 8 bits."""
    return float(np.abs(ours.astype(float) - theirs).max()) / STEP


@pytest.mark.parametrize(("size", "high"), [(2, 1.0), (9, 1.0), (33, 1.0), (17, 2.0)])
def test_a_cube_is_what_ffmpeg_makes_of_it(tmp_path: Path, size: int, high: float):
    path, pixels = write_cube_3d(tmp_path / "film.cube", size, high=high), sample_photo()
    assert _worst(_ours(path, pixels), by_ffmpeg(pixels, path, tmp_path)) < 0.01


@pytest.mark.parametrize(("count", "high"), [(2, 1.0), (256, 1.0), (1000, 1.0), (300, 1.5)])
def test_a_cube_of_curves_is_what_ffmpeg_makes_of_it(tmp_path: Path, count: int, high: float):
    path, pixels = write_cube_1d(tmp_path / "film.cube", count, high=high), sample_photo()
    assert _worst(_ours(path, pixels), by_ffmpeg(pixels, path, tmp_path, is_curve=True)) < 0.1


@pytest.mark.parametrize(("level", "dtype"), [(4, np.uint8), (6, np.uint16), (8, np.uint8)])
def test_a_hald_is_what_image_magick_makes_of_it(tmp_path: Path, level: int, dtype: type):
    """It interpolates otherwise, which differs less the more points there are."""
    path, pixels = write_hald(tmp_path / "film.png", level, dtype), sample_photo()
    assert read_color_table(path).size == level**2
    assert _worst(_ours(path, pixels), by_image_magick(pixels, path, tmp_path)) < 1


@pytest.mark.parametrize("write", [write_cube_3d, write_cube_shaper, write_cube_1d])
def test_colour_science_reads_the_same(tmp_path: Path, write):
    colour = pytest.importorskip("colour", reason="colour-science is not installed")
    path = write(tmp_path / "film.cube")
    reader = colour.io.read_LUT_ResolveCube if write is write_cube_shaper else colour.io.read_LUT_IridasCube
    pixels = sample_photo()
    expected, parts = pixels / 65535, reader(str(path))
    for part in parts if isinstance(parts, colour.LUTSequence) else [parts]:
        option = {"interpolator": colour.algebra.table_interpolation_tetrahedral} if part.table.ndim == 4 else {}
        expected = part.apply(expected.clip(0, 1), **option)
    assert _worst(_ours(path, pixels), expected.clip(0, 1) * 65535) < 0.1


def test_a_domain_below_black_and_above_white_is_honored(tmp_path: Path):
    path = write_cube_3d(tmp_path / "film.cube", 33, low=-0.25, high=1.25)
    pixels = np.random.default_rng(0).random((1, 500, 3), np.float32)
    table = read_color_table(path)
    assert table.curves is not None
    np.testing.assert_allclose(table.colors(pixels), film(pixels), atol=0.01)
    np.testing.assert_allclose(render(pixels, table.look()), table.colors(pixels), atol=1e-6)


@pytest.mark.parametrize("suffix", [".spi1d", ".spi3d", ".csp"])
def test_what_colour_science_writes_is_read(tmp_path: Path, suffix: str):
    colour = pytest.importorskip("colour", reason="colour-science is not installed")
    path = tmp_path / f"film{suffix}"
    if suffix == ".spi1d":
        written = colour.LUT3x1D(curve_rows(200), domain=np.array([[0.0] * 3, [1.0] * 3]))
    else:
        written = colour.LUT3D(lattice(5), "film")
    colour.io.write_LUT(written, str(path))
    table = read_color_table(path)
    if suffix == ".spi1d":
        np.testing.assert_allclose(table.curves, curve_rows(200).T, atol=1e-6)
    else:
        assert table.size == 5
        np.testing.assert_allclose(table.values, lattice(5), atol=1e-6)


def test_the_curves_of_a_csp_stand_in_front(tmp_path: Path):
    curve = "3\n0.0 0.5 1.0\n0.0 0.25 1.0\n"
    body = rows_text(red_first(table_colors(2)))
    (tmp_path / "a.csp").write_text(
        f"CSPLUTV100\n3D\n\nBEGIN METADATA\nFaded\nEND METADATA\n\n{curve * 3}\n2 2 2\n{body}"
    )
    table = read_color_table(tmp_path / "a.csp")
    assert table.title == "Faded"
    np.testing.assert_allclose(table.colors(np.float32([[0.25, 0.5, 0.75]])), [[0.125, 0.25, 0.625]], atol=1e-4)
    rows = "3\n0 0 0\n0.1 0.2 0.3\n1 1 1\n"
    (tmp_path / "b.csp").write_text(f"CSPLUTV100\n1D\n{curve * 3}\n{rows}")
    colors = read_color_table(tmp_path / "b.csp").colors(np.float32([[0.5, 0.5, 0.75]]))
    np.testing.assert_allclose(colors, [[0.05, 0.1, 0.3 + 0.7 * 0.25]], atol=1e-4)


def test_a_3dl_is_scaled_by_its_depth_and_runs_blue_first(tmp_path: Path):
    rows = (table_colors(5).reshape(-1, 3) * [4095, 4095, 2047]).round().astype(int)
    body = "\n".join(" ".join(map(str, row)) for row in rows)
    (tmp_path / "a.3dl").write_text(f"# film\n3DMESH\nMesh 2 12\n0 256 512 767 1023\n{body}\n\nLUT8\ngamma 1.0\n")
    found = read_color_table(tmp_path / "a.3dl").colors(np.float32([[0.3, 0.6, 0.9]]))
    np.testing.assert_allclose(found, [[0.3, 0.6, 0.45]], atol=1e-3)
    (tmp_path / "b.3dl").write_text(f"0 100 512 767 1023\n{body}\n")
    with pytest.raises(StyleError, match=r"b.3dl: .*input points are uneven.*convert it to .cube"):
        read_color_table(tmp_path / "b.3dl")


@pytest.mark.parametrize(("mesh", "white"), [("Mesh 2 12", 0.25), ("mesh 2 10", 1.0), ("Mesh 2 99", 1.0), ("", 1.0)])
def test_the_depth_of_a_3dl_is_the_one_that_it_names(tmp_path: Path, mesh: str, white: float):
    rows = (table_colors(5).reshape(-1, 3) * 1023).round().astype(int)
    body = "\n".join(" ".join(map(str, row)) for row in rows)
    (tmp_path / "a.3dl").write_text(f"3DMESH\n{mesh}\n0 256 512 767 1023\n{body}\n")
    assert read_color_table(tmp_path / "a.3dl").values.max() == pytest.approx(white, abs=1e-3)


def test_curves_beyond_white_keep_their_slope(tmp_path: Path):
    (tmp_path / "a.cube").write_text("LUT_1D_SIZE 2\n-0.5 0 0\n1.5 1 2\n")
    found = read_color_table(tmp_path / "a.cube").colors(np.float32([[0.0, 0.3, 0.25], [1.0, 0.3, 0.25]]))
    np.testing.assert_allclose(found, [[-0.5, 0.3, 0.5], [1.5, 0.3, 0.5]], atol=1e-6)


def test_headers_of_other_programs_are_read(tmp_path: Path):
    body = rows_text(red_first(table_colors(2)))
    text = f'\ufeff# by hand\r\n\r\ntitle\t"Two #words"\r\nFOO 3\r\nLUT_3D_SIZE\t2\r\n  {body}\n# end\n'
    (tmp_path / "a.cube").write_text(text, encoding="utf-8", newline="")
    table = read_color_table(tmp_path / "a.cube")
    assert table.title == "Two #words"
    np.testing.assert_array_equal(table.values, table_colors(2))


def test_large_tables_are_reduced_where_that_does_not_show():
    gentle = table_of_lattice(table_colors(81) ** np.float32(1.1))
    reduced = gentle.fitted()
    assert reduced.size == 65
    assert "reduced from 81 to 65 points an axis; colors differ by at most 0." in reduced.notes[0]
    colors = np.random.default_rng(0).random((500, 3), np.float32)
    assert np.abs(reduced.colors(colors) - gentle.colors(colors)).max() < 1 / 255
    harsh = table_of_lattice((table_colors(81) > 0.51).astype(np.float32))
    assert harsh.fitted() is harsh


def test_a_table_that_no_look_can_hold_is_reduced_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(color_table, "MAX_TABLE_SIZE", 20)
    monkeypatch.setattr(color_table, "KEPT_SIZE", 5)
    monkeypatch.setattr(color_table, "_LEAST_REDUCED", 9)
    harsh = table_of_lattice((table_colors(21) > 0.51).astype(np.float32)).fitted()
    assert harsh.size == 9
    assert harsh.look().table_size == 9


def test_a_picture_is_a_table_if_its_colors_follow_from_their_places(tmp_path: Path):
    assert is_color_table(write_hald(tmp_path / "film.png", 4))
    gray = np.repeat(lattice(16).mean(-1, keepdims=True), 3, -1)
    pixels = (red_first(gray) * 255).astype(np.uint8).reshape(64, 64, 3)
    write_photo(Photo(pixels=pixels[..., 0]), tmp_path / "gray.tif")
    assert is_color_table(tmp_path / "gray.tif")
    assert read_color_table(tmp_path / "gray.tif").size == 16
    for number in range(3):
        photo = (portrait(number)[::4, ::4] * 255).astype(np.uint8)
        write_photo(Photo(pixels=photo), tmp_path / "photo.png", overwrite=True)
        assert not is_color_table(tmp_path / "photo.png")
    write_photo(Photo(pixels=pixels[:63]), tmp_path / "cut.png")
    assert not is_color_table(tmp_path / "cut.png")
    with pytest.raises(StyleError, match=r"cut.png: .*a HaldCLUT is a square of 8, 27, 64, .* has 64 x 63"):
        read_color_table(tmp_path / "cut.png")
    assert not is_color_table(tmp_path / "film.jpg")
    (tmp_path / "no.png").write_bytes(b"\x89PNG")
    assert not is_color_table(tmp_path / "no.png")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whether_a_picture_is_a_table_costs_no_lattice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: type):
    monkeypatch.setattr(hald, "_lattice", lambda photo, level: pytest.fail("all of its colors are converted"))
    assert is_color_table(write_hald(tmp_path / "film.png", 6, dtype))
    photo = np.tile((portrait(0) * np.iinfo(dtype).max).astype(dtype), (3, 3, 1))[:216, :216]
    write_photo(Photo(pixels=photo), tmp_path / "photo.png")
    assert not is_color_table(tmp_path / "photo.png")


ROWS = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n"
CASES = {
    "empty": ("", "it is empty"),
    "no size": ("TITLE x\n" + ROWS, "neither LUT_1D_SIZE nor LUT_3D_SIZE"),
    "few": ("LUT_3D_SIZE 3\n" + ROWS, "has 8 rows of numbers where 27 belong"),
    "many": ("LUT_1D_SIZE 4\n" + ROWS, "has more rows of numbers than the 4 that belong there"),
    "nan": ("LUT_3D_SIZE 2\n" + ROWS.replace("1 1 1", "1 nan 1"), "values that are not numbers"),
    "nan first": ("LUT_3D_SIZE 2\n" + ROWS.replace("0 0 0", "nan 0 0"), "values that are not numbers"),
    "inf": ("LUT_1D_SIZE 2\n0 0 0\n1 1 1e999\n", "values that are not numbers"),
    "far": ("LUT_1D_SIZE 2\n0 0 0\n1023 1e9 1\n", "far from colors"),
    "word": ("LUT_3D_SIZE 2\n" + ROWS.replace("0 1 1", "0 x 1"), "line 8 has '0 x 1' where 3 numbers belong"),
    "two": ("LUT_3D_SIZE 2\n" + ROWS.replace("0 1 1", "0 1"), "line 8 has '0 1' where 3 numbers belong"),
    "only four": ("LUT_1D_SIZE 2\n0 0 0 0\n1 1 1 1\n", "line 2 has '0 0 0 0' where 3 numbers belong"),
    "huge": ("LUT_3D_SIZE 1000000\n" + ROWS, "'1000000' is not a size from 2 to 256"),
    "no number": ("LUT_1D_SIZE many\n" + ROWS, "'many' is not a size"),
    "domain": (
        "LUT_3D_SIZE 2\nDOMAIN_MIN 1 1 1\n" + ROWS,
        "its domain must rise, and be of numbers, got 1 1 1 to 1 1 1",
    ),
    "domain of two": ("LUT_3D_SIZE 2\nDOMAIN_MAX 1 1\n" + ROWS, "DOMAIN_MAX is '1 1', 3 numbers belong there"),
    "domain of nan": ("LUT_3D_SIZE 2\nDOMAIN_MAX nan 1 1\n" + ROWS, "its domain must rise"),
    "video": ("LUT_3D_SIZE 2\nLUT_IN_VIDEO_RANGE\n" + ROWS, "video range, 16 to 235, .* export it for full range"),
    "binary": ("LUT_3D_SIZE 2\n\0\0\0", "is not a text file"),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
def test_cubes_that_cannot_be_used_say_why(tmp_path: Path, text: str, message: str):
    (tmp_path / "bad.cube").write_text(text)
    with pytest.raises(StyleError, match=f"bad.cube: cannot be used as a color table .*{message}.*export it again"):
        read_color_table(tmp_path / "bad.cube")


OTHERS = {
    "a.spi1d": "Version 1\nFrom 0 1\nLength 3\nComponents 2\n{\n0 0\n}\n",
    "b.spi1d": "Version 1\nLength 3\n{\n0\n1\n}\n",
    "c.spi1d": "Version 1\n",
    "a.spi3d": "no\n",
    "b.spi3d": "SPILUT 1.0\n3 3\n1000 1000 1000\n0 0 0 0 0 0\n",
    "c.spi3d": "SPILUT 1.0\n3 3\n2 2 2\n" + "0 0 0 0 0 0\n" * 8,
    "d.spi3d": "SPILUT 1.0\n3 3\n2 2 3\n",
    "a.csp": "CSPLUTV100\n4D\n",
    "b.csp": "CSPLUTV100\n3D\n2\n0 1\n0 1\n2\n1 0\n0 1\n",
    "c.csp": "CSPLUTV100\n3D\nBEGIN METADATA\n",
    "d.csp": "CSPLUTV100\n3D\n" + "2\n0 1\n0 1\n" * 3 + "2 2 2\n0 0 0\n",
    "a.3dl": "1 2 3\n",
    "b.3dl": "0 341 682 1023\n1 2 3\n",
    "c.3dl": "0 0 0 0\n",
}


@pytest.mark.parametrize("kind", ["1D\n", "3D\n"])
def test_curves_that_no_style_could_hold_are_told(tmp_path: Path, kind: str):
    curves = "2\n0 1\n0 1\n" * 2 + "2\n0 1\n0 1e39\n"
    body = "2\n0 0 0\n1 1 1\n" if kind == "1D\n" else "2 2 2\n" + ROWS
    (tmp_path / "a.csp").write_text("CSPLUTV100\n" + kind + curves + body)
    with pytest.raises(StyleError, match=r"a.csp: cannot be used as a color table .*far from colors"):
        read_color_table(tmp_path / "a.csp")


@pytest.mark.parametrize(("name", "text"), OTHERS.items())
def test_other_tables_that_cannot_be_used_say_why(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text)
    with pytest.raises(StyleError, match=f"{name}: cannot be used as a color table"):
        read_color_table(tmp_path / name)


def test_what_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(text_rows, "MAX_BYTES", 1_000_000)
    (tmp_path / "a.cube").write_bytes(b"# " * 1_000_000)
    with pytest.raises(StyleError, match="it is too large: 2 MB, the limit is 1 MB"):
        read_color_table(tmp_path / "a.cube")


def test_what_is_not_there_or_of_another_kind_is_told(tmp_path: Path):
    with pytest.raises(StyleError, match=r"a.cube: cannot be read \("):
        read_color_table(tmp_path / "a.cube")
    (tmp_path / "a.lut").write_text("x")
    with pytest.raises(StyleError, match=r"a.lut: is not a color table that can be read \(\.cube, "):
        read_color_table(tmp_path / "a.lut")
    assert not is_color_table(tmp_path / "a.lut")


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_mutants_end_in_an_error_of_ours(tmp_path: Path, suffix: str):
    """Bytes that are changed, cut off or doubled at random; a longer run belongs to a fuzz test of all readers."""
    material = {
        ".cube": write_cube_shaper(tmp_path / "a.cube", 20, 3).read_bytes(),
        ".png": write_hald(tmp_path / "a.png", 2).read_bytes(),
        ".tif": write_hald(tmp_path / "a.tif", 2).read_bytes(),
    }
    parts = [text.encode() for name, text in OTHERS.items() if name.endswith(suffix)]
    good, rng = material.get(suffix, (parts or [material[".tif"]])[-1]), np.random.default_rng(1)
    for _ in range(40):
        data = bytearray(good)
        for place in rng.integers(0, len(data), 3):
            data[place] = int(rng.integers(0, 256))
        begin, end = sorted(rng.integers(0, len(data), 2))
        data = data[:end] if rng.random() < 0.3 else data + data[begin:end]
        path = tmp_path / f"mutant{suffix}"
        path.write_bytes(data)
        with suppress(AtelierError):
            assert np.isfinite(read_color_table(path).look().table).all()


def test_a_shaper_of_one_curve_is_that_curve():
    table = Shaper.of(curve_rows(50)).table()
    colors = np.random.default_rng(0).random((100, 3), np.float32)
    expected = [np.interp(colors[:, part], np.linspace(0, 1, 50), curve_rows(50)[:, part]) for part in range(3)]
    np.testing.assert_allclose(table.colors(colors), np.stack(expected, 1), atol=1e-5)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "film.cube")
    with pytest.raises(StyleError, match="is not a color table that can be read"):
        read_color_table(tmp_path / "film.cube")
