"""The matrix of layers that the plug-in must restyle as the command line does, and how far apart two results are."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from icc_profiles import adobe_rgb, p3
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.styles.cover import astronaut
from scenes import portrait

SIZE = (112, 96)
DEPTHS = ("U8", "U16", "U32", "HALF", "FLOAT")
TOLERANCES = {"U8": 2 / 255, "U16": 1e-3, "U32": 1e-3, "HALF": 1e-3, "FLOAT": 1e-3, "DOUBLE": 1e-3}
_PROFILES = {"adobe": adobe_rgb, "p3": p3}


@dataclass(frozen=True)
class Cell:
    """One layer in one image, and how it is restyled.

    Attributes:
        base, precision: of the image, as GIMP names them.
        profile: "" for GIMP's own sRGB, else one of _PROFILES.
        canvas, size, offset: of the image, of the layer, of the layer in the image.
        selection: x, y, width, height, feather; none selects all.
        arguments: of the filter.
    """

    base: str = "RGB"
    precision: str = "U8_NON_LINEAR"
    alpha: bool = False
    profile: str = ""
    canvas: tuple[int, int] = SIZE
    size: tuple[int, int] = SIZE
    offset: tuple[int, int] = (0, 0)
    selection: tuple[int, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Unlike that of every other cell."""
        words = [self.base, self.precision, "alpha" if self.alpha else "", self.profile]
        words += [f"{'x'.join(map(str, pair))}" for pair in (self.canvas, self.size, self.offset, self.selection)]
        words += [f"{key}={value}" for key, value in self.arguments.items()]
        return "-".join(word for word in words if word)

    @property
    def depth(self) -> str:
        """One of DEPTHS."""
        return self.precision.split("_")[0]

    @property
    def is_linear(self) -> bool:
        """Whether the layer holds linear light."""
        return self.precision.endswith("_LINEAR") and not self.precision.endswith("NON_LINEAR")

    @property
    def channels(self) -> int:
        """Of the layer as it is read, alpha included."""
        return 2 if self.base == "GRAY" else 4


def every_cell() -> list[Cell]:
    """Bases, alpha, depths and encodings in every combination; the other things one by one."""
    cells = [
        Cell(base=base, precision=f"{depth}_{encoding}", alpha=alpha)
        for base, depth, encoding, alpha in itertools.product(
            ("RGB", "GRAY"), DEPTHS, ("NON_LINEAR", "LINEAR"), (False, True)
        )
    ]
    cells += [Cell(precision=precision) for precision in ("U8_PERCEPTUAL", "FLOAT_PERCEPTUAL", "DOUBLE_LINEAR")]
    for profile, precision in itertools.product(_PROFILES, ("U8_NON_LINEAR", "U16_NON_LINEAR", "FLOAT_LINEAR")):
        cells.append(Cell(profile=profile, precision=precision, alpha=precision == "U16_NON_LINEAR"))
    return cells + list(_special_cells())


def _special_cells() -> Iterator[Cell]:
    yield Cell(canvas=(200, 180), offset=(37, 51), alpha=True)
    yield Cell(canvas=(200, 180), size=(90, 70), offset=(5, 60))
    yield Cell(canvas=(60, 50), offset=(-20, -30), precision="U16_NON_LINEAR")
    yield Cell(selection=(30, 20, 50, 40, 10))
    yield Cell(selection=(30, 20, 50, 40, 0), alpha=True, precision="FLOAT_LINEAR")
    yield Cell(canvas=(200, 180), offset=(37, 51), selection=(60, 80, 70, 50, 8), precision="U16_NON_LINEAR")
    yield Cell(arguments={"strength": 0.5})
    yield Cell(arguments={"strength": 1.5, "variation": 7}, precision="U16_NON_LINEAR")
    yield Cell(arguments={"output": "replace"}, alpha=True)
    yield Cell(arguments={"output": "replace"}, selection=(30, 20, 50, 40, 10), precision="FLOAT_NON_LINEAR")
    yield Cell(base="GRAY", arguments={"style": "cool-cinema"})
    yield Cell(arguments={"style": "silver-gelatin"}, precision="U16_NON_LINEAR", profile="p3")


