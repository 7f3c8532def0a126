"""ONNX graphs of looks: the same as the look, by another program."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.styles.library import list_styles
from portrait_atelier.core.styles.onnx_export import look_graph, onnx_difference, write_onnx
from portrait_atelier.core.styles.style_file import load_style
from rendering import defined, random_look, random_photo

STEP = 1 / 255


@pytest.fixture
def onnxruntime():
    pytest.importorskip("onnx", reason="onnx is not installed")
    return pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


def _run(onnxruntime, look: Look, photos: np.ndarray) -> np.ndarray:
    payload = look_graph(look, "test").SerializeToString()
    session = onnxruntime.InferenceSession(payload, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"photo": photos.transpose(0, 3, 1, 2)})
    return found.transpose(0, 2, 3, 1)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (61, 33)])
@pytest.mark.parametrize(
    "parts", [{}, {"grid": False}, {"points": 33, "grid": False}, {"points": 5, "curve_points": 6}]
)
def test_it_gives_what_the_definition_says(onnxruntime, size: tuple[int, int], parts: dict):
    look = random_look(1, 0.05, **parts)
    photos = np.stack([random_photo(*size, seed=seed).clip(0, 1) for seed in range(2)])
    expected = np.stack([defined(photo, look).clip(0, 1) for photo in photos])
    np.testing.assert_allclose(_run(onnxruntime, look, photos), expected, atol=1e-5)


def test_what_lies_outside_of_the_colors_is_clamped(onnxruntime):
    photos = np.float32([[[[-1, 0.5, 2]], [[0, 0.5, 1]]]])
    found = _run(onnxruntime, random_look(1, 0.05, grid=False), photos)
    np.testing.assert_array_equal(found[0, 0], found[0, 1])


def test_every_ready_style_is_within_two_steps(onnxruntime, tmp_path: Path):
    styles = [load_style(entry.path) for entry in list_styles() if entry.origin == "bundled"]
    looks = [style.look for style in styles if style.look is not None]
    assert len(looks) > 3
    for look in looks:
        write_onnx(look, tmp_path / "look.onnx", title="look", overwrite=True)
        difference = onnx_difference(look, tmp_path / "look.onnx")
        assert difference is not None
        assert difference <= 2 * STEP


def test_regions_and_texture_are_left_out(onnxruntime):
    look = random_look(1, 0.05)
    photos = random_photo(20, 30)[None].clip(0, 1)
    apart = replace(look, ground=-look.table, skin=look.table / 2)
    np.testing.assert_array_equal(_run(onnxruntime, apart, photos), _run(onnxruntime, look, photos))


def test_the_command_line_writes_and_checks_it(onnxruntime, atelier, tmp_path: Path):
    code, out, _ = atelier("export", "cool-cinema", "-o", "cinema.onnx")
    assert code == 0
    assert "ONNX, opset 17, the same as the look by onnxruntime to 0.0" in out
    assert "what depends on the place" not in out  # which it holds
    assert "texture (faint bloom, halation, fine grain): " in out
    assert onnxruntime.InferenceSession(str(tmp_path / "cinema.onnx")).get_modelmeta().custom_metadata_map == {
        "style": "cool-cinema"
    }
    code, _, err = atelier("export", "cool-cinema", "-o", "cinema.onnx")
    assert (code, "--overwrite" in err) == (1, True)
    assert atelier("export", "copper-engraving", "-o", "engraving.onnx")[0] == 1


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(AtelierError, match="package onnx is missing.* install .*onnx"):
        write_onnx(Look.identity(), tmp_path / "a.onnx", title="a")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert onnx_difference(Look.identity(), tmp_path / "a.onnx") is None
