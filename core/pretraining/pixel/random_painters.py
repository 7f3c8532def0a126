"""Random procedural painters and their parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...imaging.textures import ANGLES, NOISE_SIZES, PERIODS
from .painters import Engraving, Halftone, Linocut, Painter, Sheet, Stipple, Strokes, Watercolor


def draw_painter(rng: np.random.Generator) -> Painter:
    """Draw a random painter, determined by the state of `rng`."""
    names = list(_SHARES)
    return draw_from(names[int(rng.choice(len(names), p=[_SHARES[name] for name in names]))], rng)


def draw_from(family: str, rng: np.random.Generator) -> Painter:
    """Draw a painter of one of FAMILIES."""
    return _DRAWS[family](rng)


def traits_of(painter: Painter) -> np.ndarray:
    """Describe a painter by numbers of about 1: (NUM_TRAITS,) float32.

    Traits that a painter does not have are 0. The pixel generator maps them to a style code without pictures.
    """
    family = [float(isinstance(painter, kind)) for kind in _KINDS]
    # Screen and noise one-hot, so that the network need not compute products.
    screens = np.zeros((len(PERIODS), len(ANGLES)))
    if isinstance(painter, Halftone | Engraving):
        screens[painter.period, painter.angle] = 1
    size = getattr(painter, "bristle_size", getattr(painter, "grain_size", 0))
    noises = [float(size == known) for known in NOISE_SIZES]
    numbers = [float(getattr(painter, name, 0)) / scale for name, scale in _SCALES.items()]
    sheet: Sheet = getattr(painter, "sheet")  # noqa: B009 - all kinds have one
    colors = [*sheet.ink, *sheet.paper, 10 * sheet.grain, sheet.grain_size / 4]
    return np.array([*family, *screens.ravel(), *noises, *numbers, *colors], np.float32)


def draw_sheet(rng: np.random.Generator) -> Sheet:
    """Draw a dark ink and a light paper, sometimes with texture."""
    paper = np.clip(rng.uniform(0.8, 1.0) - rng.exponential(0.05, 3) * [0.3, 0.7, 1.5], 0.45, 1)
    ink = np.clip(rng.uniform(0.02, 0.25) + rng.exponential(0.08, 3) * (rng.random(3) < 0.6), 0, 0.6)
    grain = float(rng.choice([0.0, rng.uniform(0.02, 0.12)]))
    return Sheet(_color(ink), _color(paper), grain, int(rng.choice([1, 2, 4])))


def _color(values: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _strokes(rng: np.random.Generator) -> Painter:
    return Strokes(
        radius=int(rng.integers(2, 6)),
        length=int(rng.integers(4, 10)),
        bristle=rng.uniform(0, 0.3),
        bristle_size=int(rng.choice([2, 4, 8])),
        spread=rng.uniform(2, 4),
        saturation=rng.uniform(0.7, 1.6),
        contrast=rng.uniform(0.85, 1.25),
        tint=_color(np.clip(rng.normal(1, 0.06, 3), 0.8, 1.15)),
        sheet=draw_sheet(rng),
    )


def _watercolor(rng: np.random.Generator) -> Painter:
    return Watercolor(
        radius=int(rng.integers(3, 7)),
        edge=rng.uniform(0.5, 6),
        wash=rng.uniform(0.05, 0.5),
        granulation=rng.uniform(0, 0.4),
        grain_size=int(rng.choice([2, 4, 8])),
        saturation=rng.uniform(0.6, 1.5),
        sheet=draw_sheet(rng),
    )


def _halftone(rng: np.random.Generator) -> Painter:
    return Halftone(
        period=int(rng.integers(len(PERIODS))),
        angle=int(rng.integers(len(ANGLES))),
        colored=bool(rng.random() < 0.4),
        softness=rng.uniform(0.1, 0.5),
        gamma=rng.uniform(0.8, 1.6),
        sheet=draw_sheet(rng),
    )


def _engraving(rng: np.random.Generator) -> Painter:
    return Engraving(
        period=int(rng.integers(len(PERIODS))),
        angle=int(rng.integers(len(ANGLES))),
        num_layers=int(rng.integers(1, 5)),
        softness=rng.uniform(0.15, 0.6),
        wobble=rng.uniform(0, 0.25),
        outline=rng.uniform(0, 1),
        gamma=rng.uniform(0.9, 1.7),
        sheet=draw_sheet(rng),
    )


def _stipple(rng: np.random.Generator) -> Painter:
    return Stipple(
        grain_size=int(rng.choice([1, 2, 4])),
        spread=rng.uniform(0.5, 1),
        softness=rng.uniform(0.1, 0.6),
        outline=rng.uniform(0, 1),
        smudge=rng.uniform(0.8, 2),
        gamma=rng.uniform(0.8, 1.6),
        sheet=draw_sheet(rng),
    )


def _linocut(rng: np.random.Generator) -> Painter:
    return Linocut(
        num_tones=int(rng.integers(2, 5)),
        smooth=rng.uniform(1.2, 3),
        softness=rng.uniform(0.04, 0.15),
        level=rng.uniform(0.35, 0.6),
        range=rng.uniform(0.4, 0.8),
        sheet=draw_sheet(rng),
    )


_DRAWS: dict[str, Callable[[np.random.Generator], Painter]] = {
    "strokes": _strokes,
    "watercolor": _watercolor,
    "halftone": _halftone,
    "engraving": _engraving,
    "stipple": _stipple,
    "linocut": _linocut,
}
_SHARES = {
    "strokes": 0.25, "watercolor": 0.15, "halftone": 0.2, "engraving": 0.2, "stipple": 0.12, "linocut": 0.08,
}  # fmt: skip
FAMILIES = tuple(_DRAWS)
_KINDS = (Strokes, Watercolor, Halftone, Engraving, Stipple, Linocut)
_SCALES = {
    "radius": 5, "length": 10, "bristle": 0.2, "saturation": 1, "contrast": 1, "edge": 3,
    "wash": 0.3, "granulation": 0.2, "colored": 1, "softness": 0.4, "gamma": 1.2, "num_layers": 3, "wobble": 0.2,
    "outline": 1, "spread": 2, "smudge": 1.5, "num_tones": 3, "smooth": 2, "level": 0.5, "range": 0.6,
}  # fmt: skip
