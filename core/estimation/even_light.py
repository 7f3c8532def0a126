"""Exposure and white balance of a photo beside those of people at large, and how to make them alike.

In linear light, another exposure and white balance are a factor for each channel. They move the means of all regions
alike, in logarithms, and how these lie in photos of people is known: mean and covariance. The factors are the most
probable ones (generalized least squares with a prior), so that a dark coat or a bright backdrop, which are frequent,
count for little, and a cast that lies over everything for much. How light skin is says nothing of the light: it is left
out, so that no complexion is evened away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..color.srgb import REC709_LUMA, fit_gamut, linear_to_srgb, srgb_to_linear
from ..imaging.proxy import Proxy
from ..imaging.rendering.color_tables import curved, ramps
from ..imaging.rendering.look import MIXED_SIZE, Look, table_colors
from ..imaging.rendering.render import render
from ..networks.regions import REGIONS
from ..networks.token_layout import GRAY_CHROMA, LAB, SHARE_FLOOR
from ..networks.token_layout import REGIONS as REGION_VALUES
from ..texts import Text, joined
from .color_set import ColorSet
from .people import load_people

MAX_STOPS = 2.0
MAX_CAST = 0.8  # stops of a channel beside the mean
_EXPOSURE_SPREAD, _CAST_SPREAD = 1.0, 0.3  # stops, of photos to be evened
_FLOOR = 1e-3  # linear light
_NOISE = 0.15  # stops: of a mean of few colors
_COMPLEXION = 10.0  # stops: so wide a spread that the lightness of skin does not count
_OWN_COUNT = 8  # photos of people at large that count in the mean of own ones
_PARTS = 4  # skin, hair, cloth, ground
_OF_SKIN = slice(0, 3)
_PERCENTILES = (50, 95)
_NUM_FEATURES = 3 * (_PARTS + len(_PERCENTILES))
_CURVE_POINTS = 16_385  # of curves with the gains in them
_TOLD_STOPS, _TOLD_KELVIN = 0.1, 100
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


@dataclass(frozen=True)
class LightChange:
    """Gains of exposure and white balance, in front of a look.

    Attributes:
        stops: (3,) of red, green and blue in linear light.
    """

    stops: np.ndarray

    @property
    def exposure(self) -> float:
        """Stops of a neutral color."""
        return float(np.log2(np.array(REC709_LUMA) @ 2.0**self.stops))

    @property
    def warming(self) -> float:
        """Kelvin by which white becomes warmer; negative if cooler."""
        return _temperature(np.ones(3)) - _temperature(2.0**self.stops)

    def of_colors(self, colors: np.ndarray) -> np.ndarray:
        """Give the gains to sRGB-encoded colors (..., 3); what becomes too bright is fitted to the gamut."""
        gains = (2.0**self.stops).astype(np.float32)
        return fit_gamut(linear_to_srgb(srgb_to_linear(colors.astype(np.float32)) * gains).astype(np.float32))

    def of_proxy(self, proxy: Proxy) -> Proxy:
        """Give the gains to a small copy."""
        return Proxy(self.of_colors(proxy.pixels), proxy.weights)

    def before(self, look: Look) -> Look:
        """Return the look of photos that need these gains first.

        Curves of a look stay curves where nothing becomes brighter; else its table holds both, at MIXED_SIZE points an
        axis, which loses `loss_before`.
        """
        if look.curves is not None and (self.stops <= 0).all():
            return replace(look, curves=self._curves_before(look.curves))
        colors = table_colors(look.table_size if look.curves is None else MIXED_SIZE)
        changed = self.of_colors(colors).reshape(1, -1, 3)

        def composed(table: np.ndarray) -> np.ndarray:
            printed = render(changed, replace(look.flat, table=table))
            return (printed.reshape(colors.shape) - colors).astype(np.float32)

        own = {name: getattr(look, name) for name in ("table", "ground", "skin")}
        tables = {name: None if table is None else composed(table) for name, table in own.items()}
        return replace(look, curves=None, **tables)

    def loss_before(self, look: Look) -> float:
        """Return how much colors differ at most, along `ramps`, because `before` has a table hold a look's curves."""
        if look.curves is None or (self.stops <= 0).all():
            return 0.0
        colors = ramps()[None]
        exact, sampled = render(self.of_colors(colors), look.flat), render(colors, self.before(look).flat)
        return float(np.abs(exact - sampled).max())

    def _curves_before(self, curves: np.ndarray) -> np.ndarray:
        """(3, M) float32: curves that do what these gains do, which are no brighter, and then `curves`."""
        steps = np.linspace(0, 1, _CURVE_POINTS, dtype=np.float32)
        changed = self.of_colors(np.repeat(steps[:, None], 3, 1)).T
        return curved(np.ascontiguousarray(changed), curves)

    @property
    def words(self) -> Text:
        """What was done, such as "+0.4 stops, warmer by 350 K"."""
        told: list[Text] = []
        if abs(self.exposure) >= _TOLD_STOPS:
            told.append(Text("{stops:+.1f} stops", stops=self.exposure))
        kelvin = 50 * round(self.warming / 50)
        if kelvin >= _TOLD_KELVIN:
            told.append(Text("warmer by {kelvin} K", kelvin=kelvin))
        elif kelvin <= -_TOLD_KELVIN:
            told.append(Text("cooler by {kelvin} K", kelvin=-kelvin))
        return joined(told) if told else Text("")


