"""What is asked of a batch of photo files, what one of its photos is to become, and what came of it."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Literal, get_args

from ..errors import AtelierError
from ..styles.controls import Controls
from ..texts import Text, joined
from .fingerprint import Fingerprint

if TYPE_CHECKING:
    import numpy as np

NAME_FIELDS = ("stem", "style", "folder", "number")
SeriesKind = Literal["all", "folder", "burst"]
SERIES_KINDS: tuple[str, ...] = get_args(SeriesKind)
State = Literal["done", "failed", "skipped"]
_NO_SPACE = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True)
class BatchRequest:
    """Photo files to restyle, with outputs and controls.

    Attributes:
        photos: files, and folders that are searched at any depth, in the order given.
        output: a file or a folder; None for the folder of each photo.
        controls: of the style.
        mask: a gray picture, as a file or an array, white where the style is applied; None for everywhere.
        compare: whether to write before and after side by side, too.
        quality: 1 to 100 of JPEG and WebP; None keeps the photo's own.
        overwrite: whether files may be replaced.
        sidecar: whether to write what was done beside each result, as .xmp.
        stamp: whether to write what was done into each result, in its XMP.
        skip_existing: whether photos whose result exists are left alone.
        name: of each result, with fields of NAME_FIELDS in braces; a suffix of a photo at its end is the format of
            all. None for `{stem}` in an output folder, and `{stem}.{style}` beside the photo.
        include: patterns of the photos that are taken from folders; none for all.
        exclude: patterns of photos and subfolders that are left out of folders.
        series: with the control of that name: the photos that get one look: `all`, those of one `folder`, or of one
            `burst`.
    """

    photos: tuple[Path, ...]
    output: Path | None
    controls: Controls
    mask: Path | np.ndarray | None = None
    compare: bool = False
    quality: int | None = None
    overwrite: bool = False
    sidecar: bool = False
    stamp: bool = False
    skip_existing: bool = False
    name: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    series: SeriesKind = "all"

    def __post_init__(self) -> None:
        if self.name is not None:
            _check_name(self.name)
        if self.overwrite and self.skip_existing:
            raise ValueError(Text("--overwrite and --skip-existing contradict each other; leave one out"))
        if self.series not in SERIES_KINDS:
            raise ValueError(
                Text(
                    "{name} must be one of {choices}, got {value!r}",
                    name="series",
                    choices=SERIES_KINDS,
                    value=self.series,
                )
            )


@dataclass(frozen=True)
class PhotoTask:
    """One photo of a batch.

    Attributes:
        source: the photo.
        output: the file to write.
        overwrite: whether that may be replaced.
        series: key of the photos that share its look, in the plan's `series`; empty if it has its own.
        was_begun: whether an earlier run ended while it made the output: what lies there is kept if it is the same
            result, and never replaced if not.
    """

    source: Path
    output: Path
    overwrite: bool = False
    series: str = ""
    was_begun: bool = False


@dataclass(frozen=True)
class PhotoOutcome:
    """What came of one photo.

    Attributes:
        task: the photo.
        state: `done`, `failed` or `skipped`.
        notes: for users: on what was done, on information lost in reading and writing, and why it was skipped.
        error: of a photo that failed.
        fingerprint: of the photo as it was read; None if it was not.
        disk_is_full: whether it failed for want of space, as all others will.
        written: status of a result at an address, so that it need not be asked for.
    """

    task: PhotoTask
    state: State
    notes: tuple[Text, ...] = ()
    error: AtelierError | None = None
    fingerprint: Fingerprint | None = None
    disk_is_full: bool = False
    written: tuple[int, int] | None = None

    @classmethod
    def failed(cls, task: PhotoTask, error: AtelierError) -> PhotoOutcome:
        """Make the outcome of a photo that could not be restyled."""
        return cls(task, "failed", error=error, disk_is_full=is_for_want_of_space(error))

    @classmethod
    def skipped(cls, task: PhotoTask, why: Text) -> PhotoOutcome:
        """Make the outcome of a photo that is left alone."""
        return cls(task, "skipped", notes=(why,))


def is_for_want_of_space(error: AtelierError) -> bool:
    """Whether something could not be written since the disk, or what the user may have of it, is full."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _NO_SPACE


def compare_path(output: Path) -> Path:
    """Return the path of before and after side by side, for a photo written to `output`."""
    return output.with_name(f"{output.stem}.compare.jpg")


def sidecar_path(photo: Path) -> Path:
    """Return the path of a photo's sidecar: `photo.jpg.xmp`, so that it is not taken for that of `photo.nef`."""
    return photo.with_name(f"{photo.name}.xmp")


def written_by(request: BatchRequest, task: PhotoTask) -> list[Path]:
    """Return the files that a task writes."""
    others = [(request.compare, compare_path(task.output)), (request.sidecar, sidecar_path(task.output))]
    return [task.output, *(path for is_asked, path in others if is_asked)]


def fields_of(name: str) -> list[str]:
    """Return the fields of a template of names.

    Raises:
        ValueError: it is no template.
    """
    return [field for _, field, _, _ in Formatter().parse(name) if field is not None]


def _check_name(name: str) -> None:
    """Check the template of names of results."""
    try:
        unknown = [field for field in fields_of(name) if field not in NAME_FIELDS]
        if not unknown:
            name.format(**_EXAMPLES)
    except (ValueError, LookupError) as error:
        raise ValueError(
            Text(
                "{name!r}: cannot be a name of results ({cause}); write it as {example}",
                name=name,
                cause=error,
                example="{stem}.{style}",
            )
        ) from error
    if unknown:
        raise ValueError(
            Text(
                "{name!r}: has no field {field!r}; these are there: {fields}",
                name=name,
                field="{" + unknown[0] + "}",
                fields=joined(["{" + field + "}" for field in NAME_FIELDS]),
            )
        )
    path = Path(name)
    if not path.name or path.is_absolute() or ".." in path.parts:
        raise ValueError(
            Text("{name!r}: must be a name below the output folder, such as {example}", name=name, example="{stem}")
        )


_EXAMPLES = {"stem": "x", "style": "x", "folder": "x", "number": 1}
