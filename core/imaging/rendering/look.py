"""The look of a content photo: color tables, a grid and a texture. `look_tensors` defines their effect in torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .color_tables import MAX_TABLE_SIZE, quads, ramps, resampled, residual_of
from .color_tables import TABLE_SIZE as TABLE_SIZE
from .color_tables import table_colors as table_colors
from .color_tables import table_shape as table_shape
from .texture import Texture, mix_textures

GRID_SIZE = 16
NUM_TONES = 8
MIXED_SIZE = 65  # of tables that hold curves


@dataclass(frozen=True)
class Window:
    """The position of some pixels in the whole photo, for tiles, crops and selections."""

    top: int
    left: int
    full_height: int
    full_width: int

    @classmethod
    def whole(cls, height: int, width: int) -> Window:
        """Return the window of a whole photo."""
        return cls(0, 0, height, width)


@dataclass(frozen=True, eq=False)
class Look:
    """A color table, then a bilateral grid of local affine color maps, then texture. All zeros are the identity.

    Attributes:
        table: (N, N, N, 3) float32, N from 2 to MAX_TABLE_SIZE, indexed [r, g, b]: added to the sRGB-encoded color
            (r, g, b) / (N - 1), or to what `curves` make of it. That of the set network has N = 17.
        grid: (16, 16, 8, 3, 4) float32, indexed [y, x, tone, out, in]: the affine map at that cell, less the
            identity; `in` is (r, g, b, 1) of the table's output.
        texture: detail, glow and grain, which `restyle_photo` adds and `render` does not; None for none.
        ground: a table like `table`, for what is not subject; None for `table`.
        skin: likewise, for skin.
        curves: (3, M) float32: a curve for each channel in front of all tables, its results at M even steps from 0 to
            1, which are clamped to [0, 1]; None for none.
    """

    table: np.ndarray
    grid: np.ndarray
    texture: Texture | None = None
    ground: np.ndarray | None = None
    skin: np.ndarray | None = None
    curves: np.ndarray | None = None

    def __post_init__(self) -> None:
        size, num_points = _length_of(self.table, MAX_TABLE_SIZE), _length_of(getattr(self.curves, "T", None))
        shapes = {**dict.fromkeys(("table", "ground", "skin"), table_shape(size or TABLE_SIZE)), "grid": grid_shape()}
        for name, shape in (*shapes.items(), ("curves", (3, num_points or 2))):
            values = getattr(self, name)
            if values is None and name in ("ground", "skin", "curves"):
                continue
            if not isinstance(values, np.ndarray) or values.shape != shape or values.dtype != np.float32:
                found = f"{getattr(values, 'dtype', type(values).__name__)} {tuple(getattr(values, 'shape', ()))}"
                raise ValueError(f"{name} must be a float32 array {shape}, got {found}")

    @classmethod
    def identity(cls) -> Look:
        """Return the look that changes nothing."""
        return cls(np.zeros(table_shape(), np.float32), np.zeros(grid_shape(), np.float32))

    @property
    def has_grid(self) -> bool:
        """Whether the grid is not zero; else renderers skip it."""
        return bool(self.grid.any())

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing."""
        tables = (self.table, self.ground, self.skin)
        changes = any(table is not None and bool(table.any()) for table in tables)
        return not self.has_grid and not self.has_texture and not changes and self.curves is None

    @property
    def table_size(self) -> int:
        """Points along each axis of its tables."""
        return len(self.table)

    @property
    def flat(self) -> Look:
        """The same curves and table, without grid, texture and tables for regions."""
        return Look(self.table, np.zeros(grid_shape(), np.float32), curves=self.curves)

    @property
    def has_texture(self) -> bool:
        """Whether it has a texture that changes something."""
        return self.texture is not None and not self.texture.is_empty

    @property
    def has_region_tables(self) -> bool:
        """Whether ground or skin have a table of their own."""
        return self.ground is not None or self.skin is not None

    @property
    def needs_regions(self) -> bool:
        """Whether its effect depends on where subject or skin are."""
        return self.has_region_tables or (self.texture is not None and self.texture.needs_skin)

    def table_of(self, region: str) -> np.ndarray:
        """Return the table for "ground" or "skin"."""
        own = getattr(self, region)
        return self.table if own is None else own

    def sampled(self, size: int) -> Look:
        """Return the look with tables of another size, which hold the curves; see `color_tables.resampled`."""
        if self.curves is None and self.table_size == size:
            return self
        tables = {name: getattr(self, name) for name in ("table", "ground", "skin")}
        own = {name: None if part is None else resampled(part, size, self.curves) for name, part in tables.items()}
        return replace(self, curves=None, **own)

    def sampling_loss(self, size: int) -> float:
        """Return how much the colors of its table differ from those of `sampled`, at most, along `ramps`."""
        places, sampled = np.ascontiguousarray(ramps().T), self.sampled(size)
        own, other = (
            residual_of(places, quads(look.table.reshape(-1, 3)), look.table_size, look.curves)
            for look in (self, sampled)
        )
        return float(np.abs(own - other).max())

    @property
    def plain(self) -> Look:
        """The same look without texture."""
        return replace(self, texture=None)


