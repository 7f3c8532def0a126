"""What the tests of learning learn from: made-up people, a small base model, few and short steps."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from generator_material import NUM_EVIDENCE, moved, photos_of_people, tiny_generator
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning import judging, prepared
from portrait_atelier.core.learning.learn_material import LearningPhotos, photos_of_proxies
from portrait_atelier.core.learning.learn_settings import LearnSettings
from portrait_atelier.core.learning.score import color_quantiles, distance_between
from portrait_atelier.core.networks.features import FeatureExtractor, load_features
from portrait_atelier.core.styles.base_model import BaseModel

CAST = np.array([0.95, 0.8, 0.5], np.float32)
QUICK = LearnSettings(
    num_steps=2,
    critic_warmup=1,
    critic_steps=1,
    batch_size=2,
    num_drawn=4,
    judge_every=1,
    rank=2,
    features="compact",
)


def quick(**changes) -> LearnSettings:
    """Settings of a run that takes no time."""
    return replace(QUICK, **changes)


def hasten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges that look at every fourth pixel each way, and no search for faces that are not there."""
    monkeypatch.setattr(prepared, "find_face", lambda pixels: None)
    monkeypatch.setattr(prepared, "face_turn", lambda pixels: 0)
    monkeypatch.setattr(judging, "color_quantiles", lambda photos: color_quantiles(photos[..., ::4, ::4].contiguous()))
    monkeypatch.setattr("portrait_atelier.core.learning.learning.measure_floor", lambda halves, ask: 3.0)


def tiny_base(spread: float = 0.02, name: str = "tiny") -> BaseModel:
    """A base model with a small generator, whose heads are so far from zero."""
    generator = moved(tiny_generator(num_evidence=NUM_EVIDENCE), spread)
    return BaseModel(generator.requires_grad_(False), name)


def compact() -> FeatureExtractor:
    """The network of the losses that ships."""
    return load_features("compact")


def finished(count: int = 8) -> LearningPhotos:
    """Photos of made-up people in a warm, dark cast."""
    return _taken([Proxy.opaque(photo.pixels * CAST) for photo in photos_of_people(count)])


def untouched(count: int = 4) -> LearningPhotos:
    """Photos of other people, as they are."""
    return _taken(photos_of_people(12 + count)[12:])


def apart(first: LearningPhotos, second: LearningPhotos) -> float:
    """How far two sets of photos are apart in color."""
    return distance_between(photos_of_proxies(first.proxies), photos_of_proxies(second.proxies))


def _taken(photos: list[Proxy]) -> LearningPhotos:
    return LearningPhotos(tuple(photos), torch.tensor([[0.2, 0.3, 0.5, 0.5]]).repeat(len(photos), 1))
