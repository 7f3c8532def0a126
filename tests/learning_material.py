"""Training data for tests: a few synthetic people, and fast settings."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from people_material import photos_of_people
from portrait_atelier.core.estimation.color_set import ColorSet, sample_colors
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.look.photos import TrainingPhotos
from portrait_atelier.core.learning.look.settings import LookTrainSettings
from portrait_atelier.core.learning.pixel.settings import PixelTrainSettings
from scenes import portrait, save

CAST = np.array([0.95, 0.8, 0.5], np.float32)
QUICK = LookTrainSettings(
    num_steps=2, batch_size=2, validate_every=1, rank=2, num_people=6, clear_below=0.0, enough_below=0.0
)


def quick(**changes) -> LookTrainSettings:
    """Settings of a fast run that is neither skipped nor ended early."""
    return replace(QUICK, **changes)


def save_finished(folder: Path, count: int = 8) -> Path:
    """Write finished photos, warm, into a folder."""
    for seed in range(count):
        save(portrait(seed) * CAST, folder / f"{seed}.png")
    return folder


def two_toned(pixels: np.ndarray) -> np.ndarray:
    """A tone curve that no closed form has: a steep step between two flat tones."""
    return (0.2 + 0.6 / (1 + np.exp(-20 * (pixels - 0.45)))).astype(np.float32)


def finished(count: int = 8) -> TrainingPhotos:
    """Photos of synthetic people with a warm, dark cast."""
    return TrainingPhotos(tuple(Proxy.opaque(photo.pixels * CAST) for photo in photos_of_people(count)))


def untouched(count: int = 4) -> TrainingPhotos:
    """Untouched photos of other people."""
    return TrainingPhotos(tuple(photos_of_people(count, first=100)))


@cache
def at_large(count: int = 12) -> ColorSet:
    """A few people at large."""
    found = sample_colors(photos_of_people(count, first=200))
    assert found.places is not None
    assert found.regions is not None
    return ColorSet(found.colors[:, :96], found.weights, found.places[:, :96], found.regions[:, :96])


def hasten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use few people at large."""
    monkeypatch.setattr("portrait_atelier.core.learning.look.material.load_people", at_large)


def quick_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make trainings use small batches and short validations by default."""
    rest = {"batch_size": 2, "validate_every": 1, "rank": 2, "num_people": 6, "clear_below": 0.0, "enough_below": 0.0}
    small = {"num_crops": 2, "crop_size": 32, "validate_every": 2}

    def look(**given: object) -> LookTrainSettings:
        return LookTrainSettings(**{**rest, **given})  # pyright: ignore[reportArgumentType]

    def painting(**given: object) -> PixelTrainSettings:
        return PixelTrainSettings(**{**small, **given})  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr("portrait_atelier.core.learning.request.LookTrainSettings", look)
    monkeypatch.setattr("portrait_atelier.core.learning.request.PixelTrainSettings", painting)
    monkeypatch.setattr("portrait_atelier.core.learning.pixel.training._NUM_VALIDATION_CROPS", 4)
