"""Export as an ONNX graph: a photo of any size in, the restyled photo out.

A style that adapts is exported with the networks that find its look (`onnx_adapting`), and any look as it is: curves,
color table and light, without its tables for regions. Texture is left out of both. A graph has basic operators only, so
that any runtime can run it; onnxruntime takes about 150 bytes of memory and a microsecond of one core for a pixel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..imaging.files.atomic import atomic_write
from ..imaging.photo import Photo
from ..imaging.rendering.look import Look
from ..imaging.rendering.render import render
from ..imaging.rendering.restyle import restyle_photo
from .controls import Controls
from .cover import astronaut
from .export import without_regions
from .fitting import fit_look
from .onnx_adapting import adapting_graph
from .onnx_graph import OPSET as OPSET
from .onnx_graph import OnnxGraph
from .onnx_rendering import lighted, table_residual
from .style import Style


def write_onnx(source: Look | Style, path: Path, *, title: str, overwrite: bool = False) -> None:
    """Write the graph of a look, or of a style that adapts.

    Its input is `photo`, (N, 3, H, W) float32, sRGB-encoded, 0 to 1; its output is `restyled`, likewise. N is 1 for a
    style that adapts.

    Args:
        source: what is left out of it is said above.
        path: of the file.
        title: of the style.
        overwrite: whether an existing file may be replaced.

    Raises:
        AtelierError: the package onnx is missing, or the file exists or cannot be written.
    """
    about = f"The look of the style {title}"
    model = adapting_graph(source, about) if isinstance(source, Style) else look_graph(source, title)
    payload = model.SerializeToString()
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(payload)


def onnx_difference(source: Look | Style, path: Path) -> float | None:
    """Return by how much the graph in a file differs at most from what it is of, on the astronaut, 1 being white.

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
    return float(np.abs(found[0].transpose(1, 2, 0) - _restyled(photo, source)).max())


def look_graph(look: Look, title: str) -> Any:
    """Return the graph of a look, an `onnx.ModelProto`.

    Raises:
        AtelierError: the package onnx is missing.
    """
    graph = OnnxGraph()
    colors = graph.clipped("photo")
    toned = graph.add("Add", colors, table_residual(graph, colors, look.table, look.curves))
    graph.clipped(lighted(graph, toned, look.grid) if look.has_grid else toned, output="restyled")
    about = f"The look of the style {title}. photo, restyled: (N, 3, H, W) float32, sRGB-encoded, 0 to 1."
    return graph.model("photos", about, {"style": title})


def _restyled(pixels: np.ndarray, source: Look | Style) -> np.ndarray:
    """What a graph holds of a look or a style, given to (H, W, 3) float32."""
    if isinstance(source, Look):
        return render(pixels, without_regions(source)).clip(0, 1)
    photo = Photo(pixels=pixels)
    fit = fit_look(photo, source, Controls())
    return restyle_photo(photo, fit.look.plain, regions=fit.regions).pixels.clip(0, 1)
