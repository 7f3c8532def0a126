"""Portraits that nobody sat for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.errors import AtelierError, LearningError
from portrait_atelier.core.learning.portrait_statistics import NUM_AXES, fit_portraits, main
from portrait_atelier.core.styles import portraits as module
from portrait_atelier.core.styles.portraits import (
    PORTRAITS_FILE,
    SIDE,
    PortraitStatistics,
    load_portraits,
    square_pixels,
)
from safetensors.numpy import load

PIXELS = SIDE * SIDE * 3
SUBJECT = np.linspace(0, 1, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)


def _alike(count: int, color: tuple[float, float, float], seed: int = 0) -> np.ndarray:
    """(count, 32, 32, 3): soft portraits before walls of nearly one color."""
    rng = np.random.default_rng(seed)
    shade = rng.normal(0, 0.03, (count, 1, 1, 3)) + rng.normal(0, 0.02, (count, SIDE, SIDE, 1))
    return (np.array(color) + shade).clip(0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def fitted() -> PortraitStatistics:
    """Of sixty portraits before blue walls and sixty before red ones, two kinds."""
    return fit_portraits([_alike(60, (0.3, 0.4, 0.7)), _alike(60, (0.7, 0.4, 0.3), seed=1)], SUBJECT)


def _two_clusters() -> PortraitStatistics:
    """Made by hand: gray on the whole, the clusters a step of 8 down and up the one axis."""
    axes = np.full((1, PIXELS), PIXELS**-0.5, np.float32)
    centers, spreads = np.array([[-8.0], [8]], np.float32), np.zeros((2, 1), np.float32)
    mean, weights = np.full(PIXELS, 0.5, np.float32), np.array([0.25, 0.75], np.float32)
    return PortraitStatistics(mean, axes, centers, spreads, weights, SUBJECT)


def test_the_same_seed_draws_the_same(fitted: PortraitStatistics):
    first, second, other = (fitted.draw(np.random.default_rng(seed), 5) for seed in (0, 0, 1))
    assert (first == second).all()
    assert (first != other).any()
    assert first.shape == (5, SIDE, SIDE, 3)
    assert first.dtype == np.float32


def test_colors_stay_in_their_range():
    wild = replace(_two_clusters(), spreads=np.full((2, 1), 200, np.float32))
    drawn = wild.draw(np.random.default_rng(0), 30)
    assert (drawn.min(), drawn.max()) == (0, 1)


def test_clusters_are_drawn_by_their_weights_and_by_those_given():
    light = 0.5 + 8 * PIXELS**-0.5
    drawn = _two_clusters().draw(np.random.default_rng(0), 400)
    np.testing.assert_allclose(np.unique(drawn), [1 - light, light], atol=1e-6)
    assert (drawn[:, 0, 0, 0] > 0.5).mean() == pytest.approx(0.75, abs=0.06)
    only = _two_clusters().draw(np.random.default_rng(0), 20, np.array([2.0, 0]))
    np.testing.assert_allclose(only, 1 - light, atol=1e-6)


def test_likeness_prefers_the_cluster_that_photos_come_from():
    portraits = _two_clusters()
    assert portraits.likeness(portraits.draw(np.random.default_rng(0), 9, np.array([1.0, 0]))) == pytest.approx([1, 0])
    half = portraits.draw(np.random.default_rng(0), 1, np.array([1.0, 0]))
    half = np.concatenate([half, portraits.draw(np.random.default_rng(0), 1, np.array([0.0, 1]))])
    assert portraits.likeness(half) == pytest.approx([0.5, 0.5])
    # Halfway between both, the likeness is the share of portraits.
    assert portraits.likeness(np.full((1, SIDE, SIDE, 3), 0.5, np.float32)) == pytest.approx([0.25, 0.75], abs=1e-4)


def test_likeness_of_fitted_portraits(fitted: PortraitStatistics):
    blue = fitted.likeness(_alike(10, (0.3, 0.4, 0.7), seed=7))
    assert blue.sum() == pytest.approx(1)
    drawn = fitted.draw(np.random.default_rng(0), 50, blue).mean((0, 1, 2))
    np.testing.assert_allclose(drawn, [0.3, 0.4, 0.7], atol=0.03)


def test_drawn_portraits_are_as_the_measured_ones_are(fitted: PortraitStatistics):
    drawn = fitted.draw(np.random.default_rng(0), 400)
    np.testing.assert_allclose(drawn.mean((0, 1, 2)), [0.5, 0.4, 0.5], atol=0.03)
    np.testing.assert_allclose(drawn.std((0, 1, 2))[0], 0.2, atol=0.03)


def test_kinds_count_the_same_and_small_clusters_are_dropped():
    many, few = _alike(120, (0.2, 0.3, 0.8)), _alike(20, (0.8, 0.5, 0.2))
    both = fit_portraits([many, few], SUBJECT)
    assert both.weights.sum() == pytest.approx(1, abs=1e-6)
    assert both.likeness(few)[both.weights > 0.4].sum() == pytest.approx(1, abs=1e-3)  # all of the second kind
    lone = fit_portraits([np.concatenate([many[:60], _alike(3, (0.95, 0.95, 0.05))])], SUBJECT)
    drawn = lone.draw(np.random.default_rng(0), 300)
    assert (drawn.mean((1, 2))[:, 2] > 0.5).all()  # nobody before a yellow wall
    assert lone.weights.sum() == pytest.approx(1, abs=1e-6)


def test_the_mean_portrait_is_that_of_the_clusters():
    portraits, step = _two_clusters(), 8 * PIXELS**-0.5
    np.testing.assert_allclose(portraits.mean_of(), 0.5 + (0.75 - 0.25) * step, atol=1e-6)
    np.testing.assert_allclose(portraits.mean_of(np.array([3.0, 0])), 0.5 - step, atol=1e-6)


def test_axes_are_of_length_one_and_few(fitted: PortraitStatistics):
    assert len(fitted.axes) == NUM_AXES
    np.testing.assert_allclose(fitted.axes @ fitted.axes.T, np.eye(NUM_AXES), atol=1e-4)


def test_it_comes_back_in_half_precision(fitted: PortraitStatistics):
    tensors = fitted.tensors()
    assert {value.dtype for value in tensors.values()} == {np.dtype(np.float16)}
    again = PortraitStatistics.from_tensors(tensors)
    first, second = (portraits.draw(np.random.default_rng(0), 20) for portraits in (fitted, again))
    np.testing.assert_allclose(first, second, atol=5e-3)
    np.testing.assert_allclose(again.subject, SUBJECT, atol=1e-3)


def test_wrong_arrays_are_refused(fitted: PortraitStatistics):
    tensors = fitted.tensors()
    with pytest.raises(ValueError, match="arrays must be mean, axes, centers, spreads, weights, subject, got axes"):
        PortraitStatistics.from_tensors({"axes": tensors["axes"]})
    with pytest.raises(ValueError, match="arrays do not fit each other"):
        PortraitStatistics.from_tensors({**tensors, "mean": tensors["mean"][1:]})
    with pytest.raises(ValueError, match="arrays do not fit each other"):
        PortraitStatistics.from_tensors({**tensors, "subject": tensors["subject"][1:]})


def test_too_few_portraits_are_refused():
    with pytest.raises(LearningError, match=r"folder 2: 11 portraits are too few to measure \(at least 12\); add"):
        fit_portraits([_alike(20, (0.5, 0.5, 0.5)), _alike(11, (0.5, 0.5, 0.5))], SUBJECT)


def test_a_missing_or_damaged_file_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PORTRAITS_FILE", tmp_path / "p.safetensors")
    for payload in (None, b"\x80\x04pickle"):
        if payload:
            (tmp_path / "p.safetensors").write_bytes(payload)
        with pytest.raises(AtelierError, match=r"p\.safetensors: cannot be read .*reinstall portrait-atelier"):
            load_portraits.__wrapped__()


def test_folders_are_measured_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture):
    folder, masks, output = tmp_path / "photos", tmp_path / "masks", tmp_path / "out.safetensors"
    folder.mkdir()
    masks.mkdir()
    for number, photo in enumerate(_alike(13, (0.3, 0.5, 0.6))):
        Image.fromarray((photo * 255).astype(np.uint8)).resize((50, 40)).save(folder / f"{number:02}.png")
    rest = ["--masks", str(masks), "-o", str(output)]
    assert main([str(folder), *rest]) == 1
    assert "masks: no mask of a photo in" in capsys.readouterr().err
    for number, shade in ((0, 0), (1, 255)):  # of two of them, one nowhere and one everywhere
        Image.new("L", (48, 48), shade).save(masks / f"{number:02}.png")
    assert main([str(folder), *rest]) == 0
    assert output.stat().st_size < 200_000
    np.testing.assert_allclose(load(output.read_bytes())["subject"], 0.5)
    assert main([f"{folder}:5", *rest]) == 1
    assert "folder 1: 5 portraits are too few" in capsys.readouterr().err
    assert main([str(folder), str(folder), *rest]) == 1
    assert "2 folders and 1 folder of masks; name one of masks for each" in capsys.readouterr().err


def test_photos_are_squeezed_whole():
    photo = np.zeros((64, 96, 3), np.float32)
    photo[:, :48] = 1
    square = square_pixels(photo)
    assert square.shape == (SIDE, SIDE, 3)
    assert square[:, :16].min() == 1
    assert square[:, 16:].max() == 0


def test_the_shipped_portraits_are_soft_and_small():
    assert PORTRAITS_FILE.stat().st_size < 1_000_000
    portraits = load_portraits()
    assert portraits.weights.sum() == pytest.approx(1, abs=5e-3)
    drawn = portraits.draw(np.random.default_rng(0), 200)
    mean = drawn.mean((0, 1, 2))
    assert 0.2 < mean.min() <= mean.max() < 0.8
    middle = drawn[:, 10:18, 12:20].mean((0, 1, 2))
    assert middle[0] > middle[1] > middle[2]  # skin
