"""Export of a look as an ONNX graph: a photo of any size in, the restyled photo out.

The graph has basic operators only (opset 17), so that any runtime can run it; onnxruntime takes about 150 bytes of
memory and a microsecond of one core for a pixel. It holds curves, color table and light; a look's tables for regions
and its texture need more than one pass over a photo, and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..color.srgb import REC709_LUMA
from ..errors import AtelierError
from ..imaging.files.atomic import atomic_write
from ..imaging.rendering.look import GRID_SIZE, NUM_TONES, Look
from ..imaging.rendering.render import render
from ..installation import install_command
from ..version import installed_version
from .cover import astronaut
from .export import without_regions

OPSET = 17
_IR_VERSION = 8  # that onnxruntime 1.12 reads, which was the first with this opset


def write_onnx(look: Look, path: Path, *, title: str, overwrite: bool = False) -> None:
    """Write the graph of a look.

    Its input is `photo`, (N, 3, H, W) float32, sRGB-encoded, 0 to 1; its output is `restyled`, likewise.

    Args:
        look: its texture and its tables for regions are left out.
        path: of the file.
        title: of the style.
        overwrite: whether an existing file may be replaced.

    Raises:
        AtelierError: the package onnx is missing, or the file exists or cannot be written.
    """
    payload = look_graph(look, title).SerializeToString()
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(payload)


def onnx_difference(look: Look, path: Path) -> float | None:
    """Return by how much the graph in a file differs at most from the look on the astronaut, 1 being white.

    Returns:
        The difference; None where onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        return None
    photo = astronaut().pixels[::2, ::3].astype(np.float32) / 255  # not square
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    found = np.asarray(session.run(None, {"photo": photo.transpose(2, 0, 1)[None]})[0])
    return float(np.abs(found[0].transpose(1, 2, 0) - render(photo, without_regions(look)).clip(0, 1)).max())


def look_graph(look: Look, title: str) -> Any:
    """Return the graph of a look, an `onnx.ModelProto`.

    Raises:
        AtelierError: the package onnx is missing.
    """
    onnx = _onnx()
    graph = _Graph(onnx)
    colors = graph.clipped("photo")
    toned = graph.add("Add", colors, _table(graph, look, colors))
    graph.clipped(_light(graph, look, toned) if look.has_grid else toned, output="restyled")
    return graph.model(title)


def _table(graph: _Graph, look: Look, colors: str) -> str:
    """Add the residual of curves and table: (N, 3, H, W)."""
    bent = colors if look.curves is None else _curves(graph, look.curves, colors)
    size = look.table_size
    scaled = graph.add("Mul", bent, graph.constant(float(size - 1)))
    cells = graph.add("Min", graph.add("Floor", scaled), graph.constant(float(size - 2)))
    red, green, blue = graph.channels(graph.add("Sub", scaled, cells))
    steps = np.array([size**2, size, 1], np.float32)  # whole numbers that floats hold: 144^3 is less than 2^24
    near = graph.add("ReduceSum", graph.add("Mul", cells, graph.constant(steps.reshape(3, 1, 1))), graph.axis(1))
    larger, smaller = graph.add("Max", red, green), graph.add("Min", red, green)
    largest, smallest = graph.add("Max", larger, blue), graph.add("Min", smaller, blue)
    middle = graph.add("Max", smaller, graph.add("Min", larger, blue))
    of_red, of_green, of_blue = (graph.constant(float(step)) for step in steps)
    red_first, green_first, late_blue = (
        graph.add("GreaterOrEqual", *pair) for pair in ((red, green), (green, blue), (red, blue))
    )
    first = graph.choose(
        red_first, graph.choose(late_blue, of_red, of_blue), graph.choose(green_first, of_green, of_blue)
    )
    last = graph.choose(
        red_first, graph.choose(green_first, of_blue, of_green), graph.choose(late_blue, of_blue, of_red)
    )
    far = graph.add("Add", near, graph.constant(float(steps.sum())))
    corners = (near, graph.add("Add", near, first), graph.add("Sub", far, last), far)
    shares = (
        graph.add("Sub", graph.constant(1.0), largest),
        graph.add("Sub", largest, middle),
        graph.add("Sub", middle, smallest),
        smallest,
    )
    entries = graph.constant(look.table.reshape(-1, 3))
    residual = ""
    for at, share in zip(corners, shares, strict=True):
        part = graph.add("Mul", graph.picked(entries, at), share)
        residual = graph.add("Add", residual, part) if residual else part
    return residual if look.curves is None else graph.add("Add", residual, graph.add("Sub", bent, colors))


