"""Light that a style gives to places, in closed form: vignettes, light from a side, light on the person.

The mean of a style's photos is compared, place by place, with the mean neutral portrait under the closed form's colors.
A few smooth lights explain the difference as far as the people themselves do not: how far the mean of N portraits
strays from the mean of all is known, and so is how strong photographers' lights are (generalized least squares with a
normal prior; Rasmussen and Williams 2006, eq. 2.8).
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from ..imaging.look import GRID_SIZE, REC709_LUMA
from ..color.lab import srgb_to_lab
from .local_light import Light, grid_of_stops, light_field
from .places import PlaceEvidence
from .portraits import SIDE, PortraitStatistics, load_portraits
from .transport import LabMap

_STOP = 0.315  # what a stop takes of the lightness of a dark or middle tone: ln 2 / 2.2
_LIGHT_FROM = 60.0  # lightness above which brightening falls off
_NOISE = 4.0  # L: what the estimate of a mean misses
_EVEN = 10.0  # L: by how much all places may differ alike; colors see to that, so it is no light
_PRIOR_WORTH = 15  # of how many photos of the photographer's own the shipped statistics are worth
_CELLS = GRID_SIZE * GRID_SIZE
# Lights, and how many stops of each are usual (one standard deviation).
_USUAL = {"corners": 0.6, "edges": 0.45, "right": 0.35, "top": 0.35, "middle": 0.3, "person": 0.35}


def estimate_stops(evidence: PlaceEvidence, carried: LabMap) -> np.ndarray:
    """How many stops of light each cell gets.

    Args:
        evidence: what is seen.
        carried: the map of Lab colors that the closed form is.

    Returns:
        (16, 16) float32.
    """
    start, noise = _expected(evidence, carried)
    difference = srgb_to_lab(evidence.style)[..., 0].astype(np.float64).ravel() - start
    effect = _STOP * np.where(start > _LIGHT_FROM, _LIGHT_FROM, start)  # of a stop on each cell's lightness
    lights = _lights()
    design = effect[:, None] * lights
    noise = noise + _EVEN**2
    usual = np.array(list(_USUAL.values()))
    weighed = np.linalg.solve(noise, design)  # (256, J)
    precision = design.T @ weighed
    answer = weighed.T @ difference
    amounts = np.linalg.solve(precision + np.diag(1 / usual**2), answer)
    # How much likelier the photos are with lights than without (the ratio of both marginal likelihoods).
    log_odds = (answer @ amounts - np.linalg.slogdet(np.eye(len(usual)) + precision * usual**2)[1]) / 2
    amounts = amounts / (1 + np.exp(-np.clip(log_odds, -50, 50)))
    stops = lights @ amounts
    # The closed form has matched the mean of all places; what light gives to some, it has to take from the others.
    return (stops - stops.mean()).reshape(GRID_SIZE, GRID_SIZE).astype(np.float32)


def light_grid(evidence: PlaceEvidence, carried: LabMap) -> np.ndarray:
    """The light of a style as a bilateral grid's residual: (16, 16, 8, 3, 4)."""
    return grid_of_stops(estimate_stops(evidence, carried))


def _expected(evidence: PlaceEvidence, carried: LabMap) -> tuple[np.ndarray, np.ndarray]:
    """The lightness that neutral people would have in the style, (256,), and how it strays, (256, 256)."""
    portraits = load_portraits()
    axes = _lightness_axes(portraits)
    spread, num_style, num_own = evidence.spread, evidence.colors.style.num_photos, evidence.colors.neutral.num_photos
    within = spread * _spread_of(portraits, axes, portraits.weights)
    near = portraits.weights if not len(evidence.contents) else portraits.likeness(np.stack(evidence.contents))
    shares = spread * portraits.weights + (1 - spread) * near
    mean = cv2.resize(portraits.mean_of(shares), (GRID_SIZE, GRID_SIZE), interpolation=cv2.INTER_AREA)
    strays = within / num_style
    trust = 0.0
    if evidence.own is not None:
        trust = num_own / (num_own + _PRIOR_WORTH)
        mean = trust * evidence.own + (1 - trust) * mean
        strays = strays + trust**2 * within / num_own
    strays = strays + ((1 - trust) ** 2 * (1 - spread)) * _between(portraits, axes, shares)
    lightness = carried(srgb_to_lab(mean))[..., 0].astype(np.float64).ravel()
    return lightness, strays + _NOISE**2 * np.eye(_CELLS)


def _spread_of(portraits: PortraitStatistics, axes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(256, 256): the covariance of single portraits' lightness."""
    inner = weights @ portraits.spreads.astype(np.float64) ** 2
    return axes.T @ (inner[:, None] * axes) + _between(portraits, axes, weights)


def _between(portraits: PortraitStatistics, axes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(256, 256): the covariance of the clusters' mean lightness."""
    shares = weights / weights.sum()
    apart = (portraits.centers - shares @ portraits.centers).astype(np.float64) @ axes  # (K, 256)
    return apart.T @ (shares[:, None] * apart)


def _lightness_axes(portraits: PortraitStatistics) -> np.ndarray:
    """(A, 256): what a step along each axis of portraits changes in the lightness of cells; about 100 * luma."""
    luma = portraits.axes.reshape(-1, SIDE, SIDE, 3) @ np.array(REC709_LUMA, np.float32)
    factor = SIDE // GRID_SIZE
    cells = luma.reshape(-1, GRID_SIZE, factor, GRID_SIZE, factor).mean((2, 4))
    return 100 * cells.reshape(-1, _CELLS).astype(np.float64)


@cache
def _lights() -> np.ndarray:
    """(256, 6): how full each light is in each cell."""
    person = load_portraits().subject
    fields = [
        light_field(Light("surround", -1, (0.5, 0.5), (0.7, 0.7), softness=0.8)),
        light_field(Light("surround", -1, (0.5, 0.48), (0.55, 0.55), softness=1.0)),
        light_field(Light("side", 1, angle=0)) - 0.5,
        light_field(Light("side", 1, angle=90)) - 0.5,
        light_field(Light("pool", 1, (0.5, 0.45), (0.22, 0.28))),
        cv2.resize(person, (GRID_SIZE, GRID_SIZE), interpolation=cv2.INTER_AREA),
    ]
    return np.stack([field.ravel() for field in fields], 1).astype(np.float64)
