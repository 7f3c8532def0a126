"""Export of looks as color tables: .cube and HaldCLUT, sRGB to sRGB, and the loss of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..estimation.content import Content
from ..estimation.people import load_people
from ..imaging.files.atomic import atomic_write
from ..imaging.files.writing import write_photo
from ..imaging.photo import Photo
from ..imaging.proxy import Proxy
from ..imaging.rendering.look import GRID_SIZE, Look
from ..imaging.rendering.photo_regions import PhotoRegions
from ..imaging.rendering.render import render
from ..networks.regions import predict_regions
from .style import Style

CUBE_SIZES = (33, 65)
HALD_LEVEL = 8
_NUM_LOSS_COLORS = 512  # colors of the mean portrait, at which the loss is measured


@dataclass(frozen=True)
class TableLoss:
    """The error of a color table, which cannot represent the grid of a look, nor its tables for ground and skin.

    Attributes:
        mean: mean CIEDE2000 between the look and its table.
        worst: largest CIEDE2000.
    """

    mean: float
    worst: float


def exported_look(style: Style, proxies: Sequence[Proxy] = ()) -> tuple[Look, TableLoss]:
    """Return the look to export, and the error of its color table.

    Args:
        style: of any kind but `pixel`.
        proxies: photos to adapt to and to measure the error on; empty for the mean portrait.

    Raises:
        StyleError: the style is a pixel style, which has no look.
    """
    if proxies:
        look = style.look_for(Content.of(proxies))
        losses = [table_loss_on_photo(look, proxy.pixels) for proxy in proxies]
        return look, TableLoss(float(np.mean([one.mean for one in losses])), max(one.worst for one in losses))
    content = Content.mean_portrait()
    look = style.look_for(content)
    people = load_people()
    colors = people.colors.reshape(-1, 3)
    chosen = np.linspace(0, len(colors) - 1, _NUM_LOSS_COLORS).astype(int)
    shares = None if people.regions is None else np.float32(people.regions.reshape(len(colors), -1)[chosen]) / 255
    return look, table_loss_on_colors(look, np.float32(colors[chosen]) / 255, shares)


def placeless(look: Look) -> Look:
    """Return the look of the subject with its grid averaged over the photo, which a table can represent.

    For a fixed color the grid's residual is linear in its cells, so the mean cell gives the mean color exactly.
    """
    return Look(look.table, np.broadcast_to(look.grid.mean((0, 1), keepdims=True), look.grid.shape).copy())


def sample_look(look: Look, size: int) -> np.ndarray:
    """Evaluate a look on a lattice of colors, with its grid averaged over the photo.

    Args:
        look: to evaluate.
        size: points along each axis.

    Returns:
        (size, size, size, 3) float32 in [0, 1], indexed [r, g, b].
    """
    axis = np.linspace(0, 1, size, dtype=np.float32)
    colors = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)  # (r, g, b, 3)
    return _rendered(colors.reshape(size * size, size, 3), placeless(look)).reshape(colors.shape)


def write_cube(look: Look, path: Path, *, title: str, size: int = 33, overwrite: bool = False) -> None:
    """Write a .cube file (Adobe's Cube LUT specification 1.0; red varies fastest).

    Raises:
        ValueError: the size is not one of CUBE_SIZES.
        AtelierError: the file exists or cannot be written.
    """
    if size not in CUBE_SIZES:
        raise ValueError(f"size must be one of {CUBE_SIZES}, got {size}")
    rows = sample_look(look, size).transpose(2, 1, 0, 3).reshape(-1, 3)
    plain_title = title.replace('"', "'")
    header = f'TITLE "{plain_title}"\nLUT_3D_SIZE {size}\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n'
    body = "".join(f"{r:.6f} {g:.6f} {b:.6f}\n" for r, g, b in rows.tolist())
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_text(header + body, encoding="utf-8", newline="\n")


def write_hald(look: Look, path: Path, *, overwrite: bool = False) -> None:
    """Write a HaldCLUT of level 8: a 512 x 512 picture of 16-bit colors, red varying fastest.

    Raises:
        AtelierError: the file exists or cannot be written.
    """
    edge = HALD_LEVEL**3
    table = sample_look(look, HALD_LEVEL**2).transpose(2, 1, 0, 3).reshape(edge, edge, 3)
    pixels = (table * 65535).round().astype(np.uint16)
    write_photo(Photo(pixels=pixels, file_format="PNG"), path, overwrite=overwrite)


def table_loss_on_photo(look: Look, pixels: np.ndarray) -> TableLoss:
    """Measure the error over the pixels of a photo.

    Args:
        look: to export.
        pixels: (H, W, 3) float32, sRGB-encoded.
    """
    regions = None
    if look.has_region_tables:
        regions = PhotoRegions.of(look.plain, predict_regions(pixels), pixels, pixels.shape[:2])
    return _loss(_rendered(pixels, look, regions), _rendered(pixels, placeless(look)))


def table_loss_on_colors(look: Look, colors: np.ndarray, shares: np.ndarray | None = None) -> TableLoss:
    """Measure the error over colors, each at every position of a photo.

    Args:
        look: to export.
        colors: (N, 3) float32, sRGB-encoded.
        shares: (N, 5) float32 in [0, 1]: how far each belongs to each of REGIONS; None for the subject without skin.
    """
    photos = [np.tile(color, (GRID_SIZE, GRID_SIZE, 1)) for color in colors]  # a pixel for each cell of the grid
    regions = [None] * len(photos) if shares is None else [_everywhere(look, share) for share in shares]
    full = [_rendered(photo, look, one) for photo, one in zip(photos, regions, strict=True)]
    held = placeless(look)
    return _loss(np.stack(full), np.stack([_rendered(photo, held) for photo in photos]))


def _everywhere(look: Look, share: np.ndarray) -> PhotoRegions | None:
    """Return regions that are the same in each pixel of a photo of GRID_SIZE."""
    if not look.has_region_tables:
        return None
    whole = (GRID_SIZE, GRID_SIZE)
    maps = np.broadcast_to(share[:, None, None], (len(share), *whole))
    return PhotoRegions.of(look.plain, maps, np.zeros((*whole, 3), np.float32), whole)


def _rendered(pixels: np.ndarray, look: Look, regions: PhotoRegions | None = None) -> np.ndarray:
    return render(pixels, look, regions=regions).clip(0, 1)


def _loss(full: np.ndarray, held: np.ndarray) -> TableLoss:
    from skimage.color import deltaE_ciede2000, rgb2lab  # takes half a second to import

    difference = deltaE_ciede2000(rgb2lab(full), rgb2lab(held))
    return TableLoss(float(difference.mean()), float(difference.max()))