def _curves(graph: _Graph, curves: np.ndarray, colors: str) -> str:
    """Apply the curves to colors: (N, 3, H, W)."""
    count = curves.shape[1]
    scaled = graph.add("Mul", colors, graph.constant(float(count - 1)))
    cells = graph.add("Min", graph.add("Floor", scaled), graph.constant(float(count - 2)))
    starts = graph.constant((np.arange(3, dtype=np.float32) * count).reshape(3, 1, 1))
    at, values = graph.add("Add", cells, starts), graph.constant(curves.reshape(-1))
    low = graph.add("Gather", values, graph.whole(at))
    high = graph.add("Gather", values, graph.whole(graph.add("Add", at, graph.constant(1.0))))
    rise = graph.add("Mul", graph.add("Sub", high, low), graph.add("Sub", scaled, cells))
    return graph.clipped(graph.add("Add", low, rise))


def _light(graph: _Graph, look: Look, toned: str) -> str:
    """Apply the grid: it is interpolated down the photo once for each row, then picked by column and tone."""
    luma = graph.add("Mul", toned, graph.constant(np.array(REC709_LUMA, np.float32).reshape(3, 1, 1)))
    luma = graph.clipped(graph.add("ReduceSum", luma, graph.axis(1), keepdims=0))  # (N, H, W)
    tones = graph.neighbors(graph.add("Mul", luma, graph.constant(float(NUM_TONES - 1))), NUM_TONES)
    rows, columns = (graph.neighbors(_places(graph, toned, axis), GRID_SIZE) for axis in (2, 3))
    starts = graph.add("Mul", graph.counted(toned, 2), graph.constant(float(GRID_SIZE * NUM_TONES)))  # (H,)
    starts, corners = graph.add("Unsqueeze", starts, graph.axis(1)), []
    for across, x_share in columns:
        place = graph.add("Add", starts, graph.add("Mul", across, graph.constant(float(NUM_TONES))))  # (H, W)
        for tone, tone_share in tones:
            share = graph.add("Unsqueeze", graph.add("Mul", x_share, tone_share), graph.axis(3))
            corners.append((graph.whole(graph.add("Add", place, tone)), share))
    colors = graph.add("Transpose", toned, perm=[0, 2, 3, 1])
    colors = graph.add("Pad", colors, graph.constant(np.array([0] * 7 + [1], np.int64)), graph.constant(1.0))  # and 1
    changed = []
    for out in range(3):  # one after the other, for the sake of memory
        lines, affine = graph.blended(look.grid[..., out, :].reshape(GRID_SIZE, -1), rows), ""
        for at, share in corners:
            part = graph.add("Mul", graph.add("Gather", lines, at), share)  # (N, H, W, 4)
            affine = graph.add("Add", affine, part) if affine else part
        changed.append(graph.add("ReduceSum", graph.add("Mul", affine, colors), graph.axis(3)))
    change = graph.add("Concat", *changed, axis=3)
    return graph.add("Add", toned, graph.add("Transpose", change, perm=[0, 3, 1, 2]))


def _places(graph: _Graph, photo: str, axis: int) -> str:
    """The positions of rows (axis 2) or columns (3) between the centers of the grid's cells."""
    count = graph.add("Cast", graph.add("Shape", photo, start=axis, end=axis + 1), to=1)
    middle = graph.add("Add", graph.counted(photo, axis), graph.constant(0.5))
    place = graph.add("Mul", middle, graph.add("Div", graph.constant(float(GRID_SIZE)), count))
    place = graph.add("Sub", place, graph.constant(0.5))
    return graph.add("Clip", place, graph.constant(0.0), graph.constant(float(GRID_SIZE - 1)))


