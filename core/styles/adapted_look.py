"""The look that a style learnt from photos gives to one content: statistics, base model, what learning changed."""

from __future__ import annotations

import logging
from functools import cache

import numpy as np

from ..imaging.look import Look
from .base_model import BaseModel, Start, load_base
from .candidates import Evidence
from .content import Content
from .population import Population
from .prior import load_prior
from .transport import look_of_evidence, weigh
from .tuning import Tuning

_log = logging.getLogger(__name__)
_NOISE = 0.1  # of z, as in base training
_NOISE_STREAM = 7  # keeps z apart from the weights that a variation draws


def adapted_look(
    style: Population,
    content: Content,
    *,
    neutral: Population | None = None,
    tuning: Tuning | None = None,
    variation: int = 0,
    name: str = "this style",
) -> Look:
    """Compute a look.

    Args:
        style: the photographer's finished photos.
        content: what to restyle.
        neutral: the photographer's own untouched photos; None for the prior.
        tuning: the style's part of the base model; None for the closed form alone.
        variation: 0 for the deterministic print; another seed re-weighs the photos (Rubin 1981) and draws z.
        name: of the style, for a warning.
    """
    evidence = gather_evidence(style, content, neutral, variation)
    if tuning is None:
        return look_of_evidence(evidence)
    base = load_base()
    if tuning.base != base.hash or len(tuning.code) != base.generator.code_size:
        _warn_of_another_base(name)
        return look_of_evidence(evidence)
    start = Start.of(evidence, content.proxies, tuning.places, tuning.neutral_places)
    return tuned_look(base, start, tuning, content, variation)


def tuned_look(base: BaseModel, start: Start, tuning: Tuning, content: Content, variation: int = 0) -> Look:
    """The base model's look, and of what learning changed as much as is kept."""
    maps, z = base.maps_of(content.proxies), _noise(variation, len(tuning.code))
    look = base.look(start, tuning.code, maps, z=z)
    if not tuning.deltas or not tuning.keep:
        return look
    learnt = [base.look(start, tuning.code, maps, delta=delta, z=z) for delta in tuning.deltas]
    mean = Look(np.mean([other.table for other in learnt], 0), np.mean([other.grid for other in learnt], 0))
    return look.blend(mean, tuning.keep)


def gather_evidence(
    style: Population, content: Content, neutral: Population | None = None, variation: int = 0
) -> Evidence:
    """What is seen of a style and a content; `neutral` None is the prior."""
    known = neutral or load_prior()
    style_weights, neutral_weights = weigh(style, known, variation)
    return Evidence(style, style_weights, known, neutral_weights, content.population, trusted=neutral is not None)


def _noise(variation: int, size: int) -> np.ndarray | None:
    if variation == 0:
        return None
    rng = np.random.Generator(np.random.PCG64([variation, _NOISE_STREAM]))
    return (_NOISE * rng.normal(size=size)).astype(np.float32)


@cache  # once a style and process, not once a photo
def _warn_of_another_base(name: str) -> None:
    _log.warning(
        "note: %s was learnt with another base model and is applied by its statistics alone; learn it anew", name
    )