def mix_looks(looks: Sequence[tuple[float, Look]]) -> Look:
    """Interpolate looks by weights that sum to 1, linearly in tables, grids and textures.

    Where one has a table for a region, those without count with their `table` there. Tables of several sizes are first
    sampled at the largest of them. Where all have the same curves in front, these stay; else tables hold their curves,
    at MIXED_SIZE at least, which loses `Look.sampling_loss`.
    """
    looks, curves = _alike(looks)
    tables: dict[str, np.ndarray | None] = {}
    for region in ("ground", "skin"):
        if any(getattr(look, region) is not None for _, look in looks):
            tables[region] = _weighted([(weight, look.table_of(region)) for weight, look in looks])
    texture = mix_textures([(weight, look.texture) for weight, look in looks])
    table, grid = (_weighted([(weight, getattr(look, part)) for weight, look in looks]) for part in ("table", "grid"))
    return Look(table, grid, texture, **tables, curves=curves)


def _alike(looks: Sequence[tuple[float, Look]]) -> tuple[Sequence[tuple[float, Look]], np.ndarray | None]:
    """Return the looks with tables of one size and without curves, and the curves that all of them have in front."""
    size = max(look.table_size for _, look in looks)
    curves = looks[0][1].curves
    if all(_are_same(curves, look.curves) for _, look in looks):
        return [(weight, replace(look, curves=None).sampled(size)) for weight, look in looks], curves
    size = max(size, MIXED_SIZE)
    return [(weight, look.sampled(size)) for weight, look in looks], None


def _are_same(one: np.ndarray | None, two: np.ndarray | None) -> bool:
    return one is two or (one is not None and two is not None and np.array_equal(one, two))


def _length_of(values: object, most: int | None = None) -> int:
    """The length of an array, 0 if it has none, or one that a table or a curve cannot have."""
    length = len(values) if isinstance(values, np.ndarray) and values.ndim else 0
    return length if 2 <= length <= (most or length) else 0


def _weighted(parts: Sequence[tuple[float, np.ndarray]]) -> np.ndarray:
    return np.sum([np.float32(weight) * values for weight, values in parts], 0)


def grid_shape() -> tuple[int, ...]:
    """(y, x, tone, out, in)."""
    return (GRID_SIZE, GRID_SIZE, NUM_TONES, 3, 4)


def cell_positions(start: int, count: int, full: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of rows (or columns) between the centers of the grid's cells.

    Args:
        start: the first row, in the whole photo.
        count: number of rows.
        full: number of rows of the whole photo.

    Returns:
        (count,) int32, the cell before each, 0 to 14; and (count,) float32, its distance to that cell, 0 to 1.
    """
    places = (np.arange(start, start + count) + 0.5) * (GRID_SIZE / full) - 0.5
    places = places.clip(0, GRID_SIZE - 1)
    cells = np.minimum(places.astype(np.int32), GRID_SIZE - 2)
    return cells, (places - cells).astype(np.float32)