class _Graph:
    """A graph that grows node by node; values are known by their names.

    Args:
        onnx: the package.
    """

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._values: list[Any] = []
        self._known: dict[tuple[str, bytes], str] = {}

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node with one output, and return the name of that."""
        return self._added(kind, inputs, [output or f"v{len(self._nodes)}"], attributes)[0]

    def split(self, value: str, parts: Sequence[int], axis: int = 1) -> list[str]:
        """Split along an axis."""
        names = [f"v{len(self._nodes)}_{part}" for part in range(len(parts))]
        return self._added("Split", (value, self.constant(np.array(parts, np.int64))), names, {"axis": axis})

    def counted(self, photo: str, axis: int) -> str:
        """Count rows or columns from 0: floats."""
        length = self.add("Squeeze", self.add("Shape", photo, start=axis, end=axis + 1))
        steps = self.add("Range", self.constant(np.array(0)), length, self.constant(np.array(1)))
        return self.add("Cast", steps, to=self._onnx.TensorProto.FLOAT)

    def neighbors(self, position: str, size: int) -> list[tuple[str, str]]:
        """Return the two cells around each position, and their shares."""
        low = self.add("Min", self.add("Floor", position), self.constant(float(size - 2)))
        share = self.add("Sub", position, low)
        one = self.constant(1.0)
        return [(low, self.add("Sub", one, share)), (self.add("Add", low, one), share)]

    def channels(self, value: str) -> list[str]:
        """Split into red, green and blue."""
        return self.split(value, [1, 1, 1])

    def clipped(self, value: str, output: str = "") -> str:
        """Clamp to [0, 1]."""
        return self.add("Clip", value, self.constant(0.0), self.constant(1.0), output=output)

    def constant(self, values: np.ndarray | float) -> str:
        """Add a constant; floats are of 32 bits."""
        array = np.array(values, np.float32 if isinstance(values, float) else None, order="C")
        key = (f"{array.dtype.str}{array.shape}", array.tobytes())
        if key not in self._known:
            self._known[key] = f"c{len(self._known)}"
            self._values.append(self._onnx.numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def axis(self, number: int) -> str:
        """Add the number of an axis."""
        return self.constant(np.array([number], np.int64))

    def whole(self, value: str) -> str:
        """Add a conversion to whole numbers."""
        return self.add("Cast", value, to=self._onnx.TensorProto.INT32)

    def choose(self, condition: str, if_true: str, if_false: str) -> str:
        """Add a choice for each pixel."""
        return self.add("Where", condition, if_true, if_false)

    def picked(self, entries: str, at: str) -> str:
        """Pick rows of entries (E, 3) at (N, 1, H, W): (N, 3, H, W)."""
        rows = self.add("Gather", entries, self.whole(self.add("Squeeze", at, self.axis(1))))  # (N, H, W, 3)
        return self.add("Transpose", rows, perm=[0, 3, 1, 2])

    def blended(self, cells: np.ndarray, rows: list[tuple[str, str]]) -> str:
        """Interpolate cells (16, C * 4) down the photo: (H * C, 4)."""
        values, parts = self.constant(cells), []
        for at, share in rows:
            parts.append(
                self.add("Mul", self.add("Gather", values, self.whole(at)), self.add("Unsqueeze", share, self.axis(1)))
            )
        return self.add("Reshape", self.add("Add", *parts), self.constant(np.array([-1, 4], np.int64)))

    def model(self, title: str) -> Any:
        """Return the finished graph."""
        helper, kind = self._onnx.helper, self._onnx.TensorProto.FLOAT
        shape = ["photos", 3, "height", "width"]
        photo = helper.make_tensor_value_info("photo", kind, shape)
        restyled = helper.make_tensor_value_info("restyled", kind, shape)
        graph = helper.make_graph(self._nodes, "look", [photo], [restyled], self._values)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="portrait-atelier",
            producer_version=installed_version(), ir_version=_IR_VERSION,
            doc_string=f"The look of the style {title}. photo, restyled: (N, 3, H, W) float32, sRGB-encoded, 0 to 1.",
        )  # fmt: skip
        helper.set_model_props(model, {"style": title})
        self._onnx.checker.check_model(model)
        return model

    def _added(self, kind: str, inputs: Sequence[str], names: list[str], attributes: dict[str, Any]) -> list[str]:
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), names, **attributes))
        return names


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise AtelierError(
            "the package onnx is missing, which writes ONNX files: {command}", command=install_command("onnx")
        ) from error
    return onnx
