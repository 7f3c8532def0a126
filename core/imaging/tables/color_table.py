"""A color table as a file describes it: curves for each channel, then a lattice of colors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...texts import Text
from ..rendering.color_tables import MAX_TABLE_SIZE, quads, resampled, residual_of, table_colors, table_shape
from ..rendering.look import Look, grid_shape

KEPT_SIZE = 65  # points along each axis: smaller tables are kept as they are
CLOSE = 1 / 255  # a larger table is reduced where it differs nowhere by more
_LEAST_REDUCED = 129  # points of a table that is too large for a look
_CURVE_POINTS = 16_385  # of a curve whose points do not lie at even steps from 0 to 1
_LARGEST = 65504.0  # of values; more are no colors
MAX_CURVE_POINTS = 65_536  # of a file's


@dataclass(frozen=True, eq=False)
class ColorTable:
    """What a color table does to sRGB-encoded colors.

    Attributes:
        values: (N, N, N, 3) float32 results, indexed [r, g, b], of the colors (r, g, b) / (N - 1) that the curves
            give; interpolated in tetrahedra.
        curves: (3, M) float32, results at M even steps from 0 to 1, clamped to [0, 1]; None for none.
        title: that the file gives it; empty if none.
        notes: what a user should know.
    """

    values: np.ndarray
    curves: np.ndarray | None = None
    title: str = ""
    notes: tuple[Text, ...] = ()

    @property
    def size(self) -> int:
        """Points along each axis."""
        return len(self.values)

    def colors(self, colors: np.ndarray) -> np.ndarray:
        """Return what the table makes of colors (..., 3) float32, which are clamped to [0, 1]."""
        places = np.ascontiguousarray(colors.reshape(-1, 3).T).clip(0, 1)
        residual = residual_of(places, quads(self._residual.reshape(-1, 3)), self.size, self.curves)
        return (places.T + residual[:, :3]).reshape(colors.shape).astype(np.float32)

    def look(self) -> Look:
        """Return the look that does to photos what the table does.

        Raises:
            ValueError: it has more points than a look can have; see `fitted`.
        """
        return Look(self._residual, np.zeros(grid_shape(), np.float32), curves=self.curves)

    @property
    def _residual(self) -> np.ndarray:
        return self.values - table_colors(self.size)

    def fitted(self) -> ColorTable:
        """Return a table that a look can hold, reduced where that does not show, with a note of what it lost."""
        if self.size <= KEPT_SIZE:
            return self
        reduced, worst = self._reduced(KEPT_SIZE)
        if worst > CLOSE and self.size <= MAX_TABLE_SIZE:
            return self
        if worst > CLOSE:
            reduced, worst = self._reduced(_LEAST_REDUCED)
        note = Text(
            "reduced from {size} to {points} points an axis; colors differ by at most {worst:.2f} of 255",
            size=self.size,
            points=reduced.size,
            worst=255 * worst,
        )
        return replace(reduced, notes=(*self.notes, note))

    def _reduced(self, size: int) -> tuple[ColorTable, float]:
        """Return the table with another size, and its largest difference at this one's points."""
        own = self._residual
        residual = resampled(own, size)
        worst = float(np.abs(resampled(residual, self.size) - own).max())
        return replace(self, values=residual + table_colors(size)), worst


def table_of_lattice(
    values: np.ndarray, domain: np.ndarray | None = None, shaper: Shaper | None = None, title: str = ""
) -> ColorTable:
    """Make a color table of a 3D table.

    Args:
        values: (N, N, N, 3), indexed [r, g, b].
        domain: (2, 3), the colors at the first and the last points; None for 0 and 1.
        shaper: in front of it; None for none.
        title: of the table.

    Raises:
        ValueError: the values or the domain cannot be used.
    """
    check_values(values)
    low, high = _checked_domain(domain)
    curves = None
    if shaper is not None:
        curves = shaper.at_even_steps()
    elif low.any() or (high != 1).any():
        curves = np.stack([np.zeros(3), np.ones(3)], 1)
    if curves is not None:
        curves = ((curves - low[:, None]) / (high - low)[:, None]).astype(np.float32)
    return ColorTable(values.astype(np.float32), curves, title)


@dataclass(frozen=True)
class Shaper:
    """Curves as a file has them.

    Attributes:
        results: for each channel, (M,) results; M may differ.
        places: for each channel, (M,) rising colors at which they are reached.
    """

    results: tuple[np.ndarray, ...]
    places: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, rows: np.ndarray, domain: np.ndarray | None = None) -> Shaper:
        """Make a shaper of rows (M, 3) at even steps.

        Args:
            rows: results.
            domain: (2, 3), the colors at the first and the last row; None for 0 and 1.

        Raises:
            ValueError: the values or the domain cannot be used.
        """
        check_values(rows)
        low, high = _checked_domain(domain)
        places = tuple(np.linspace(low[channel], high[channel], len(rows)) for channel in range(3))
        return cls(tuple(rows.T.astype(np.float64)), places)

    def at_even_steps(self) -> np.ndarray:
        """(3, M) float64: results at even steps from 0 to 1."""
        steps = np.linspace(0, 1, len(self.places[0]))
        if all(len(place) == len(steps) and np.allclose(place, steps, rtol=0, atol=1e-7) for place in self.places):
            return np.stack(self.results)
        steps = np.linspace(0, 1, _CURVE_POINTS)
        return np.stack([np.interp(steps, *pair) for pair in zip(self.places, self.results, strict=True)])

    def after(self, first: Shaper) -> Shaper:
        """Return curves that do what `first` does, and then these."""
        steps = np.linspace(0, 1, _CURVE_POINTS)
        between = [np.interp(steps, *pair) for pair in zip(first.places, first.results, strict=True)]
        own = zip(between, self.places, self.results, strict=True)
        return Shaper(tuple(np.interp(*part) for part in own), (steps,) * 3)

    def table(self, title: str = "") -> ColorTable:
        """Return the color table that has these curves alone.

        A look clamps its curves; where these leave [0, 1], they are scaled into it, and a table of two points scales
        them back.
        """
        curves = self.at_even_steps()
        low, high = min(0.0, float(curves.min())), max(1.0, float(curves.max()))
        scaled = ((curves - low) / (high - low)).astype(np.float32)
        values = np.float32(low) + table_colors(2) * np.float32(high - low)
        return ColorTable(values.astype(np.float32), scaled, title)


def lattice_of(rows: np.ndarray, size: int) -> np.ndarray:
    """Return rows (size^3, 3), of which red runs fastest, as a lattice indexed [r, g, b]."""
    return np.ascontiguousarray(rows.reshape(table_shape(size)).transpose(2, 1, 0, 3))


def check_values(values: np.ndarray) -> None:
    """Raise ValueError if values of a file are no numbers, or so large that float32 may not hold what follows."""
    if not np.isfinite(values).all():
        raise ValueError(Text("it holds values that are not numbers"))
    if np.abs(values).max() > _LARGEST:
        raise ValueError(Text("its values are far from colors, which lie between 0 and 1"))


def _checked_domain(domain: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    low, high = (np.zeros(3), np.ones(3)) if domain is None else np.asarray(domain, np.float64)
    usable = np.isfinite([low, high]).all() and (np.abs([low, high]) <= _LARGEST).all() and (high - low > 1e-6).all()
    if not usable:
        raise ValueError(
            Text("its domain must rise, and be of numbers, got {low} to {high}", low=_words(low), high=_words(high))
        )
    return low, high


def _words(values: np.ndarray) -> str:
    return " ".join(f"{value:g}" for value in values)