def write_cells(folder: Path, cells: list[Cell]) -> None:
    """Give the scripts in GIMP what they need: the cells, their pixels, their profiles."""
    folder.mkdir()
    for name, profile in _PROFILES.items():
        (folder / f"{name}.icc").write_bytes(profile())
    listed = []
    for cell in cells:
        (folder / f"{cell.name}.pixels").write_bytes(pixels_of(cell).tobytes())
        paths = {
            "name": cell.name,
            "profile": f"/tmp/cells/{cell.profile}.icc" if cell.profile else "",
            "pixels": f"/tmp/cells/{cell.name}.pixels",
        }
        listed.append({**asdict(cell), **paths})
    (folder / "cells.json").write_text(json.dumps(listed))


def write_picture(folder: Path) -> None:
    """Give the scripts in GIMP a portrait of 512 x 512 pixels, which they repeat as they need."""
    rgb = astronaut().pixels.astype(np.float32) / 255
    rgba = np.concatenate([rgb, np.ones((*rgb.shape[:2], 1), np.float32)], -1)
    (folder / "picture.json").write_text(json.dumps([rgb.shape[1], rgb.shape[0]]))
    (folder / "picture.f32").write_bytes(rgba.tobytes())


def write_photos(folder: Path, count: int = 6) -> None:
    """A folder of finished photos to learn from."""
    folder.mkdir(exist_ok=True)
    for seed in range(count):
        pixels = (portrait(seed) ** [1.2, 1.0, 0.8] * 255).astype(np.uint8)
        write_photo(Photo(pixels, file_format="JPEG"), folder / f"{seed}.jpg", overwrite=True)


def pixels_of(cell: Cell) -> np.ndarray:
    """(H, W, 4) float32: a portrait; with alpha partly transparent, in float partly beyond white."""
    width, height = cell.size
    picture = astronaut().pixels[0:384:4, 64:512:4][:height, :width].astype(np.float32) / 255
    rgba = np.concatenate([picture, np.ones((height, width, 1), np.float32)], -1)
    if cell.alpha:
        rgba[:, :, 3] = np.linspace(0, 1.2, width, dtype=np.float32).clip(0, 1)
    if cell.depth == "FLOAT":
        rgba[:16, :16, :3] *= 1.3
    return rgba


def floats(path: Path, cell: Cell) -> np.ndarray:
    """(H, W, C) float32, as GIMP wrote it."""
    width, height = cell.size
    return np.fromfile(path, np.float32).reshape(height, width, -1)


def as_tiff(cell: Cell, before: np.ndarray, path: Path) -> None:
    """Write the pixels of a layer for the command line, in the depth of the layer where a TIFF has it."""
    integers = {"U8_NON_LINEAR": np.uint8, "U8_PERCEPTUAL": np.uint8, "U16_NON_LINEAR": np.uint16}.get(cell.precision)
    if integers is not None:
        before = np.rint(before * np.iinfo(integers).max).astype(integers)
    color = before[..., 0] if cell.base == "GRAY" else before[..., :3]
    profile = _PROFILES[cell.profile]() if cell.profile else None
    alpha = np.ascontiguousarray(before[..., -1]) if cell.alpha else None
    write_photo(Photo(np.ascontiguousarray(color), alpha, profile, file_format="TIFF"), path)


def from_tiff(path: Path) -> np.ndarray:
    """(H, W, C) float32 without alpha: what the command line made of it."""
    pixels = read_photo(path).pixels
    scale = 1 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    return np.atleast_3d(pixels.astype(np.float32) / scale)


def distance(cell: Cell, ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference between two results, measured as the layer holds its pixels."""
    if cell.is_linear:
        ours, theirs = (_decoded(pixels, cell) for pixels in (ours, theirs))
    holds_all = cell.depth in ("HALF", "FLOAT", "DOUBLE")
    scale = np.maximum(np.abs(theirs), 1) if holds_all else 1
    theirs = theirs if holds_all else theirs.clip(0, 1)  # a TIFF in float has more room than such a layer
    return float((np.abs(ours - theirs) / scale).max()) if ours.size else 0.0


def _decoded(values: np.ndarray, cell: Cell) -> np.ndarray:
    size = np.abs(values).astype(np.float64)
    if cell.profile == "adobe":
        linear = size**2.19921875
    else:
        linear = np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    return np.sign(values) * linear
