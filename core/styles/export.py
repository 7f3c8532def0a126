"""Export of looks as color tables: .cube and HaldCLUT, sRGB to sRGB, and the loss of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import count, pairwise
from pathlib import Path

import numpy as np

from ..color.lab import srgb_to_lab
from ..estimation.content import Content
from ..imaging.files.atomic import atomic_write
from ..imaging.files.writing import write_photo
from ..imaging.photo import Photo
from ..imaging.proxy import proxy_of
from ..imaging.rendering.look import Look, grid_shape, table_colors
from ..imaging.rendering.render import render
from ..imaging.rendering.restyle import restyle_photo
from ..texts import Text, joined, verbatim
from .controls import Controls
from .cover import astronaut
from .fitting import fit_look
from .style import Style
from .texture_words import texture_words

CUBE_SIZES = (33, 65)
HALD_LEVEL = 8
_LOSS_SIZE = 512  # pixels of the longer side of the copy on which the loss is measured
_TOLD = 0.05  # CIEDE2000; less of a part is not told
_JUDGEMENTS = (  # by the mean difference (CIEDE2000) below which they hold
    (1.0, Text("the export gives nearly the same picture")),
    (2.5, Text("the export comes near; side by side, the difference can be seen")),
    (float("inf"), Text("the export gives a plainly different picture; where you can, use the style file")),
)
_STEPS = 14  # of the measurement of a photo, for progress
_SEEN = 0.5  # CIEDE2000: so much nearer must a table for one photo be, to be proposed


@dataclass(frozen=True)
class ExportLoss:
    """How far photos by an exported look are from those that `apply_style` restyles: means of CIEDE2000.

    Attributes:
        mean: of the whole difference.
        tenth: difference that a tenth of the picture exceeds.
        adaptation: what a look for another content changes, alone.
        sampling: what is lost between the points of the table, alone.
        place: what depends on the place in the photo, alone.
        ground: the ground's own colors, alone.
        texture: detail, glow and grain, alone.
        adapted: `mean` of a table that is made for the photo itself; None if this one is.
    """

    mean: float
    tenth: float
    adaptation: float
    sampling: float
    place: float
    ground: float
    texture: float
    adapted: float | None = None

    @property
    def wants_photo(self) -> bool:
        """Whether a table for one photo would be clearly nearer there."""
        return self.adapted is not None and self.mean - self.adapted > _SEEN


def exported_look(
    style: Style,
    photos: Sequence[Photo] = (),
    *,
    size: int | None = 33,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Look, ExportLoss]:
    """Return the look to export, and what its export loses.

    Args:
        style: of any kind but `pixel`.
        photos: to adapt to and to measure the loss on; empty for the mean portrait, and to measure on the astronaut.
        size: points of the color table along each axis; None for an export that holds table and grid as they are.
        progress: called with (done, total) steps; what it raises ends the work.

    Raises:
        StyleError: the style is a pixel style, which has no look.
    """
    done, total = count(), _STEPS * max(1, len(photos))

    def step() -> None:
        progress(min(next(done), total), total)

    step()
    content = Content.of([proxy_of(photo) for photo in photos]) if photos else Content.mean_portrait()
    look = style.look_for(content)
    losses = [_loss_on(style, look, photo, size, step, is_adapted=bool(photos)) for photo in photos or [astronaut()]]
    parts = {part.name: [getattr(loss, part.name) for loss in losses] for part in fields(ExportLoss)}
    means = {name: None if None in values else float(np.mean(values)) for name, values in parts.items()}
    return look, ExportLoss(**means)  # pyright: ignore[reportArgumentType]


def adapting_loss(style: Style) -> ExportLoss:
    """Return what the export of a style loses that finds the look for each photo, measured on the astronaut."""
    small = Photo(pixels=proxy_of(astronaut(), _LOSS_SIZE).pixels)
    fit = fit_look(small, style, Controls())
    with_texture, without = (
        _lab(restyle_photo(small, look, regions=fit.regions).pixels.reshape(-1, 3))
        for look in (fit.look, fit.look.plain)
    )
    apart = _difference(with_texture, without)
    mean, tenth = float(apart.mean()), float(np.percentile(apart, 90))
    return ExportLoss(mean, tenth, adaptation=0, sampling=0, place=0, ground=0, texture=mean)


def loss_judgement(loss: ExportLoss) -> Text:
    """Return in plain words how near an export comes to the style itself."""
    return next(text for most, text in _JUDGEMENTS if loss.mean < most)


def loss_words(loss: ExportLoss, style: Style, photo: str = "") -> list[Text]:
    """Return what an export loses: in plain words first, then in figures.

    Args:
        loss: of the export.
        style: that it is of.
        photo: name of the photo on which it was measured; empty for the astronaut.
    """
    where = verbatim(photo) if photo else Text("the astronaut")
    said = [
        loss_judgement(loss),
        Text(
            "by what was exported, {where} differs from the style itself by mean dE00 {mean:.2f}, a tenth of it by "
            "more than {tenth:.2f}",
            where=where,
            mean=loss.mean,
            tenth=loss.tenth,
        ),
    ]
    parts = [
        (
            Text("the style adapts to each photo, the export does not: {mean:.2f}", mean=loss.adaptation),
            loss.adaptation >= _TOLD,
        ),
        (Text("what depends on the place in the photo: {mean:.2f}", mean=loss.place), loss.place >= _TOLD),
        (Text("the ground's own colors: {mean:.2f}", mean=loss.ground), loss.ground >= _TOLD),
        (
            Text("texture ({texture}): {mean:.2f}", texture=texture_words(style.textures), mean=loss.texture),
            loss.texture >= _TOLD,
        ),
        (Text("colors between the points of the table: {mean:.2f}", mean=loss.sampling), loss.sampling >= _TOLD),
    ]
    told = [text for text, counts in parts if counts]
    if told:
        said.append(Text("of this, each alone: {parts}", parts=joined(told, "{first}; {rest}")))
    return said


def _loss_on(
    style: Style, look: Look, photo: Photo, size: int | None, step: Callable[[], None], *, is_adapted: bool
) -> ExportLoss:
    """Measure on a small copy of a photo, part by part: each leaves one thing more out; `step` is called in between."""
    proxy = proxy_of(photo, _LOSS_SIZE)
    small, seen = Photo(pixels=proxy.pixels), proxy.weights > 0.5
    fit = fit_look(small, style, Controls())
    own = fit.look

    def restyled(shown: Look) -> np.ndarray:
        step()
        return _lab(restyle_photo(small, shown, regions=fit.regions).pixels[seen])

    shown = [own, own.plain, without_regions(own), _held(own, size), _held(look, size)]
    steps = [restyled(one) for one in (*shown, _written(look, size))]

    def difference(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        step()
        return _difference(before, after)

    texture, ground, place, adaptation, sampling = (float(difference(*pair).mean()) for pair in pairwise(steps))
    whole, adapted = difference(steps[0], steps[-1]), None
    if not is_adapted:
        adapted = float(difference(steps[0], restyled(_written(own, size))).mean())
    tenth = float(np.percentile(whole, 90))
    return ExportLoss(float(whole.mean()), tenth, adaptation, sampling, place, ground, texture, adapted)


def without_regions(look: Look) -> Look:
    """Return the look without texture and without tables for regions."""
    return replace(look.plain, ground=None, skin=None)


def _held(look: Look, size: int | None) -> Look:
    """What of a look an export can hold."""
    return without_regions(look) if size is None else placeless(look)


def _written(look: Look, size: int | None) -> Look:
    """The look that an export is."""
    if size is None:
        return without_regions(look)
    return Look(sample_look(look, size) - table_colors(size), np.zeros(grid_shape(), np.float32))


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


def _rendered(pixels: np.ndarray, look: Look) -> np.ndarray:
    return render(pixels, look).clip(0, 1)


def _lab(pixels: np.ndarray) -> np.ndarray:
    """(N, 3) of the pixels (N, 3), as a screen shows them."""
    return srgb_to_lab(pixels.clip(0, 1))


def _difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    from skimage.color import deltaE_ciede2000  # takes half a second to import

    return deltaE_ciede2000(first, second)
