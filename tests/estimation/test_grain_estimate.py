"""Grain read off finished photos: what was put there is found, and nothing where nothing is."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from portrait_atelier.core.color.srgb import luma_of
from portrait_atelier.core.estimation.grain_estimate import GrainSample, grain_of, sample_grain
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import Grain, Texture
from portrait_atelier.core.learning.look.texture import learn_texture
from portrait_atelier.core.learning.request import TrainingNote, TrainRequest
from portrait_atelier.core.learning.service import train_style
from portrait_atelier.core.photos.folder import read_photo_folder
from scenes import save

STRENGTH = np.array([0.012, 0.02, 0.03, 0.022, 0.012], np.float32)


def photo_of(seed: int, width: int = 900) -> np.ndarray:
    """(600, width, 3) float32: soft surfaces of all tones with edges between them, and fine texture on some of them."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0.03, 0.97, (4, 6, 3)).astype(np.float32)
    picture = cv2.resize(coarse, (width, 600), interpolation=cv2.INTER_CUBIC).clip(0.02, 0.98)
    for _ in range(6):
        center = (int(rng.integers(0, width)), int(rng.integers(0, 600)))
        color = [float(value) for value in rng.uniform(0.05, 0.95, 3)]
        cv2.circle(picture, center, int(rng.integers(30, 110)), color, -1, cv2.LINE_AA)
    hair = rng.normal(0, 0.06, (600, width, 1)).astype(np.float32)
    hair[:, width // 4 :] *= 0.02  # elsewhere what a camera leaves
    return (picture + cv2.GaussianBlur(hair, (0, 0), 1.2)[..., None]).clip(0, 1)


def grainy(seed: int, grain: Grain | None, width: int = 900) -> np.ndarray:
    photo = Photo(pixels=(photo_of(seed, width) * 255).round().astype(np.uint8))
    if grain is not None:
        photo = restyle_photo(photo, replace(Look.identity(), texture=Texture(grain=grain, seed=seed)))
    return photo.pixels


def sample(pixels: np.ndarray, quality: int = 95) -> GrainSample:
    """As if the photo were a JPEG."""
    data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    found = sample_grain(luma_of(decoded.astype(np.float32) / 255)[..., 0])
    assert found is not None
    return found


@pytest.mark.parametrize(("size", "roughness"), [(1 / 900, 0.0), (1 / 500, 0.0), (1 / 700, 0.4)])
def test_strength_and_size_are_found(size, roughness):
    wanted = Grain(STRENGTH, size, roughness)
    found = grain_of([sample(grainy(seed, wanted)) for seed in range(6)])
    assert found is not None
    np.testing.assert_allclose(found.strength[1:4], STRENGTH[1:4], rtol=0.25)
    np.testing.assert_allclose(found.strength[[0, 4]], STRENGTH[[0, 4]], rtol=0.5)  # few patches are so dark, or bright
    assert found.size == pytest.approx(size, rel=0.3)


def test_photos_without_grain_have_none():
    for quality in (98, 90, 70):
        assert grain_of([sample(grainy(seed, None), quality) for seed in range(6)]) is None
    assert grain_of([]) is None
    assert sample_grain(np.zeros((720, 720), np.float32)) is None  # nothing but black


def test_most_photos_must_have_it():
    with_grain = [sample(grainy(seed, Grain(STRENGTH, 1 / 600))) for seed in range(2)]
    without = [sample(grainy(seed, None)) for seed in range(2, 4)]
    assert grain_of(with_grain) is not None
    assert grain_of(with_grain + without) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(4):
        save(grainy(seed, Grain(STRENGTH, 1 / 600)).astype(np.float32) / 255, tmp_path / "film" / f"{seed}.png")
    return tmp_path / "film"


def test_a_learnt_style_has_the_grain_of_its_photos_and_gives_it_on(folder: Path, tmp_path: Path):
    told = []
    style = train_style(TrainRequest("film", folder, instant=True), told.append).style
    assert style is not None
    assert style.texture is not None
    assert style.texture.grain is not None
    np.testing.assert_allclose(style.texture.grain.strength, STRENGTH, rtol=0.3, atol=0.002)
    found = [str(event.text) for event in told if isinstance(event, TrainingNote) and event.is_found]
    assert "found in the photos: coarse grain" in found
    for seed in range(4):
        save(photo_of(seed + 20), tmp_path / "digital" / f"{seed}.png")
    plain = train_style(TrainRequest("digital", tmp_path / "digital", instant=True)).style
    assert plain is not None
    assert plain.texture is None


def test_small_photos_and_those_that_have_gone_say_nothing(folder: Path, tmp_path: Path):
    for seed in range(4):
        save(photo_of(seed, 600)[:400], tmp_path / "small" / f"{seed}.png")
    assert learn_texture(read_photo_folder(tmp_path / "small"), Look.identity()).texture is None
    read = read_photo_folder(folder)
    for path in folder.iterdir():
        path.unlink()
    assert learn_texture(read, Look.identity()).texture is None


def test_it_can_be_cancelled(folder: Path):
    def cancel() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn_texture(read_photo_folder(folder), Look.identity(), check_cancelled=cancel)
