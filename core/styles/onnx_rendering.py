"""Rendering of a look in an ONNX graph: curves, color table, light, and where the subject is."""

from __future__ import annotations

import numpy as np

from ..color.srgb import REC709_LUMA
from ..imaging.rendering.look import GRID_SIZE, NUM_TONES
from .onnx_graph import OnnxGraph
from .onnx_tracing import Traced

Values = np.ndarray | Traced


def table_residual(graph: OnnxGraph, colors: str, table: Values, curves: np.ndarray | None = None) -> str:
    """Add the residual of curves and table, (N, 3, H, W), for colors of that shape in [0, 1].

    Args:
        graph: to add to.
        colors: name of the colors.
        table: (S, S, S, 3) float32, as of `Look`.
        curves: (3, M) float32, as of `Look`.
    """
    bent = colors if curves is None else _curves(graph, curves, colors)
    size = len(table)
    scaled = graph.add("Mul", bent, graph.constant(float(size - 1)))
    cells = graph.add("Min", graph.add("Floor", scaled), graph.constant(float(size - 2)))
    red, green, blue = _channels(graph, graph.add("Sub", scaled, cells))
    steps = np.array([size**2, size, 1], np.float32)  # whole numbers that floats hold: 144^3 is less than 2^24
    near = graph.add("ReduceSum", graph.add("Mul", cells, graph.constant(steps.reshape(3, 1, 1))), graph.axis(1))
    larger, smaller = graph.add("Max", red, green), graph.add("Min", red, green)
    largest, smallest = graph.add("Max", larger, blue), graph.add("Min", smaller, blue)
    middle = graph.add("Max", smaller, graph.add("Min", larger, blue))
    of_red, of_green, of_blue = (graph.constant(float(step)) for step in steps)
    red_first, green_first, late_blue = (
        graph.add("GreaterOrEqual", *pair) for pair in ((red, green), (green, blue), (red, blue))
    )
    first = _choose(
        graph, red_first, _choose(graph, late_blue, of_red, of_blue), _choose(graph, green_first, of_green, of_blue)
    )
    last = _choose(
        graph, red_first, _choose(graph, green_first, of_blue, of_green), _choose(graph, late_blue, of_blue, of_red)
    )
    far = graph.add("Add", near, graph.constant(float(steps.sum())))
    corners = (near, graph.add("Add", near, first), graph.add("Sub", far, last), far)
    shares = (
        graph.add("Sub", graph.constant(1.0), largest),
        graph.add("Sub", largest, middle),
        graph.add("Sub", middle, smallest),
        smallest,
    )
    entries = _named(graph, table.reshape(-1, 3))
    residual = ""
    for at, share in zip(corners, shares, strict=True):
        part = graph.add("Mul", _picked(graph, entries, at), share)
        residual = graph.add("Add", residual, part) if residual else part
    return residual if curves is None else graph.add("Add", residual, graph.add("Sub", bent, colors))


def _curves(graph: OnnxGraph, curves: np.ndarray, colors: str) -> str:
    """Apply the curves to colors: (N, 3, H, W)."""
    count = curves.shape[1]
    scaled = graph.add("Mul", colors, graph.constant(float(count - 1)))
    cells = graph.add("Min", graph.add("Floor", scaled), graph.constant(float(count - 2)))
    starts = graph.constant((np.arange(3, dtype=np.float32) * count).reshape(3, 1, 1))
    at, values = graph.add("Add", cells, starts), graph.constant(curves.reshape(-1))
    low = graph.add("Gather", values, _whole(graph, at))
    high = graph.add("Gather", values, _whole(graph, graph.add("Add", at, graph.constant(1.0))))
    rise = graph.add("Mul", graph.add("Sub", high, low), graph.add("Sub", scaled, cells))
    return graph.clipped(graph.add("Add", low, rise))


