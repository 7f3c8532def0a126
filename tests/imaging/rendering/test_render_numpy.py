"""What the renderer of small photos promises beyond the definition, and when it is used."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering import render as render_module
from portrait_atelier.core.imaging.rendering import render_numpy
from portrait_atelier.core.imaging.rendering.look import Window
from portrait_atelier.core.imaging.rendering.render import KERNEL_PIXELS, render, render_with_kernel
from portrait_atelier.core.imaging.rendering.render_numpy import render_with_numpy
from rendering import DTYPES, random_look, random_photo, use_back_end


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("grid", [False, True])
def test_tiles_equal_the_whole_bit_for_bit(dtype: type, grid: bool, monkeypatch: pytest.MonkeyPatch):
    use_back_end("numpy", monkeypatch)
    pixels, look = random_photo(90, 333, dtype), random_look(grid=grid)
    mask = np.random.default_rng(2).random((90, 333), np.float32)
    whole = render(pixels, look, mask=mask)
    monkeypatch.setattr(render_numpy, "BLOCK_PIXELS", 100)  # fewer than a row has
    assert np.array_equal(render(pixels, look, mask=mask), whole)
    tiles = np.zeros_like(pixels)
    for rows in (slice(0, 17), slice(17, 90)):
        for columns in (slice(0, 1), slice(1, 66), slice(66, 203), slice(203, 333)):
            window = Window(rows.start, columns.start, 90, 333)
            tiles[rows, columns] = render(pixels[rows, columns], look, mask=mask[rows, columns], window=window)
    assert np.array_equal(tiles, whole)


def _chosen(window: Window, monkeypatch: pytest.MonkeyPatch, *, loaded: str = "", done: int = 0) -> object:
    with monkeypatch.context() as patched:
        patched.setattr(render_module._done, "num_pixels", done)
        for name in {"numba", "torch"} - {loaded}:
            patched.delitem(sys.modules, name, raising=False)
        return render_module._cpu_renderer(window)


def test_small_photos_do_without_the_kernel_until_numba_or_torch_is_loaded(monkeypatch: pytest.MonkeyPatch):
    import numba  # noqa: F401 - so that it is there to be loaded

    small, large = Window.whole(512, 512), Window.whole(4000, 6000)
    assert _chosen(small, monkeypatch) is render_with_numpy
    assert _chosen(large, monkeypatch) is render_with_kernel
    assert _chosen(small, monkeypatch, loaded="numba") is render_with_kernel
    assert _chosen(small, monkeypatch, loaded="torch") is render_with_kernel


def test_a_process_that_has_rendered_much_loads_the_kernel(monkeypatch: pytest.MonkeyPatch):
    assert _chosen(Window.whole(512, 512), monkeypatch, done=KERNEL_PIXELS - 512 * 512 - 1) is render_with_numpy
    assert _chosen(Window.whole(512, 512), monkeypatch, done=KERNEL_PIXELS) is render_with_kernel


def test_a_photo_counts_once_with_its_last_tile(monkeypatch: pytest.MonkeyPatch):
    done = render_module._Done()
    monkeypatch.setattr(render_module, "_done", done)
    pixels = random_photo(40, 30)
    for top, left in ((0, 0), (0, 10), (20, 0)):
        render(pixels[top : top + 20, left : left + 20], random_look(), window=Window(top, left, 40, 30))
        assert done.num_pixels == 0
    render(pixels[20:, 10:], random_look(), window=Window(20, 10, 40, 30))
    assert done.num_pixels == 1200


def test_all_tiles_of_a_photo_come_from_one_renderer(monkeypatch: pytest.MonkeyPatch):
    assert KERNEL_PIXELS > 10 * 6000
    assert _chosen(Window(3990, 0, 4000, 6000), monkeypatch) is render_with_kernel


def test_without_numba_numpy_renders(without_numba: None):
    assert render_module._cpu_renderer(Window.whole(4000, 6000)) is render_with_numpy


@pytest.fixture
def without_numba(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("render_cpu", "render_kernel"):
        monkeypatch.setitem(sys.modules, f"portrait_atelier.core.imaging.rendering.{name}", None)
    render_module.has_kernel.cache_clear()
    yield
    render_module.has_kernel.cache_clear()


def test_light_is_the_same_with_torch_and_without(monkeypatch: pytest.MonkeyPatch):
    pixels, look = random_photo(40, 300), random_look()
    use_back_end("numpy", monkeypatch)
    with_torch = render(pixels, look)
    monkeypatch.delitem(sys.modules, "torch")
    np.testing.assert_allclose(render(pixels, look), with_torch, atol=3e-6)


def test_the_kernel_is_loaded_beside_only_where_it_is_worth_it(monkeypatch: pytest.MonkeyPatch):
    loaded: list[bool] = []  # with texture or without
    monkeypatch.setattr(render_module, "_load_kernel", lambda texture, depth: loaded.append(texture))
    monkeypatch.setattr(render_module, "_done", render_module._Done())  # as if nothing had been rendered yet
    with monkeypatch.context() as patched:
        for name in ("numba", "torch"):
            patched.delitem(sys.modules, name, raising=False)
        render_module.load_kernel_beside(100)
        render_module.load_kernel_beside(KERNEL_PIXELS)
        render_module.load_kernel_beside(KERNEL_PIXELS, texture=True)
    for thread in threading.enumerate():
        if thread.name == "kernel":
            thread.join()
    assert sorted(loaded) == [False, True]
    monkeypatch.undo()
    render_module._load_kernel(False, np.uint8)
