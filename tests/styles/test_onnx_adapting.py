"""A style that adapts, as an ONNX graph: for photos of any size it gives what `apply_style` gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.estimation.adapter import ADAPTED_LAYERS, StyleAdapter
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.onnx_adapting import adapting_graph
from portrait_atelier.core.styles.style import Style, blend_styles
from portrait_atelier.core.styles.style_file import load_style
from rendering import random_look
from scenes import portrait

pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
STEP = 1 / 255
Restyle = Callable[[np.ndarray], np.ndarray]


def by_graph(style: Style) -> Restyle:
    payload = adapting_graph(style, "a test").SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # threads that wait for each other are slow on a busy machine
    session = onnxruntime.InferenceSession(payload, options, providers=["CPUExecutionProvider"])

    def restyle(pixels: np.ndarray) -> np.ndarray:
        photo = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        return session.run(None, {"photo": photo})[0][0].transpose(1, 2, 0)

    return restyle


def expected(pixels: np.ndarray, style: Style) -> np.ndarray:
    return apply_style(Photo(pixels=pixels), style).pixels.clip(0, 1)


@pytest.fixture(scope="module")
def instant() -> Style:
    """The style of a few dark and cold photos."""
    proxies = [Proxy.opaque((portrait(seed) ** 1.4 * [0.8, 0.9, 1.0]).astype(np.float32)) for seed in range(4)]
    return style_from_proxies(proxies, "cold", settings={})


def trained(style: Style) -> Style:
    """The style with some change of the set network, as a training makes it."""
    model, rng = load_set_model(), np.random.default_rng(0)

    def drawn(name: str, part: str) -> np.ndarray:
        rows, columns = model.arrays[f"{name}.weight"].shape
        shape = {"up": (rows, 3), "down": (3, columns), "bias": (rows,)}[part]
        return rng.normal(0, 0.05, shape).astype(np.float32)

    parts = {part: {name: drawn(name, part) for name in ADAPTED_LAYERS} for part in ("up", "down", "bias")}
    return replace(style, kind="learnt", adapter=StyleAdapter(model.hash, **parts, delta_weight=0.7))


def documentary() -> Style:
    return load_style(find_style("documentary-1936").path)  # black-and-white; treats the ground a little apart


def photo_of(height: int, width: int) -> np.ndarray:
    import cv2

    return cv2.resize(portrait(9).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize("make", [trained, lambda style: documentary()], ids=["learnt", "documentary"])
def test_it_gives_what_apply_gives_for_photos_of_any_size(instant: Style, make: Callable[[Style], Style]):
    style = make(instant)
    restyle = by_graph(style)
    for size in ((1, 1), (2, 70), (144, 256), (300, 90), (280, 401)):  # shrunk, enlarged, both, for what is measured
        pixels = photo_of(*size)
        after = restyle(pixels)
        assert np.abs(after - expected(pixels, style)).max() < 0.1 * STEP, size
        assert size == (1, 1) or np.abs(after - pixels).max() > 10 * STEP  # it does something
    night = photo_of(200, 150) * np.float32(0.2)
    assert np.abs(restyle(night) - expected(night, style)).max() < 0.1 * STEP


def test_the_look_differs_from_photo_to_photo_as_that_of_apply(instant: Style):
    restyle, gray = by_graph(instant), np.full((40, 40, 3), 0.5, np.float32)
    bright, dark = photo_of(100, 120), photo_of(100, 120) * np.float32(0.3)
    looks = [restyle(photo)[:1, :1] - photo[:1, :1] for photo in (bright, dark, gray)]
    assert np.abs(looks[0] - looks[1]).max() > STEP
    np.testing.assert_allclose(restyle(gray), expected(gray, instant), atol=0.1 * STEP)  # nothing to see in it


def test_a_blend_adapts_as_its_parts_do(instant: Style):
    apart = Style("apart", "fixed", look=replace(random_look(3, 0.05), ground=random_look(4, 0.05).table))
    film = Style("film", "fixed", look=random_look(5, 0.05, points=5, curve_points=6, grid=False))
    pixels = photo_of(120, 200)
    style = blend_styles(
        blend_styles(instant, apart, 0.5, "two"), blend_styles(documentary(), film, 0.5, "more"), 0.4, "all"
    )
    assert np.abs(by_graph(style)(pixels) - expected(pixels, style)).max() < 0.1 * STEP


def test_the_command_line_exports_a_style_that_adapts_and_one_look_of_it(atelier, tmp_path: Path):
    code, out, _ = atelier("export", "documentary-1936", "-o", "adapting.onnx")
    assert code == 0
    assert "the same as the look by onnxruntime to 0.00 of 255, sRGB to sRGB, adapts to each photo" in out
    assert "differs from the style itself by mean dE00 0.00" in out
    Image.fromarray((photo_of(200, 160) * 255).astype(np.uint8)).save(tmp_path / "own.png")
    code, out, _ = atelier("export", "documentary-1936", "-o", "one.onnx", "--photo", "own.png")
    assert code == 0
    assert "adapted to" in out
    shapes = [
        onnxruntime.InferenceSession((tmp_path / name).read_bytes()).get_inputs()[0].shape
        for name in ("adapting.onnx", "one.onnx")
    ]
    assert shapes == [[1, 3, "height", "width"], ["photos", 3, "height", "width"]]