def lighted(graph: OnnxGraph, toned: str, grid: Values) -> str:
    """Apply a grid (16, 16, 8, 3, 4) float32 to colors (N, 3, H, W).

    It is interpolated down the photo once for each row, then picked by column and tone.
    """
    luma = graph.add("Mul", toned, graph.constant(np.array(REC709_LUMA, np.float32).reshape(3, 1, 1)))
    luma = graph.clipped(graph.add("ReduceSum", luma, graph.axis(1), keepdims=0))  # (N, H, W)
    tones = _neighbors(graph, graph.add("Mul", luma, graph.constant(float(NUM_TONES - 1))), NUM_TONES)
    rows, columns = (_neighbors(graph, _places(graph, toned, axis), GRID_SIZE) for axis in (2, 3))
    starts = graph.add("Mul", _counted(graph, toned, 2), graph.constant(float(GRID_SIZE * NUM_TONES)))  # (H,)
    starts, corners = graph.add("Unsqueeze", starts, graph.axis(1)), []
    for across, x_share in columns:
        place = graph.add("Add", starts, graph.add("Mul", across, graph.constant(float(NUM_TONES))))  # (H, W)
        for tone, tone_share in tones:
            share = graph.add("Unsqueeze", graph.add("Mul", x_share, tone_share), graph.axis(3))
            corners.append((_whole(graph, graph.add("Add", place, tone)), share))
    colors = graph.add("Transpose", toned, perm=[0, 2, 3, 1])
    colors = graph.add("Pad", colors, graph.constant(np.array([0] * 7 + [1], np.int64)), graph.constant(1.0))  # and 1
    changed = []
    for out in range(3):  # one after the other, for the sake of memory
        lines, affine = _blended(graph, grid[..., out, :].reshape(GRID_SIZE, -1), rows), ""
        for at, share in corners:
            part = graph.add("Mul", graph.add("Gather", lines, at), share)  # (N, H, W, 4)
            affine = graph.add("Add", affine, part) if affine else part
        changed.append(graph.add("ReduceSum", graph.add("Mul", affine, colors), graph.axis(3)))
    change = graph.add("Concat", *changed, axis=3)
    return graph.add("Add", toned, graph.add("Transpose", change, perm=[0, 3, 1, 2]))


def _places(graph: OnnxGraph, photo: str, axis: int) -> str:
    """The positions of rows (axis 2) or columns (3) between the centers of the grid's cells."""
    count = graph.add("Cast", graph.add("Shape", photo, start=axis, end=axis + 1), to=1)
    middle = graph.add("Add", _counted(graph, photo, axis), graph.constant(0.5))
    place = graph.add("Mul", middle, graph.add("Div", graph.constant(float(GRID_SIZE)), count))
    place = graph.add("Sub", place, graph.constant(0.5))
    return graph.add("Clip", place, graph.constant(0.0), graph.constant(float(GRID_SIZE - 1)))


def _counted(graph: OnnxGraph, photo: str, axis: int) -> str:
    """Count rows or columns from 0: floats."""
    length = graph.add("Squeeze", graph.add("Shape", photo, start=axis, end=axis + 1))
    return graph.cast(graph.add("Range", graph.constant(np.array(0)), length, graph.constant(np.array(1))), np.float32)


def _neighbors(graph: OnnxGraph, position: str, size: int) -> list[tuple[str, str]]:
    """Return the two cells around each position, and their shares."""
    low = graph.add("Min", graph.add("Floor", position), graph.constant(float(size - 2)))
    share, one = graph.add("Sub", position, low), graph.constant(1.0)
    return [(low, graph.add("Sub", one, share)), (graph.add("Add", low, one), share)]


def _channels(graph: OnnxGraph, value: str) -> list[str]:
    """Split into red, green and blue."""
    return graph.split(value, [1, 1, 1])


def _whole(graph: OnnxGraph, value: str) -> str:
    """Add a conversion to whole numbers."""
    return graph.cast(value, np.int32)


def _choose(graph: OnnxGraph, condition: str, if_true: str, if_false: str) -> str:
    """Add a choice for each pixel."""
    return graph.add("Where", condition, if_true, if_false)


def _picked(graph: OnnxGraph, entries: str, at: str) -> str:
    """Pick rows of entries (E, 3) at (N, 1, H, W): (N, 3, H, W)."""
    rows = graph.add("Gather", entries, _whole(graph, graph.add("Squeeze", at, graph.axis(1))))  # (N, H, W, 3)
    return graph.add("Transpose", rows, perm=[0, 3, 1, 2])


def _blended(graph: OnnxGraph, cells: Values, rows: list[tuple[str, str]]) -> str:
    """Interpolate cells (16, C * 4) down the photo: (H * C, 4)."""
    values, parts = _named(graph, cells), []
    for at, share in rows:
        line = graph.add("Gather", values, _whole(graph, at))
        parts.append(graph.add("Mul", line, graph.add("Unsqueeze", share, graph.axis(1))))
    return graph.add("Reshape", graph.add("Add", *parts), graph.constant(np.array([-1, 4], np.int64)))


def _named(graph: OnnxGraph, values: Values) -> str:
    return values.name if isinstance(values, Traced) else graph.constant(values)
