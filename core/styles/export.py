"""Export of looks as color tables: .cube and HaldCLUT, sRGB to sRGB, and the loss of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..estimation.content import Content
from ..estimation.people import load_people
from ..imaging.files.atomic import atomic_write
from ..imaging.files.writing import write_photo
from ..imaging.photo import Photo
from ..imaging.proxy import Proxy
from ..imaging.rendering.look import GRID_SIZE, Look
from ..imaging.rendering.render import render
from ..networks.regions import REGIONS, predict_regions
from .style import Style

CUBE_SIZES = (33, 65)
HALD_LEVEL = 8
_SUBJECT = REGIONS.index("subject")
_NUM_LOSS_COLORS = 512  # colors of the mean portrait, at which the loss is measured


@dataclass(frozen=True)
class TableLoss:
    """The error of a color table, which cannot represent what a look does by place.

    Attributes:
        mean: mean CIEDE2000 between the look and its table.
        worst: largest CIEDE2000.
        ground: mean CIEDE2000 over what is ground, where the look treats that apart, which a table cannot; else None.
    """

    mean: float
    worst: float
    ground: float | None = None


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
        colors = [proxy.pixels[_ground_of(proxy.pixels)] for proxy in proxies] if look.ground is not None else []
        mean, worst = float(np.mean([one.mean for one in losses])), max(one.worst for one in losses)
        return look, TableLoss(mean, worst, _ground_loss(look, np.concatenate(colors) if colors else None))
    content = Content.mean_portrait()
    look = style.look_for(content)
    people = load_people()
    colors = people.colors.reshape(-1, 3).astype(np.float32) / 255
    chosen = np.linspace(0, len(colors) - 1, _NUM_LOSS_COLORS).astype(int)
    loss = table_loss_on_colors(look, colors[chosen])
    if look.ground is None:
        return look, loss
    assert people.regions is not None
    ground = colors[people.regions[..., _SUBJECT].reshape(-1) < 128]
    return look, replace(loss, ground=_ground_loss(look, ground))


def _ground_of(pixels: np.ndarray) -> np.ndarray:
    """(H, W) bool: what is not subject in a small photo."""
    import cv2

    subject = cv2.resize(predict_regions(pixels)[_SUBJECT], pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return subject < 0.5


def _ground_loss(look: Look, colors: np.ndarray | None) -> float | None:
    """Mean error over colors (N, 3) of the ground; None if the look or the photo has no ground of its own."""
    if look.ground is None or colors is None or not len(colors):
        return None
    full, held = (_rendered(colors[None], replace(placeless(look), table=table)) for table in (look.ground, look.table))
    return _loss(full, held).mean


def placeless(look: Look) -> Look:
    """Return the look with its grid averaged over the photo, which a table can represent.

    For a fixed color the grid's residual is linear in its cells, so the mean cell gives the mean color exactly.
    """
    return replace(look.flat, grid=np.broadcast_to(look.grid.mean((0, 1), keepdims=True), look.grid.shape).copy())


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
    return _loss(*(_rendered(pixels, one) for one in (look, placeless(look))))


def table_loss_on_colors(look: Look, colors: np.ndarray) -> TableLoss:
    """Measure the error over colors, each at every position of a photo.

    Args:
        look: to export.
        colors: (N, 3) float32, sRGB-encoded.
    """
    photos = [np.tile(color, (GRID_SIZE, GRID_SIZE, 1)) for color in colors]  # a pixel for each cell of the grid
    return _loss(*(np.stack([_rendered(photo, one) for photo in photos]) for one in (look, placeless(look))))


def _rendered(pixels: np.ndarray, look: Look) -> np.ndarray:
    return render(pixels, look).clip(0, 1)


def _loss(full: np.ndarray, held: np.ndarray) -> TableLoss:
    from skimage.color import deltaE_ciede2000, rgb2lab  # takes half a second to import

    difference = deltaE_ciede2000(rgb2lab(full), rgb2lab(held))
    return TableLoss(float(difference.mean()), float(difference.max()))
