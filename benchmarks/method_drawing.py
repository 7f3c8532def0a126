"""Drawing of the pictures of docs/method.md: sheets, maps in false colors, clouds of colors, curves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from portrait_atelier.core.color.lab import lab_to_srgb
from portrait_atelier.core.imaging.contact_sheet import SheetStyle, contact_sheet
from torch import Tensor

MOST_BYTES = 84_000  # of a picture
_LEAST_QUALITY = 50
_REACH = 60  # a* and b* that a cloud of colors shows
_CLOUD_SIZE = 240

Captioned = tuple[str, np.ndarray]


def sheet_of(pictures: Sequence[Captioned], columns: int, cell_size: int) -> np.ndarray:
    """Lay pictures out with their captions, all of one width: (H, W, 3) uint8."""
    return contact_sheet(
        [(caption, enlarged(pixels, cell_size)) for caption, pixels in pictures],
        columns=columns,
        style=SheetStyle(cell_size=cell_size),
    )


def save_picture(path: Path, pixels: np.ndarray) -> int:
    """Write a JPEG with the best quality within MOST_BYTES; return its size.

    Raises:
        ValueError: even at low quality it is too large.
    """
    for quality in range(90, _LEAST_QUALITY, -4):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG", quality=quality, optimize=True)
        if stream.tell() < MOST_BYTES:
            path.write_bytes(stream.getvalue())
            return stream.tell()
    raise ValueError(f"{path.name} would be larger than {MOST_BYTES} bytes; make its cells smaller")


def enlarged(pixels: np.ndarray, size: int) -> np.ndarray:
    """Resize a picture to a longer side of `size`; by nearest neighbor if it is much smaller."""
    scale = size / max(pixels.shape[:2])
    if scale == 1:
        return pixels
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST if scale > 4 else cv2.INTER_CUBIC
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=method)


def to_bytes(colors: np.ndarray) -> np.ndarray:
    """Colors in [0, 1] as uint8."""
    return (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)


def pixels_of(photo: Tensor) -> np.ndarray:
    """(1, 3, H, W) or (3, H, W) in [0, 1] as (H, W, 3) uint8."""
    return to_bytes(photo.detach().reshape(-1, *photo.shape[-2:]).movedim(0, -1).numpy())


def tensor_of(pixels: np.ndarray) -> Tensor:
    """(H, W, 3) uint8 as (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).movedim(-1, 0)[None].float() / 255


def mosaic(tiles: Sequence[np.ndarray], columns: int, gap: int = 3) -> np.ndarray:
    """Tiles of one size side by side, without captions."""
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // columns)
    board = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 34, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        board[top : top + height, left : left + width] = tile
    return board


def stops_picture(stops: np.ndarray) -> np.ndarray:
    """Stops of light (H, W) in false colors: blue takes light away, orange gives it, gray leaves it."""
    part = np.clip(stops, -1, 1)[..., None]
    gray, give, take = (np.array(color) for color in ((0.5, 0.5, 0.5), (1.0, 0.72, 0.25), (0.1, 0.25, 0.6)))
    return to_bytes(gray + np.maximum(part, 0) * (give - gray) + np.maximum(-part, 0) * (take - gray))


def map_picture(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """A map of numbers (H, W) as gray: (H, W, 3) uint8."""
    shown = (values - low) / max(high - low, 1e-9)
    return np.repeat(to_bytes(shown)[..., None], 3, -1)


def color_cloud(lab: np.ndarray) -> np.ndarray:
    """Draw Lab colors (..., 3) in the plane of a* (right) and b* (up), each position in its own color."""
    a, b = (lab[..., channel].ravel() for channel in (1, 2))
    edges = np.linspace(-_REACH, _REACH, _CLOUD_SIZE // 3 + 1)
    counts, _, _ = np.histogram2d(-b, a, [edges, edges])
    density = np.clip(cv2.GaussianBlur(counts / counts.max(), (0, 0), 0.8) * 8, 0, 1) ** 0.4
    middles = (edges[1:] + edges[:-1]) / 2
    plane = np.stack(np.broadcast_arrays(62.0, middles[None, :], -middles[:, None]), -1)
    shown = 0.14 + density[..., None] * (np.clip(lab_to_srgb(plane.astype(np.float32)), 0, 1) - 0.14)
    picture = cv2.resize(to_bytes(shown), (_CLOUD_SIZE, _CLOUD_SIZE), interpolation=cv2.INTER_LINEAR)
    picture[_CLOUD_SIZE // 2, ::4] = picture[::4, _CLOUD_SIZE // 2] = 110  # position of gray
    return picture


def dots_picture(places: np.ndarray, colors: np.ndarray, size: int) -> np.ndarray:
    """Dots of colors (N, 3) in [0, 1] at places (N, 2) of x and y in [0, 1]: (size, size, 3) uint8."""
    canvas = np.full((size, size, 3), 34, np.uint8)
    for (x, y), color in zip(places * (size - 1), to_bytes(colors).tolist(), strict=True):
        cv2.circle(canvas, (round(x), round(y)), max(2, size // 70), color, -1, cv2.LINE_AA)
    return canvas


def curves_picture(
    curves: Sequence[tuple[str, np.ndarray]], across: tuple[float, float], top: float, *, words: tuple[str, str]
) -> np.ndarray:
    """Curves over one axis, each (N,) and named; `words` are of both axes."""
    width, height, edge, right = 900, 400, 56, 230
    colors = ((205, 92, 52), (58, 110, 190), (62, 140, 84), (140, 80, 160))
    canvas = np.full((height, width, 3), 255, np.uint8)

    def write(text: str, x: int, y: int, color: tuple[int, int, int] = (60, 60, 60)) -> None:
        cv2.putText(canvas, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.46, color, 1, cv2.LINE_AA)

    for part in np.linspace(0, 1, 5):
        y = round(height - edge - part * (height - 2 * edge))
        x = round(edge + part * (width - edge - right))
        cv2.line(canvas, (edge, y), (width - right, y), (222, 222, 222), 1)
        write(f"{part * top:.2g}", 14, y + 5)
        write(f"{across[0] + part * (across[1] - across[0]):.0f}", x - 10, height - edge + 20)
    write(words[0], edge, height - 12)
    write(words[1], edge, 30)
    for number, (name, values) in enumerate(curves):
        x = edge + np.linspace(0, 1, len(values)) * (width - edge - right)
        y = height - edge - np.clip(values / top, 0, 1) * (height - 2 * edge)
        points = np.stack([x, y], 1).round().astype(np.int32)
        cv2.polylines(canvas, [points.reshape(-1, 1, 2)], False, colors[number], 2, cv2.LINE_AA)
        write(name, width - right + 14, edge + 20 + 26 * number, colors[number])
    return canvas