def light_change(photo: ColorSet, own: ColorSet | None = None) -> LightChange:
    """Find the gains that bring a photo to the light that is expected.

    Args:
        photo: its colors with their regions.
        own: untouched photos of the photographer; None to expect the light of people at large.
    """
    mean, covariance = _expected(own)
    found, known = (part[0] for part in _features(photo))
    inverse = np.linalg.inv(covariance[np.ix_(known, known)])
    effect = np.tile(np.eye(3), (_NUM_FEATURES // 3, 1))[known]
    prior = np.linalg.inv(_EXPOSURE_SPREAD**2 * np.ones((3, 3)) + _CAST_SPREAD**2 * np.eye(3))
    off = np.linalg.solve(effect.T @ inverse @ effect + prior, effect.T @ inverse @ (found - mean)[known])
    if _chroma(photo) < GRAY_CHROMA:
        off = np.full(3, off.mean())
    level = np.clip(off.mean(), -MAX_STOPS, MAX_STOPS)
    return LightChange(-(level + np.clip(off - off.mean(), -MAX_CAST, MAX_CAST)))


def _features(photos: ColorSet) -> tuple[np.ndarray, np.ndarray]:
    """(P, F) logarithms of light, and (P, F) bool: whether they are known."""
    light = srgb_to_linear(photos.colors / np.float32(255))  # (P, M, 3)
    shares = _region_shares(photos)
    weights = shares / np.maximum(shares.sum(1, keepdims=True), 1e-6)
    means = np.einsum("pmr,pmc->prc", weights, light)
    levels = np.percentile(light, _PERCENTILES, 1).transpose(1, 0, 2)
    values = np.log2(np.concatenate([means, levels], 1) + _FLOOR)
    known = np.concatenate([shares.mean(1) > SHARE_FLOOR, np.ones(levels.shape[:2], bool)], 1)
    return values.reshape(len(light), -1), np.repeat(known, 3, 1)


def _region_shares(photos: ColorSet) -> np.ndarray:
    """(P, M, 4) of skin, hair, cloth and ground."""
    maps = photos.tokens[..., REGION_VALUES]
    skin, hair, cloth = (maps[..., REGIONS.index(name)] for name in ("skin", "hair", "cloth"))
    return np.stack([skin, hair, cloth, 1 - maps[..., REGIONS.index("subject")]], -1)


def _expected(own: ColorSet | None) -> tuple[np.ndarray, np.ndarray]:
    """Mean (F,) and covariance (F, F) of the features."""
    mean, covariance = _of_people()
    if own is None or own.regions is None:
        return mean, covariance
    values, known = _features(own)
    count = known.sum(0)
    sums = np.where(known, values, 0).sum(0)
    return (sums + _OWN_COUNT * mean) / (count + _OWN_COUNT), covariance


@cache
def _of_people() -> tuple[np.ndarray, np.ndarray]:
    values, known = _features(load_people())
    mean = np.where(known, values, 0).sum(0) / known.sum(0)
    away = np.where(known, values - mean, 0)
    together = np.maximum(known.T.astype(float) @ known, 1)
    covariance = away.T @ away / together + _NOISE**2 * np.eye(len(mean))
    covariance[_OF_SKIN, _OF_SKIN] += _COMPLEXION**2
    return mean, covariance


def _chroma(photo: ColorSet) -> float:
    lab = photo.tokens[..., LAB]
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())


def _temperature(white: np.ndarray) -> float:
    """Correlated color temperature of linear sRGB, in Kelvin (McCamy 1992)."""
    x, y, z = _TO_XYZ @ white
    n = (x / (x + y + z) - 0.3320) / (0.1858 - y / (x + y + z))
    return 449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33
