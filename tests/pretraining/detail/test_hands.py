"""Hands that are known: the same seed is the same hand, and photos are those of its camera and file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.pretraining.detail.hands import _gains, _taken, simulate, through_jpeg
from skimage.data import astronaut


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder, photo = tmp_path_factory.mktemp("portraits"), astronaut()
    paths = [folder / f"{number:02d}.png" for number in range(3)]
    for number, path in enumerate(paths):
        Image.fromarray(photo[4 * number : 4 * number + 256, 60 + 5 * number : 316 + 5 * number]).save(path)
    return paths


def test_the_same_seed_is_the_same_hand(portraits):
    first, second = simulate(4, portraits, 2), simulate(4, portraits, 2)
    np.testing.assert_array_equal(first.features, second.features)
    np.testing.assert_array_equal(first.people, second.people)
    assert len(set(first.people)) == 2 == len(first.features)


def test_some_hands_leave_skin_alone_and_gains_keep_their_limits():
    gains = np.array([_gains(np.random.default_rng(seed)) for seed in range(200)])
    plain = (gains == 1).all(2).mean(0)
    assert 0.1 < plain[0] < 0.3 < plain[1] < 0.6
    assert gains.min() >= 0.5
    assert gains.max() <= 2
    assert np.log(gains[..., 3]).std() < np.log(gains[..., 0]).std()


def fineness(pixels: np.ndarray) -> float:
    return float(np.abs(np.diff(pixels.astype(np.float32).mean(-1), axis=1)).mean())


def test_cameras_differ():
    photo = astronaut()[:256, 100:356]
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(_taken(photo, "none", 1.0, rng), photo)
    fine = {kind: fineness(_taken(photo, kind, 0.8, rng)) for kind in ("lens", "sharp", "noise", "crop")}
    assert fine["lens"] < fine["crop"] < fineness(photo) < min(fine["sharp"], fine["noise"])


def test_color_is_kept_better_without_subsampling():
    photo = astronaut()[:256, 100:356]
    full, half = (through_jpeg(photo, 95, full_color=part).astype(float) for part in (True, False))
    assert full.shape == photo.shape
    assert np.abs(full - photo).mean() < np.abs(half - photo).mean()
