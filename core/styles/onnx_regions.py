"""Small copies of a photo of any size, and its subject at full size, in an ONNX graph."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from ..imaging.rendering.region_mask import GUIDE_SIZE, RADIUS, ColorWindows
from .onnx_graph import OnnxGraph
from .onnx_tracing import Traced

_FLOAT64 = np.float64


def shrunk(graph: OnnxGraph, photo: str, longer_side: int) -> str:
    """Add a copy of a photo (1, 3, H, W) by area averages, of this longer side at most, as `proxy_of` makes it."""
    height, width = (_length(graph, photo, axis) for axis in (2, 3))
    part = graph.add("Div", _number(graph, longer_side), graph.add("Max", height, width))
    scale = graph.add("Min", _number(graph, 1), part)
    sides = (graph.add("Round", graph.add("Mul", side, scale)) for side in (height, width))
    return _resized(graph, photo, *(graph.add("Max", _number(graph, 1), side) for side in sides))


def squared(graph: OnnxGraph, photo: str, side: int) -> str:
    """Add a square copy of a photo (1, 3, H, W), whatever its aspect ratio, as `resize_to_square` makes it."""
    return _resized(graph, photo, _number(graph, side), _number(graph, side))


def subject_weights(graph: OnnxGraph, colors: str, soft: str) -> str:
    """Add where the subject is, (1, 1, H, W), as `RegionMask` finds it.

    Args:
        graph: to add to.
        colors: of the photo, (1, 3, H, W) in [0, 1].
        soft: (1, 1, h, w) as of `predict_regions`.
    """
    copy = shrunk(graph, colors, GUIDE_SIZE)
    height, width = (_length(graph, copy, axis) for axis in (2, 3))
    reach = graph.add("Round", graph.add("Mul", graph.add("Max", height, width), _number(graph, RADIUS)))
    reach = graph.add("Max", reach, _number(graph, 1))
    down, across = (_traced(graph, _box(graph, side, reach)) for side in (height, width))

    def mean(values: Traced) -> Traced:
        return down @ values @ across.T

    def plane(name: str) -> Any:  # an array that records what is done to it
        return _traced(graph, graph.add("Squeeze", name, graph.constant(np.array([0, 1]))))

    windows = ColorWindows([plane(channel) for channel in graph.split(copy, [1, 1, 1])], cast(Any, mean))
    found = cast(list[Traced], windows.fit(plane(_enlarged(graph, soft, copy))))
    first = graph.constant(np.array([0, 1]))
    parts = graph.add("Concat", *(graph.add("Unsqueeze", part.name, first) for part in found), axis=1)
    slope, offset = graph.split(_enlarged(graph, parts, colors), [3, 1])
    return graph.clipped(
        graph.add("Add", graph.add("ReduceSum", graph.add("Mul", slope, colors), graph.axis(1)), offset)
    )


def _traced(graph: OnnxGraph, name: str) -> Traced:
    """A matrix of any size."""
    return Traced(graph, name, np.eye(4, dtype=np.float32))


def _resized(graph: OnnxGraph, photo: str, height: str, width: str) -> str:
    """Resize a photo (1, 3, H, W), to () float64 each, as OpenCV does by INTER_AREA."""
    sides = [_length(graph, photo, axis) for axis in (2, 3)]
    factors = [graph.add("Div", *pair) for pair in zip((height, width), sides, strict=True)]
    shrinks = graph.add("LessOrEqual", graph.add("Max", *factors), _number(graph, 1))
    rows, columns = (_shares(graph, *axis, shrinks) for axis in zip(sides, (height, width), factors, strict=True))
    return graph.add("MatMul", graph.add("MatMul", rows, photo), graph.add("Transpose", columns, perm=[1, 0]))


def _shares(graph: OnnxGraph, before: str, after: str, factor: str, shrinks: str) -> str:
    """The share of each row before in each row after: (after, before) float32.

    Those are of the areas where both sides shrink; else two rows are mixed, at places that OpenCV computes for areas,
    rounded as it does.
    """
    scale = graph.add("Div", _number(graph, 1), factor)
    old = graph.add("Unsqueeze", _counted(graph, before), graph.axis(0))
    new = graph.add("Unsqueeze", _counted(graph, after), graph.axis(1))
    one, zero, start = _number(graph, 1), _number(graph, 0), graph.add("Mul", new, scale)
    end = graph.add("Min", graph.add("Add", start, scale), graph.add("Add", old, one))
    overlap = graph.add("Max", graph.add("Sub", end, graph.add("Max", start, old)), zero)
    areas = graph.add("Div", overlap, scale)
    row = graph.add("Floor", start)
    along = graph.add("Sub", graph.add("Add", new, one), graph.add("Mul", graph.add("Add", row, one), factor))
    along = graph.cast(graph.cast(graph.add("Max", along, zero), np.float32), _FLOAT64)
    along = graph.add("Sub", along, graph.add("Floor", along))
    last = graph.add("Sub", before, one)
    row, following = graph.add("Min", row, last), graph.add("Min", graph.add("Add", row, one), last)
    parts = ((row, graph.add("Sub", one, along)), (following, along))
    mixed = graph.add("Add", *(graph.add("Where", graph.add("Equal", old, at), part, zero) for at, part in parts))
    return graph.cast(graph.add("Where", shrinks, areas, mixed), np.float32)


def _box(graph: OnnxGraph, side: str, reach: str) -> str:
    """The share of each row in the mean of those within reach, (side, side) float32, mirrored at both ends."""
    rows, one = _counted(graph, side), _number(graph, 1)
    middle, row = graph.add("Unsqueeze", rows, graph.axis(1)), graph.add("Unsqueeze", rows, graph.axis(0))
    period = graph.add("Add", side, side)
    first, last = graph.add("Sub", graph.add("Sub", middle, reach), one), graph.add("Add", middle, reach)
    mirrored = graph.add("Sub", graph.add("Sub", period, one), row)

    def times(place: str) -> str:
        """How often the window meets a row that repeats with the period."""
        upto = [graph.add("Div", graph.add("Sub", end, place), period) for end in (last, first)]
        return graph.add("Sub", *(graph.add("Floor", part) for part in upto))

    count = graph.add("Add", graph.add("Add", reach, reach), one)
    return graph.cast(graph.add("Div", graph.add("Add", times(row), times(mirrored)), count), np.float32)


def _enlarged(graph: OnnxGraph, values: str, like: str) -> str:
    """Interpolate values (1, C, h, w) linearly, to the size of others (1, K, H, W)."""
    ends = graph.add("Shape", values, end=2), graph.add("Shape", like, start=2)
    size = graph.add("Concat", *ends, axis=0)
    return graph.add("Resize", values, "", "", size, mode="linear", coordinate_transformation_mode="half_pixel")


def _length(graph: OnnxGraph, photo: str, axis: int) -> str:
    return graph.cast(graph.add("Squeeze", graph.add("Shape", photo, start=axis, end=axis + 1)), _FLOAT64)


def _counted(graph: OnnxGraph, length: str) -> str:
    return graph.add("Range", _number(graph, 0), length, _number(graph, 1))


def _number(graph: OnnxGraph, value: float) -> str:
    return graph.constant(np.array(value, _FLOAT64))
