"""The instant style: one look in closed form, from a style's photos, neutral portraits and the content.

Several transports from neutral portraits to the style's photos (`candidates`) are mixed in shares that a small fitted
regression reads from the evidence: how many style photos, how alike, how near the content is to the neutral portraits.
A smooth residual, by the same regression, mends what a linear transport cannot say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..imaging.look import Look
from .achromatic import is_gray, tint, without_color
from .candidates import Evidence
from ..color.lab import lab_to_srgb, srgb_to_lab
from .moments import lightness_transport, linear_transport, pooled_moments
from .population import Population
from .prior import load_prior
from .regression import COLOR_UNIT, GRAY_UNIT, Regression, load_regressions, residual_terms
from .table import look_from_colors, node_colors

_ENDS = (0.01, 0.99)  # parts of a style's pixels: its darkest and its brightest
_REACH = 60.0  # how far up from black, and down from white, a correction of that end is felt
OWN_SHARES = (0.25, 0.5, 0.25)  # of the maps where there are own untouched photos, see `map_of_evidence`
_NEUTRAL_GROUPS = 24  # neighbours by number that a variation re-weighs together

_BLACK_AND_WHITE = np.array([[0.0, 0, 0], [100, 0, 0]])

LabMap = Callable[[np.ndarray], np.ndarray]  # Lab colors (..., 3) to Lab colors


def closed_form_look(
    style: Population, neutral: Population, content: Population, *, variation: int = 0, trusted: bool = False
) -> Look:
    """Compute the look that gives a content the colors of a style.

    Args:
        style: the photographer's finished photos.
        neutral: untouched portraits: the prior, or the user's own.
        content: the photo to restyle, or several that shall get one look.
        variation: 0 is the deterministic print; another seed re-weighs the photos at random (Rubin 1981) and gives
            another plausible one, always the same for the same seed.
        trusted: the neutral portraits are the user's own, from the same hands as the style's.

    Returns:
        A look with a table and no grid.
    """
    style_weights, neutral_weights = weigh(style, neutral, variation)
    return look_of_evidence(Evidence(style, style_weights, neutral, neutral_weights, content, trusted))


def look_of_evidence(evidence: Evidence) -> Look:
    """The look of `closed_form_look`, from evidence that is weighed already."""
    return look_of_map(map_of_evidence(evidence))


def look_of_map(carried: LabMap) -> Look:
    """The look that does what a map of Lab colors does, as far as a calm table can."""
    return look_from_colors(lab_to_srgb(carried(_node_lab())))


def map_of_evidence(evidence: Evidence) -> LabMap:
    """Mix the closed forms, as the evidence has it, into one map of Lab colors.

    Of the user's own untouched photos there are few, and of the prior's portraits many, but of others. Three maps err
    each in another way, and their mean least (measured on films kept for choosing): the fitted one from own photos, the
    fitted one from the prior, and the plain linear transport from own photos.
    """
    if not evidence.trusted:
        return _fitted_map(evidence)
    prior = load_prior()
    from_prior = replace(evidence, neutral=prior, neutral_weights=prior.weights.astype(np.float64), trusted=False)
    maps = (_fitted_map(evidence), _fitted_map(from_prior), _plain_map(evidence))
    return lambda colors: np.tensordot(OWN_SHARES, np.stack([carried(colors) for carried in maps]), 1)


def _fitted_map(evidence: Evidence) -> LabMap:
    color, gray = load_regressions()
    return gray_map(evidence, gray) if is_gray(evidence.style) else color_map(evidence, color)


def _plain_map(evidence: Evidence) -> LabMap:
    """The linear transport between whole photos, without a regression; of lightness alone for black-and-white."""
    source, target = (
        pooled_moments(population, weights, 0)
        for population, weights in (
            (evidence.neutral, evidence.neutral_weights),
            (evidence.style, evidence.style_weights),
        )
    )
    if is_gray(evidence.style):
        gain, offset = lightness_transport(source, target)

        def printed(colors: np.ndarray) -> np.ndarray:
            lightness = np.clip(gain * colors[..., 0] + offset, 0, 100)
            return np.concatenate([lightness[..., None], tint(evidence.style, evidence.style_weights, lightness)], -1)

        return printed
    matrix = linear_transport(source, target)
    return lambda colors: colors @ matrix[:, :3].T + matrix[:, 3]


def color_map(evidence: Evidence, regression: Regression) -> LabMap:
    """Carry Lab colors (..., 3) over to the style: the mean of the closed forms, and the residual."""
    shares, residual = regression(evidence.vector())
    mean = np.tensordot(shares, evidence.maps()[0], 1)  # (3, 4)

    def linear(colors: np.ndarray) -> np.ndarray:
        return colors @ mean[:, :3].T + mean[:, 3] + COLOR_UNIT * residual_terms(colors) @ residual

    ends = linear(_BLACK_AND_WHITE)[:, 0]

    def carried(colors: np.ndarray) -> np.ndarray:
        moved = linear(colors)
        moved[..., 0] += _end_correction(evidence.style, ends, colors[..., 0])
        return moved

    return carried


def gray_map(evidence: Evidence, regression: Regression) -> LabMap:
    """Carry Lab colors (..., 3) over to a black-and-white style: lightness, and the tint of its paper."""
    neutral_paper = replace(evidence, style=without_color(evidence.style))
    shares, residual = regression(neutral_paper.vector())
    gain, offset = shares @ neutral_paper.maps()[1]

    def lightness_of(colors: np.ndarray) -> np.ndarray:
        return gain * colors[..., 0] + offset + GRAY_UNIT * (residual_terms(colors) @ residual)[..., 0]

    ends = lightness_of(_BLACK_AND_WHITE)

    def carried(colors: np.ndarray) -> np.ndarray:
        correction = _end_correction(evidence.style, ends, colors[..., 0])
        lightness = np.clip(lightness_of(colors) + correction, 0, 100)
        return np.concatenate([lightness[..., None], tint(evidence.style, evidence.style_weights, lightness)], -1)

    return carried


def _end_correction(style: Population, ends: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """What to add to a result's lightness so that its ends reach the style's.

    Black comes out no lighter than the darkest that the style shows, white no darker than its brightest: so it is with
    every look that keeps the order of tones, whoever is in the photos.

    Args:
        style: the photos.
        ends: (2,) the lightness that black and white would get.
        lightness: (...) of the content's colors.
    """
    darkest, brightest = np.quantile(style.lab[:, 0, :, 0], _ENDS)
    black = np.minimum(0, darkest - ends[0]) * np.clip(1 - lightness / _REACH, 0, 1) ** 2
    white = np.maximum(0, brightest - ends[1]) * np.clip(1 - (100 - lightness) / _REACH, 0, 1) ** 2
    return black + white


def weigh(style: Population, neutral: Population, variation: int) -> tuple[np.ndarray, np.ndarray]:
    """How much each photo of both sets counts; at random for a variation, all photos of a group alike."""
    weights = style.weights.astype(np.float64), neutral.weights.astype(np.float64)
    if variation == 0:
        return weights
    rng = np.random.Generator(np.random.PCG64(variation))
    drawn = []
    for values in weights:
        groups = np.arange(len(values)) * min(len(values), _NEUTRAL_GROUPS) // len(values)
        drawn.append(values * rng.exponential(size=_NEUTRAL_GROUPS)[groups])
    return drawn[0], drawn[1]


def _node_lab() -> np.ndarray:
    return srgb_to_lab(node_colors())
