"""An ONNX graph of a style that adapts: it measures the photo, finds its look by the set network, and renders it.

The formulas are those of `core.estimation`, traced; networks and what it measures are in the graph, so it needs nothing
but a photo. Texture is left out: it needs more than one pass over a photo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any

import numpy as np

from ..color.lab import lab_to_srgb, srgb_to_lab
from ..estimation.color_set import SIDE, even_places
from ..estimation.content import BLANK, NUM_COLORS
from ..estimation.set_model import SetModel, load_set_model, node_lab
from ..estimation.set_readings import ContentReading, StyleReading
from ..estimation.set_statistics import SetStatistics
from ..estimation.table import (
    MAX_SLOPE,
    ROUNDS,
    calm_goal,
    largest_slopes,
    node_colors,
    smoothed_around,
    table_from_colors,
)
from ..folders import weights_folder
from ..imaging.proxy import PROXY_SIZE, proxy_of, resize_to_square
from ..imaging.rendering.look import GRID_SIZE, MIXED_SIZE, Look
from ..networks.regions import INPUT_SIZE, MAP_SIZE, REGION_NETWORK, predict_regions
from .cover import astronaut
from .onnx_graph import OnnxGraph
from .onnx_regions import shrunk, squared, subject_weights
from .onnx_rendering import Values, lighted, table_residual
from .onnx_tracing import Traced
from .style import Style

_Tables = tuple[Values, Values]  # of subject and ground


@dataclass(frozen=True)
class _Part:
    """The look of one style in a blend.

    Attributes:
        weight: of the style.
        table: without tables for regions.
        grid: of light.
        share: of tables for regions, () float32; None for a look that has none.
        tables: adds the tables of subject and ground, where `share` is not 0.
    """

    weight: float
    table: Values
    grid: Values
    share: Values | None
    tables: Callable[[], _Tables]


def adapting_graph(style: Style, title: str) -> Any:
    """Return the graph of a style, an `onnx.ModelProto`.

    Args:
        style: that `adapts`.
        title: of the model.

    Raises:
        AtelierError: the package onnx is missing.
        StyleError: a part of the style is a pixel style, which has no look.
    """
    graph = OnnxGraph()
    colors = graph.clipped("photo")
    content, soft = _content(graph, colors)
    parts = _parts(style, content)
    toned = _toned(graph, colors, soft, parts)
    grid = _mixed([(part.weight, part.grid) for part in parts])
    graph.clipped(lighted(graph, toned, grid), output="restyled")
    about = f"{title}, found for each photo. photo, restyled: (1, 3, H, W) float32, sRGB-encoded, 0 to 1."
    return graph.model(1, about, {"style": style.name})


def _content(graph: OnnxGraph, colors: str) -> tuple[ContentReading, str]:
    """Add what is measured of a photo; return it and the map of the subject (1, 1, h, w)."""
    proxy = shrunk(graph, colors, PROXY_SIZE)
    example = proxy_of(astronaut()).pixels
    seen = np.clip(resize_to_square(example, SIDE), 0, 1)
    maps = graph.embedded(weights_folder() / REGION_NETWORK, [graph.clipped(squared(graph, proxy, INPUT_SIZE))])[0]
    soft = graph.split(maps, [1, 4])[0]
    first = graph.axis(0)
    small = Traced(graph, graph.add("Squeeze", squared(graph, proxy, SIDE), first), seen.transpose(2, 0, 1))
    regions = Traced(graph, graph.add("Squeeze", maps, first), predict_regions(example))
    tokens, is_blank = _tokens(small, regions)
    down = _resizing(MAP_SIZE, GRID_SIZE)
    region_grid = (down @ regions[:2] @ down.T).transposed((1, 2, 0))
    model = load_set_model()
    measured, typical = model.read_content(tokens, region_grid), model.typical
    return _where_blank(is_blank, typical, measured), soft


def _tokens(small: Traced, regions: Traced) -> tuple[Any, Any]:
    """Return the tokens of a photo (M, 12), and whether it has but one color, of small copies as `sample_photo` does.

    Args:
        small: (3, SIDE, SIDE).
        regions: (5, MAP_SIZE, MAP_SIZE).
    """
    places = even_places(NUM_COLORS)
    rows, columns = (places * SIDE).astype(int).T
    up = _resizing(MAP_SIZE, SIDE)
    colors, shares = (_bytes(part[:, rows, columns].T) for part in (small, up @ regions @ up.T))
    spread = (colors.max(0) - colors.min(0)).max()
    known, white = np.ones((NUM_COLORS, 1), np.float32), np.float32(255)
    parts = [srgb_to_lab(colors / white), _bytes(places).astype(np.float32) / white, known, shares / white, known]
    return np.concatenate(parts, 1), spread <= BLANK


def _resizing(before: int, after: int) -> np.ndarray:
    """(after, before): what `resize_to_square` does to the rows of a square."""
    rows = [resize_to_square(np.tile(row, (before, 1)).T, after)[:, 0] for row in np.eye(before, dtype=np.float32)]
    return np.stack(rows, 1)


def _bytes(values: Any) -> Any:
    """Round values in [0, 1] to whole numbers of 255, as `to_uint8` does."""
    return np.floor(values.clip(0, 1) * 255 + 0.5)


def _where_blank(is_blank: Any, typical: Any, measured: Any) -> Any:
    """Choose between two of one kind, part by part."""
    found = {}
    for part in fields(measured):
        pair = getattr(typical, part.name), getattr(measured, part.name)
        found[part.name] = _chosen(is_blank, *pair)
    return type(measured)(**found)


def _chosen(is_blank: Any, typical: Any, measured: Any) -> Any:
    if isinstance(measured, tuple):
        return tuple(_where_blank(is_blank, *pair) for pair in zip(typical, measured, strict=True))
    if isinstance(measured, SetStatistics):
        return _where_blank(is_blank, typical, measured)
    return np.where(is_blank, typical, measured)


def _parts(style: Style, content: ContentReading) -> list[_Part]:
    parts = []
    for weight, part in style.parts or ((1.0, style),):
        if part.photos is not None:
            parts.append(_adapting_part(weight, *part.reading, content))
        else:
            parts.append(_fixed_part(weight, part.look_for(None)))
    return parts


def _fixed_part(weight: float, look: Look) -> _Part:
    if look.curves is not None:
        look = look.sampled(max(MIXED_SIZE, look.table_size))  # as a blend does
    share = None if look.ground is None else np.array(1, np.float32)
    return _Part(weight, look.table, look.grid, share, lambda: (look.table, look.table_of("ground")))


def _adapting_part(weight: float, model: SetModel, reading: StyleReading, content: ContentReading) -> _Part:
    """What `SetModel.look` does."""
    context = model.context(reading, content)
    mapped = model.transport_colors(context, node_lab())
    table = _table(mapped)
    grid, gate = model.light_grid(context, content), model.gate(reading, content, context)
    if gate is None:
        return _Part(weight, table, grid, None, lambda: (table, table))

    def tables() -> _Tables:
        apart = model.region_colors(gate, context, mapped)
        subject, ground = (table + gate.share * (_table(part) - table) for part in apart)
        return subject, ground

    return _Part(weight, table, grid, gate.share, tables)


def _table(mapped: Any) -> Any:
    """(17^3, 3) Lab at the entries to a table, as `look_from_colors` makes it."""
    colors = lab_to_srgb(mapped).reshape(node_colors().shape).clip(0, 1)
    return table_from_colors(colors, _limited)


def _limited(colors: Any) -> Any:
    """What `limit_slopes` does."""
    graph, goal = colors.graph, calm_goal(colors)

    def steep(residual: Any) -> Any:
        return largest_slopes(residual + goal) > MAX_SLOPE

    def smoothed(names: list[str]) -> tuple[str, list[str]]:
        residual = Traced(graph, names[0], start.example)
        after: Any = smoothed_around(steep(residual), residual)  # pyright: ignore[reportArgumentType]
        return steep(after).any().name, [after.name]

    start = colors - goal
    (calm,) = graph.loop(ROUNDS, steep(start).any().name, [(start.name, start.example)], smoothed)
    return Traced(graph, calm, start.example) + goal


def _toned(graph: OnnxGraph, colors: str, soft: str, parts: list[_Part]) -> str:
    """Add the tables: (1, 3, H, W)."""

    def plain() -> str:
        return graph.add("Add", colors, _residual(graph, colors, [(part, part.table) for part in parts]))

    def by_region() -> str:
        tables = [(part, part.tables()) for part in parts]
        subject, ground = (_residual(graph, colors, [(part, pair[index]) for part, pair in tables]) for index in (0, 1))
        apart = graph.add("Mul", subject_weights(graph, colors, soft), graph.add("Sub", subject, ground))
        return graph.add("Add", colors, graph.add("Add", ground, apart))

    shares: list[Any] = [part.share for part in parts if part.share is not None]
    if not shares:
        return plain()
    if any(isinstance(share, np.ndarray) for share in shares):
        return by_region()
    largest = reduce(lambda one, other: np.maximum(one, other), shares)
    return graph.branch((largest > 0).name, by_region, plain)


def _residual(graph: OnnxGraph, colors: str, tables: list[tuple[_Part, Values]]) -> str:
    """The residual of several tables by the weights of their parts: (1, 3, H, W)."""
    found = ""
    for part, table in tables:
        residual = table_residual(graph, colors, table)
        weighted = graph.add("Mul", residual, graph.constant(float(part.weight)))
        found = graph.add("Add", found, weighted) if found else weighted
    return found


def _mixed(values: list[tuple[float, Values]]) -> Any:
    return reduce(np.add, [np.float32(weight) * part for weight, part in values])
