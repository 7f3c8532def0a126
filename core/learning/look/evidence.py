"""What a set of photos tells of how well its look is known: parts that disagree, kinds of photos, strength of the look.

Each number comes from the photos' sampled colors alone, so a style that was stored can be measured too.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ...color.lab import cie94, lab_to_srgb, srgb_to_lab
from ...estimation.color_set import ColorSet
from ...estimation.people import load_people
from ...estimation.set_model import NUM_VARIATIONS, SetModel
from ...estimation.set_readings import Context, StyleReading
from ...estimation.set_statistics import curved
from ...networks.token_layout import LAB
from ...photos.mixture import look_discriminants, two_means

NAMES = (  # of the numbers before those of the set network's context
    "count",  # of the photos
    "expected",  # distance that the set network expects
    "halves",  # distance of the looks of random halves
    "moved",  # how much the look changes people at large
    "kinds",  # distance of the looks of two clusters of photos, by the network's embeddings
    "kinds_by_tone",  # the same by the discriminants of looks
    "apart",  # of the clusters, in deviations within them
    "apart_by_tone",
    "spread_1",  # of the photos along each discriminant
    "spread_2",
    "spread_3",
    "embedded",  # spread of the embeddings
    "variation",  # distance of variations from the look
    "closed",  # distance of closed-form transports from the look
    "closed_spread",  # distance of the transports from each other
    "gap",  # distance of people in the look from the photos, by quantiles
    "chroma",  # of the photos
)
_NUM_HALVES = 4
_CIEDE2000 = 0.9  # CIEDE2000 as a fraction of CIE 1994, which evidence is in; on people and films for choosing
_LEAST = 0.02  # of a number, before its logarithm is taken
_EVERY = (2, 32)  # people at large and colors of each on which looks are compared
_DIRECTIONS = np.array(
    [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)]
)  # of Lab, along which quantiles are compared
_LEVELS = np.linspace(0.02, 0.98, 33)


def evidence_of(model: SetModel, reading: StyleReading, photos: ColorSet) -> np.ndarray:
    """Measure a set of photos.

    Args:
        model: the set network.
        reading: of the photos.
        photos: their colors.

    Returns:
        (F,): logarithms of a number for each of NAMES, then the network's context of the style and a mean portrait.
    """
    context = model.context(reading, model.typical)
    numbers = {
        "count": float(photos.num_photos),
        "expected": model.expected_error(context),
        "halves": _apart_by_halves(model, reading, photos),
        **_kinds(model, reading, photos),
        "embedded": float(reading.photos.std(0).mean()),
        **_looks(model, reading, context, photos),
    }
    return np.concatenate([np.log(np.maximum([numbers[name] for name in NAMES], _LEAST)), context.color])


def moved_by(evidence: np.ndarray) -> float:
    """Return how much the look changes people at large, of evidence, as mean CIEDE2000."""
    return _CIEDE2000 * float(np.exp(evidence[NAMES.index("moved")]))


def _apart_by_halves(model: SetModel, reading: StyleReading, photos: ColorSet) -> float:
    count, rng = len(photos.weights), np.random.Generator(np.random.PCG64(0))
    halves = [rng.permutation(count) < count // 2 for _ in range(_NUM_HALVES)]
    return float(np.mean([_disagreement(model, reading, photos, half) for half in halves]))


def _kinds(model: SetModel, reading: StyleReading, photos: ColorSet) -> dict[str, float]:
    """Split the photos into the two kinds that are the most apart, whether there are two or not."""
    labs = photos.tokens[..., LAB]
    tones = np.stack([look_discriminants(lab[np.argsort(lab[:, 0], kind="stable")]) for lab in labs])
    found = {f"spread_{axis}": float(value) for axis, value in enumerate(tones.std(0), 1)}
    for ending, values in (("", _principal(reading.photos)), ("_by_tone", tones)):
        second = two_means(values) if len(values) > 1 else np.zeros(len(values), bool)
        found[f"kinds{ending}"] = _disagreement(model, reading, photos, second)
        found[f"apart{ending}"] = _separation(values, second)
    return found


def _looks(model: SetModel, reading: StyleReading, context: Context, photos: ColorSet) -> dict[str, float]:
    """Compare the look with no look, its variations, closed forms, and the photos."""
    people, printed = _people(), _printed(model, reading)
    varied = [model.transport_colors(context, people, z) for z in np.eye(NUM_VARIATIONS)]
    linear = np.stack([people @ part[:, :3].T + part[:, 3] for part in context.maps[1:]])
    bent = srgb_to_lab(curved(context.curves, lab_to_srgb(people)).clip(0, 1)).swapaxes(0, 1)
    closed = np.concatenate([linear, bent])
    colors = photos.tokens[..., LAB].reshape(-1, 3)
    quantiles = [np.quantile(part @ _directions().T, _LEVELS, axis=0) for part in (printed, colors)]
    return {
        "moved": float(cie94(people, printed).mean()),
        "variation": float(np.mean([cie94(part, printed).mean() for part in varied])),
        "closed": float(cie94(closed.mean(0), printed).mean()),
        "closed_spread": float(np.mean([cie94(part, closed.mean(0)).mean() for part in closed])),
        "gap": float(np.abs(quantiles[0] - quantiles[1]).mean()),
        "chroma": float(np.hypot(colors[:, 1], colors[:, 2]).mean()),
    }


def _disagreement(model: SetModel, reading: StyleReading, photos: ColorSet, part: np.ndarray) -> float:
    """Return the distance of the looks of some photos (P,) bool and of the others; 0 if there are none."""
    if part.all() or not part.any():
        return 0.0
    parts = (model.read_part(reading, photos, np.flatnonzero(chosen)) for chosen in (part, ~part))
    return float(cie94(*(_printed(model, reading_of) for reading_of in parts)).mean())


def _separation(values: np.ndarray, second: np.ndarray) -> float:
    """Return the distance of two clusters of (P, D) in deviations within them, along the line between them."""
    if second.all() or not second.any():
        return 0.0
    apart = values[second].mean(0) - values[~second].mean(0)
    distance = float(np.linalg.norm(apart))
    along = values @ (apart / max(distance, 1e-9))
    squares = sum(float(((along[member] - along[member].mean()) ** 2).sum()) for member in (second, ~second))
    return distance / max((squares / max(len(values) - 2, 1)) ** 0.5, 1e-3)


def _principal(embedded: np.ndarray) -> np.ndarray:
    """(P, 3): embeddings along their principal axes."""
    centered = embedded - embedded.mean(0)
    return centered @ np.linalg.svd(centered, full_matrices=False)[2][:3].T


def _printed(model: SetModel, reading: StyleReading) -> np.ndarray:
    """People at large in the look for a mean portrait: (T, 3) Lab."""
    return model.transport_colors(model.context(reading, model.typical), _people())


@cache
def _people() -> np.ndarray:
    people, colors = _EVERY
    return srgb_to_lab(load_people().colors[::people, ::colors].reshape(-1, 3))


@cache
def _directions() -> np.ndarray:
    return _DIRECTIONS / np.linalg.norm(_DIRECTIONS, axis=1, keepdims=True)
