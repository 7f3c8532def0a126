"""What the compiled renderer promises beyond the definition."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering import render_cpu, render_kernel
from portrait_atelier.core.imaging.rendering.look import Window
from portrait_atelier.core.imaging.rendering.render import render
from portrait_atelier.core.imaging.rendering.render_kernel import LockedCache, kernel_key, render_strip
from rendering import DTYPES, random_look, random_photo


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("grid", [False, True])
def test_tiles_equal_the_whole_bit_for_bit(dtype: type, grid: bool, monkeypatch: pytest.MonkeyPatch):
    pixels, look = random_photo(90, 333, dtype), random_look(grid=grid)
    mask = np.random.default_rng(2).random((90, 333), np.float32)
    whole = render(pixels, look, mask=mask)
    monkeypatch.setattr(render_cpu, "STRIP_PIXELS", 700)
    assert np.array_equal(render(pixels, look, mask=mask), whole)
    tiles = np.zeros_like(pixels)
    for rows in (slice(0, 17), slice(17, 90)):
        for columns in (slice(0, 1), slice(1, 66), slice(66, 203), slice(203, 333)):
            window = Window(rows.start, columns.start, 90, 333)
            tiles[rows, columns] = render(pixels[rows, columns], look, mask=mask[rows, columns], window=window)
    assert np.array_equal(tiles, whole)


def test_threads_may_render_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(render_cpu, "STRIP_PIXELS", 1000)
    monkeypatch.setattr(render_cpu, "num_cores", lambda: 3)
    photos = [random_photo(120, 150, seed=seed) for seed in range(4)]
    expected = [render(photo, random_look()) for photo in photos]
    results: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        for _ in range(3):
            results[number] = render(photos[number], random_look())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(results[number], expected[number]) for number in range(4))


def test_a_checkout_with_two_names_keeps_its_kernels_apart():
    """numba's cache on disk imports the module a kernel was compiled in by its name, which may not be there."""
    assert kernel_key("portrait_atelier.core") != kernel_key("/custom_nodes/portrait_atelier.core")
    assert kernel_key("portrait_atelier.core") == kernel_key("portrait_atelier.core")


class _SlowCache:
    """A cache that counts its files before it writes one, as numba's does."""

    def __init__(self, folder: Path) -> None:
        self.cache_path = str(folder)

    def load_overload(self, _signature: str) -> None:
        return None

    def save_overload(self, signature: str) -> None:
        count = len(list(Path(self.cache_path).glob("*.kernel")))
        time.sleep(0.2)  # while another saves too
        (Path(self.cache_path) / f"{count}.kernel").write_text(signature)


def test_two_that_save_kernels_at_once_do_not_take_the_same_name(tmp_path: Path):
    savers = [threading.Thread(target=LockedCache(_SlowCache(tmp_path)).save_overload, args=(name,)) for name in "abc"]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    assert sorted(path.read_text() for path in tmp_path.glob("*.kernel")) == ["a", "b", "c"]


def test_the_kernel_shares_its_cache_with_other_processes():
    assert isinstance(render_strip._cache, LockedCache)  # pyright: ignore[reportFunctionMemberAccess]


def test_compiled_functions_have_names_of_their_own():
    """Of two functions of one name, numba may link the wrong one into a kernel that it reads from its cache."""
    functions = {value.py_func for value in vars(render_kernel).values() if hasattr(value, "py_func")}
    names = [function.__qualname__ for function in functions]
    assert len(names) >= 8
    assert len(set(names)) == len(names)
    assert [name for name in names if "<locals>" in name] == [render_strip.py_func.__qualname__]
