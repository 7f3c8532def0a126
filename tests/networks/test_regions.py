"""The regions of a portrait as the shipped network tells them, without torch."""

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from portrait_atelier.core.errors import WeightsError
from portrait_atelier.core.networks import regions
from portrait_atelier.core.networks.region_net import ExportedRegions, RegionNet
from portrait_atelier.core.networks.regions import INPUT_SIZE, MAP_SIZE, REGIONS, predict_regions
from region_material import drawn_portrait
from skimage.data import astronaut

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """The astronaut's head and shoulders."""
    return astronaut()[:330, 60:390].astype(np.float32) / 255


def test_maps_are_soft_and_of_one_size(portrait: np.ndarray):
    for pixels in (portrait, portrait[:, :160], drawn_portrait(40)[0]):
        maps = predict_regions(pixels)
        assert maps.shape == (len(REGIONS), MAP_SIZE, MAP_SIZE)
        assert maps.dtype == np.float32
        assert maps.min() >= 0
        assert maps.max() <= 1


def _at(maps: np.ndarray, row: float, column: float) -> dict[str, float]:
    return {name: float(maps[index, int(row * MAP_SIZE), int(column * MAP_SIZE)]) for index, name in enumerate(REGIONS)}


@pytest.mark.parametrize("gray", [False, True], ids=["color", "black-and-white"])
def test_the_astronaut_is_told_from_what_is_behind_her(portrait: np.ndarray, gray: bool):
    maps = predict_regions(np.repeat(portrait.mean(2, keepdims=True), 3, 2) if gray else portrait)
    cheek, suit = _at(maps, 0.42, 0.5), _at(maps, 0.95, 0.5)
    assert min(cheek["subject"], cheek["face"], cheek["skin"]) > 0.6
    assert max(cheek["cloth"], cheek["hair"]) < 0.4
    assert min(suit["subject"], suit["cloth"]) > 0.6
    assert max(suit["face"], suit["hair"]) < 0.4


def test_a_mirrored_photo_has_mirrored_maps(portrait: np.ndarray):
    mirrored = predict_regions(np.ascontiguousarray(portrait[:, ::-1]))[..., ::-1]
    assert np.abs(predict_regions(portrait) - mirrored).mean() < 0.06


def test_threads_get_what_one_alone_gets(portrait: np.ndarray):
    photos = [portrait, portrait[:, ::-1], portrait[40:], portrait[:, 40:]] * 3
    alone = [predict_regions(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(predict_regions, photos), strict=True):
            np.testing.assert_array_equal(one, other)


def test_pixels_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(H, W, 3\)"):
        predict_regions(np.zeros((8, 8), np.float32))


@pytest.mark.parametrize(("content", "words"), [(None, "does not exist"), (b"not a network", "cannot be read")])
def test_a_broken_installation_is_named(tmp_path, monkeypatch, content: bytes | None, words: str):
    monkeypatch.setattr(regions, "weights_folder", lambda: tmp_path)
    if content is not None:
        (tmp_path / "regions.onnx").write_bytes(content)
    with pytest.raises(WeightsError, match=words):
        predict_regions(np.zeros((8, 8, 3), np.float32))


def test_telling_regions_imports_no_torch():
    code = (
        "import sys, numpy; from portrait_atelier.core.networks.regions import predict_regions; "
        "predict_regions(numpy.zeros((8, 8, 3), 'f4')); "
        "print(sorted({'torch', 'numba', 'skimage'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT.parent, check=False)
    if "No module named 'portrait_atelier'" in result.stderr:
        pytest.skip("the package is not installed")
    assert result.stdout.strip() == "[]", result.stderr


def test_an_export_says_what_its_network_says(tmp_path):
    pytest.importorskip("onnx")
    spec = importlib.util.spec_from_file_location("make_regions", ROOT / "weights" / "make_regions.py")
    assert spec is not None
    assert spec.loader is not None
    make_regions = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_regions)
    torch.manual_seed(0)
    network = RegionNet((8, 8, 8, 8, 8))
    network(torch.rand(4, 3, 64, 64))  # moves the batch norms away from where they start
    make_regions.export(network, tmp_path / "r.onnx")
    photos = torch.rand(1, 3, INPUT_SIZE, INPUT_SIZE)
    with torch.no_grad():
        expected = ExportedRegions(network).eval()(photos).numpy()
    exported = cv2.dnn.readNetFromONNX(str(tmp_path / "r.onnx"))
    exported.setInput(photos.numpy())
    np.testing.assert_allclose(exported.forward(), expected, atol=1e-4)
