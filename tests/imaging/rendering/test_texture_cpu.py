"""The compiled renderer of textures and regions: it agrees with numpy, and divisions of the photo do not show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering import (
    render_kernel,
    strips,
    texture_cpu,
    texture_kernel,
    texture_rows,
    texture_runs,
    texture_stages,
)
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.render_kernel import LockedCache
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import Detail, Glow, Grain, Texture
from portrait_atelier.core.imaging.rendering.texturing import fit_copy
from rendering import DTYPES, half_maps, random_look
from scenes import scene

TONES = np.array([0.01, 0.03, 0.05, 0.03, 0.0], np.float32)
GLOWS = (
    Glow(0.6, 0.03, 0.4, np.ones(3, np.float32)),
    Glow(0.7, 0.006, 0.3, np.array([1, 0.4, 0.1], np.float32)),
)
_SOFT = Detail.of(skin=(0.6, 0.7, 1, 1.2), other=(1.5, 1.3, 1, 0.8))
DETAIL = Detail((_SOFT.gains * np.linspace(0.9, 1.1, 3)).clip(0.5, 2).astype(np.float32))  # by tone, too
TEXTURES = {
    "detail": Texture(DETAIL),
    "one band": Texture(Detail.of(skin=(1, 1, 1.5, 1), other=(1, 1, 0.7, 1))),
    "glow": Texture(glows=GLOWS),
    "gray grain": Texture(grain=Grain(TONES, 1 / 200)),
    "rough grain of color": Texture(grain=Grain(TONES, 1 / 100, 0.4, 0.5), seed=5),
    "grain of color, finer than pixels": Texture(grain=Grain(TONES, 1 / 900, 0.3, 1.0)),
    "all": Texture(DETAIL, GLOWS, Grain(TONES, 1 / 300, 0.3, 0.4), seed=-2),
}
SIZES = ((1, 1), (3, 2), (7, 200), (150, 9), (200, 150), (70, 1300))


def look_with(texture: Texture | None, **tables: np.ndarray) -> Look:
    return replace(random_look(3, 0.05), texture=texture, **tables)


def photo_of(height: int, width: int, dtype: type) -> np.ndarray:
    pixels = scene(2, height=height, width=width)
    pixels = pixels + np.random.default_rng(0).normal(0, 0.02, pixels.shape).astype(np.float32)
    return pixels if dtype == np.float32 else (pixels.clip(0, 1) * np.iinfo(dtype).max).astype(dtype)


def rendered(by: str, pixels: np.ndarray, look: Look, monkeypatch: pytest.MonkeyPatch, **options) -> np.ndarray:
    with monkeypatch.context() as patch:
        patch.setattr(strips, "is_kernel_worth_it", lambda _num_pixels: by == "kernel")
        return restyle_photo(Photo(pixels=pixels), look, **options).pixels


@pytest.mark.parametrize("name", TEXTURES)
@pytest.mark.parametrize("size", SIZES)
def test_it_agrees_with_numpy(name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch):
    pixels, look = photo_of(*size, np.float32), look_with(TEXTURES[name])
    compiled, expected = (rendered(by, pixels, look, monkeypatch, regions=half_maps()) for by in ("kernel", "numpy"))
    np.testing.assert_allclose(compiled, expected, atol=1e-3)
    assert np.abs(compiled - expected).mean() < 1e-4


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tables", [(), ("ground",), ("skin",), ("ground", "skin")])
def test_tables_for_regions_agree_with_numpy(dtype: type, tables: tuple[str, ...], monkeypatch: pytest.MonkeyPatch):
    pixels = photo_of(120, 160, dtype)
    mask = np.random.default_rng(1).random((120, 160), np.float32).round(1)
    look = look_with(None, **{name: random_look(number, 0.1).table for number, name in enumerate(tables)})
    options = {"strength": 0.8, "mask": mask, "regions": half_maps()}
    compiled, expected = (rendered(by, pixels, look, monkeypatch, **options) for by in ("kernel", "numpy"))
    scale = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    difference = np.abs(compiled.astype(np.float64) - expected) / scale
    assert difference.max() <= max(1e-5, 1.01 / scale if dtype != np.float32 else 0)
    assert (difference > 1e-5).mean() < 0.02
    np.testing.assert_array_equal(compiled[mask == 0], pixels[mask == 0])


@pytest.mark.parametrize(("points", "curve_points"), [(33, 0), (9, 20)])
def test_tables_of_any_size_and_curves_agree_with_numpy(
    points: int, curve_points: int, monkeypatch: pytest.MonkeyPatch
):
    pixels = photo_of(50, 90, np.float32)
    look = random_look(3, 0.05, points=points, curve_points=curve_points)
    for looked in (replace(look, ground=-look.table, skin=look.table / 2), replace(look, texture=TEXTURES["one band"])):
        compiled, expected = (
            rendered(by, pixels, looked, monkeypatch, regions=half_maps()) for by in ("kernel", "numpy")
        )
        np.testing.assert_allclose(compiled, expected, atol=1e-3)
        assert np.abs(compiled - expected).mean() < 1e-4


@pytest.mark.parametrize("dtype", DTYPES)
def test_strips_and_tiles_do_not_show(dtype: type, monkeypatch: pytest.MonkeyPatch):
    pixels = photo_of(150, 1300, dtype)  # more columns than a tile has
    look = look_with(TEXTURES["all"], ground=random_look(1, 0.1).table, skin=random_look(2, 0.1).table)
    whole = rendered("kernel", pixels, look, monkeypatch, regions=half_maps())
    monkeypatch.setattr(strips, "_MOST_ROWS", 11)
    monkeypatch.setattr(strips, "_LEAST_ROWS", 11)
    np.testing.assert_array_equal(rendered("kernel", pixels, look, monkeypatch, regions=half_maps()), whole)


def test_pixels_that_are_not_contiguous_are_read_and_none_is_changed(monkeypatch: pytest.MonkeyPatch):
    pixels = photo_of(60, 80, np.uint8)
    look = look_with(TEXTURES["all"])
    expected = rendered("kernel", pixels, look, monkeypatch)
    reversed_twice = np.ascontiguousarray(pixels[:, ::-1])[:, ::-1]
    before = reversed_twice.copy()
    np.testing.assert_array_equal(rendered("kernel", reversed_twice, look, monkeypatch), expected)
    np.testing.assert_array_equal(reversed_twice, before)


def test_strength_and_mask_are_those_of_numpy(monkeypatch: pytest.MonkeyPatch):
    pixels = photo_of(90, 110, np.float32)
    mask = np.random.default_rng(1).random((90, 110), np.float32).round(1)
    options = {"strength": 1.3, "mask": mask}
    look = look_with(TEXTURES["all"])
    compiled, expected = (rendered(by, pixels, look, monkeypatch, **options) for by in ("kernel", "numpy"))
    np.testing.assert_allclose(compiled, expected, atol=1e-3)
    np.testing.assert_array_equal(compiled[mask == 0], pixels[mask == 0])


@pytest.mark.parametrize("size", [(60, 80), (5, 1400), (1, 1)])
@pytest.mark.parametrize("window", [1, 4, 8])
def test_a_small_copy_is_fitted_as_numpy_does(size: tuple[int, int], window: int):
    copy = photo_of(*size, np.float32)
    np.testing.assert_allclose(texture_cpu.fit_copy(copy, window), fit_copy(copy, window), atol=2e-4)


def test_compiled_functions_have_names_of_their_own():
    """Of two functions of one name, numba may link the wrong one into a kernel that it reads from its cache."""
    modules = (render_kernel, texture_kernel, texture_rows, texture_runs, texture_stages)
    functions = {value.py_func for module in modules for value in vars(module).values() if hasattr(value, "py_func")}
    names = [function.__name__ for function in functions]
    assert len(names) >= 50
    assert sorted(set(names)) == sorted(names)


def test_the_kernels_share_their_cache_with_other_processes():
    for kernel in (texture_kernel.texture_strip, texture_kernel.fit_small):
        assert isinstance(kernel._cache, LockedCache)  # pyright: ignore[reportFunctionMemberAccess]


def test_kernels_that_were_loaded_are_known_to_be_compiled(tmp_path):
    texture_cpu.load_kernels()
    assert texture_cpu.has_compiled_kernels()
    never_run = render_kernel.compiled(lambda: 0)
    assert not render_kernel.is_in_cache(never_run)


def test_a_change_of_any_source_gives_the_kernel_another_key(tmp_path, monkeypatch: pytest.MonkeyPatch):
    key = texture_kernel.texture_key("name")
    assert key != texture_kernel.texture_key("other")
    for module in (render_kernel, texture_rows, texture_runs, texture_stages):
        with monkeypatch.context() as patch:
            changed = tmp_path / "changed.py"
            changed.write_bytes(b"# " + module.__name__.encode())
            patch.setattr(module, "__file__", str(changed))
            assert texture_kernel.texture_key("name") != key


def test_a_view_of_pixels_with_alpha_renders_as_the_pixels_do():
    photo = scene(1, height=700, width=90)
    looked = replace(random_look(2), texture=Texture(Detail.of(skin=(0.7,) * 4, other=(1.3,) * 4)))
    wide = np.dstack([photo, photo[..., :1]])
    found = restyle_photo(Photo(wide[..., :3]), looked)
    np.testing.assert_array_equal(found.pixels, restyle_photo(Photo(photo), looked).pixels)


def test_without_regions_all_is_subject():
    look = random_look(3)
    apart = replace(look, ground=-look.table, texture=Texture(grain=Grain(np.full(5, 0.02, np.float32), 1 / 500)))
    photo = Photo(scene(2, height=64, width=48))
    np.testing.assert_array_equal(
        restyle_photo(photo, apart).pixels, restyle_photo(photo, replace(apart, ground=None)).pixels
    )
