"""Protection of skin: a table that holds it to tones of the style, and a person's lightness to what it was.

A look moves the skin of people at large by some lightness, hue and factor of chroma. A person may be moved otherwise,
because of their complexion, or because a look that adapts takes it for bad light. The guard gives all people the same
move, and pulls hue and chroma that lie outside what people have under the style back to that border. Skin keeps a cast
of its light, too: `even_light` takes it away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..color.lab import lab_to_srgb, srgb_to_lab
from ..imaging.rendering.look import Look, table_colors
from ..networks.regions import REGIONS
from ..networks.token_layout import GRAY_CHROMA
from .color_set import ColorSet
from .look_effect import look_at_colors
from .people import load_people

_LEAST_SHARE = 0.01  # of the colors of a photo, else it shows no skin
_PLAIN_SPREAD = 1.0  # Lab: less of it between people, and a look makes all skin of one tint
_LEAST_CHROMA = 1.0
_BAND = 3.0  # standard deviations
_QUARTILES = 1.349  # standard deviations of a normal distribution between them
_LEAST_PHOTOS = 5  # of a style with skin, else they show no band
_NUM_STEPS = 4
_LARGEST_LIFT = 0.35  # of the distance of skin to the black or white that it nears, so that tones keep their order
_LARGEST_TURN = np.deg2rad(40)
_LARGEST_FACTOR = 2.0
_FACE, _SKIN = REGIONS.index("face"), REGIONS.index("skin")


@dataclass(frozen=True)
class SkinColors:
    """Colors of skin of several people.

    Attributes:
        colors: (N, 3) float32, sRGB-encoded.
        places: (N, 2) y and x, 0 to 1.
        weights: (N,) of each color; those of one person sum to 1.
        person: (N,) index of the person.
    """

    colors: np.ndarray
    places: np.ndarray
    weights: np.ndarray
    person: np.ndarray

    @classmethod
    def of(cls, photos: ColorSet) -> SkinColors:
        """Pick the colors of skin, of the face where it is seen; photos without skin are left out."""
        found = [_skin_shares(regions) for regions in photos.regions] if photos.regions is not None else []
        kept = [(index, share) for index, share in enumerate(found) if share is not None]
        parts = [(index, np.flatnonzero(share), share) for index, share in kept]
        rows = [(index, chosen) for index, chosen, _ in parts]
        places = photos.places if photos.places is not None else np.full((*photos.colors.shape[:2], 2), 128, np.uint8)
        return cls(
            _joined([photos.colors[index, chosen] / np.float32(255) for index, chosen in rows], 3),
            _joined([places[index, chosen] / np.float32(255) for index, chosen in rows], 2),
            _joined([share[chosen] for _, chosen, share in parts]),
            _joined([np.full(len(chosen), number) for number, (_, chosen) in enumerate(rows)]).astype(int),
        )

    @property
    def num_people(self) -> int:
        """The number of photos that show skin."""
        return int(self.person[-1]) + 1 if len(self.person) else 0

    def means(self, look: Look | None = None) -> np.ndarray:
        """Return the mean Lab of each person, (P, 3), under a look if one is given."""
        colors = self.colors if look is None else look_at_colors(look, self.colors, self.places)
        lab = srgb_to_lab(colors.clip(0, 1)) * self.weights[:, None]
        return np.column_stack([np.bincount(self.person, lab[:, part], self.num_people) for part in range(3)])


@dataclass(frozen=True)
class _Tone:
    """Lightness, chroma and hue (radians) of skin: arrays of one shape."""

    lightness: np.ndarray
    chroma: np.ndarray
    hue: np.ndarray

    @classmethod
    def of(cls, lab: np.ndarray) -> _Tone:
        return cls(lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]), np.arctan2(lab[..., 2], lab[..., 1]))


@dataclass(frozen=True)
class _Move:
    """A correction of printed colors: lightness is added, hue turned and chroma scaled, near the tone of skin."""

    at: _Tone
    lift: float = 0.0
    turn: float = 0.0
    factor: float = 1.0

    def apply(self, lab: np.ndarray) -> np.ndarray:
        tone = _Tone.of(lab)
        near = 0.5 * (1 + np.cos(tone.hue - self.at.hue))
        hue = tone.hue + near * self.turn
        chroma = tone.chroma * (1 + near * (self.factor - 1))
        lightness = tone.lightness + self.lift * _bump(tone.lightness, float(self.at.lightness))
        return np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], -1).astype(np.float32)


def protect_skin(look: Look, typical: Look, skin: ColorSet, photos: ColorSet | None, amount: float) -> Look:
    """Give a look a table for skin.

    Args:
        look: of the content.
        typical: look of the same style for people at large; the same look if the style does not adapt.
        skin: colors of the content with their regions.
        photos: finished photos of the style; None where there are none, and people at large under the look show it.
        amount: 0 to 1.

    Returns:
        The look with `skin`; the look itself if amount is 0, or if the content shows no skin.
    """
    person = SkinColors.of(skin)
    if amount == 0 or person.num_people == 0:
        return look
    target = _target(look, typical, person, photos)
    move = _Move(_Tone.of(person.means(look).mean(0)))
    for _ in range(_NUM_STEPS):
        found = _Tone.of(person.means(replace(look, table=_moved(look.table, move))).mean(0))
        move = _nearer(move, found, target)
    part = replace(move, lift=amount * move.lift, turn=amount * move.turn, factor=move.factor**amount)
    return replace(look, skin=_moved(look.table, part))


def _target(look: Look, typical: Look, person: SkinColors, photos: ColorSet | None) -> _Tone:
    """The tone that the mean skin shall have."""
    people = _people()
    before, after = people.means(), people.means(typical)
    large, printed = _Tone.of(before), _Tone.of(after)
    untouched, now = (_Tone.of(person.means(way).mean(0)) for way in (None, look))
    lightness = untouched.lightness + np.median(printed.lightness - large.lightness)
    if _spread(after[:, 1:]).max() < _PLAIN_SPREAD or untouched.chroma < GRAY_CHROMA:
        return _Tone(lightness, now.chroma, now.hue)
    chroma = untouched.chroma * np.exp(np.median(_log_ratio(printed, large)))
    hue = untouched.hue + np.median(_wrapped(printed.hue - large.hue))
    return _within_style(_Tone(lightness, chroma, hue), printed, photos)


def _within_style(tone: _Tone, printed: _Tone, photos: ColorSet | None) -> _Tone:
    """Pull hue and chroma into the bands of people at large under the style, and of its own photos."""
    own = None if photos is None else SkinColors.of(photos)
    shown = [printed] if own is None or own.num_people < _LEAST_PHOTOS else [printed, _Tone.of(own.means())]
    hues = [_band(_wrapped(some.hue - tone.hue)) for some in shown]  # beside the tone, so that no angle wraps
    chromas = [_band(some.chroma) for some in shown]
    return _Tone(tone.lightness, _clipped(tone.chroma, chromas), tone.hue + _clipped(np.zeros(()), hues))


def _band(values: np.ndarray) -> tuple[float, float]:
    middle, width = float(np.median(values)), _BAND * float(_spread(values))
    return middle - width, middle + width


def _clipped(value: np.ndarray, bands: list[tuple[float, float]]) -> np.ndarray:
    """Clip to the range of all bands."""
    return np.clip(value, min(low for low, _ in bands), max(high for _, high in bands))


def _nearer(move: _Move, found: _Tone, target: _Tone) -> _Move:
    at = float(move.at.lightness)
    wanted = move.lift + float(target.lightness - found.lightness)
    lift = np.clip(wanted, -_LARGEST_LIFT * at, _LARGEST_LIFT * (100 - at))
    turn = np.clip(move.turn + float(_wrapped(target.hue - found.hue)), -_LARGEST_TURN, _LARGEST_TURN)
    factor = move.factor * float(np.exp(_log_ratio(target, found)))
    return replace(
        move, lift=float(lift), turn=float(turn), factor=float(np.clip(factor, 1 / _LARGEST_FACTOR, _LARGEST_FACTOR))
    )


def _moved(table: np.ndarray, move: _Move) -> np.ndarray:
    """A table whose printed colors are corrected."""
    colors = table_colors(len(table))
    printed = colors + table
    moved = lab_to_srgb(move.apply(srgb_to_lab(printed)))
    moved = np.clip(moved, np.minimum(printed, 0), np.maximum(printed, 1))
    return (moved - colors).astype(np.float32)


def _bump(lightness: np.ndarray, at: float) -> np.ndarray:
    """1 at a lightness, falling smoothly to 0 at black and white."""
    away = np.where(lightness < at, (at - lightness) / max(at, 1.0), (lightness - at) / max(100 - at, 1.0))
    return 1 - np.clip(away, 0, 1) ** 2


@cache
def _people() -> SkinColors:
    return SkinColors.of(load_people())


def _skin_shares(regions: np.ndarray) -> np.ndarray | None:
    """(M,) weights of the colors of one photo, which sum to 1; None without skin."""
    shares = regions.astype(np.float32) / 255
    for weights in (shares[:, _SKIN] * shares[:, _FACE], shares[:, _SKIN]):
        sure = np.where(weights > 0.5, weights, 0)
        if sure.sum() >= _LEAST_SHARE * len(sure):
            return sure / sure.sum()
    return None


def _joined(parts: list[np.ndarray], width: int = 0) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros((0, width) if width else 0, np.float32)


def _log_ratio(after: _Tone, before: _Tone) -> np.ndarray:
    return np.log(np.maximum(after.chroma, _LEAST_CHROMA) / np.maximum(before.chroma, _LEAST_CHROMA))


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _spread(values: np.ndarray) -> np.ndarray:
    """The standard deviation along the first axis, by quartiles: people whose skin was misjudged hardly count."""
    low, high = np.percentile(values, [25, 75], 0)
    return (high - low) / np.float64(_QUARTILES)
