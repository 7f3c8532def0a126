"""The plan of a batch: where each photo goes, and which need no work or cannot be done; nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import AtelierError
from ..imaging.files.writing import writable_suffix
from ..imaging.photo import PHOTO_SUFFIXES, RAW_SUFFIXES, READ_ONLY_SUFFIXES, WRITABLE_SUFFIXES
from ..texts import Text, joined
from .finding import FoundPhoto, find_batch
from .journal import Journal
from .places import Places, address_of, is_folder, is_remote, shown
from .request import BatchRequest, PhotoOutcome, PhotoTask, written_by
from .series import grouped_tasks

_FILE_SUFFIXES = {*PHOTO_SUFFIXES, *RAW_SUFFIXES, ".gif", ".bmp", ".psd", ".exr", ".jp2", ".jxl"}


@dataclass(frozen=True)
class Plan:
    """What is to be done of a request.

    Attributes:
        tasks: the photos to restyle.
        settled: outcomes of those that need no work, and of those that cannot be done.
        series: by the key of a task's series, its photos, also those that an earlier run has done.
    """

    tasks: tuple[PhotoTask, ...]
    settled: tuple[PhotoOutcome, ...]
    series: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


def plan(request: BatchRequest, style_name: str, journal: Journal | None = None) -> Plan:
    """Plan the outputs of a request. One photo that cannot be done does not concern the others.

    Args:
        request: the request.
        style_name: for names of results.
        journal: of earlier runs, from `Journal.read`; None if none is kept.

    Raises:
        AtelierError: no photo was found, a folder cannot be opened, or several photos would become one file.
    """
    places = Places() if journal is None else journal.places
    found, raws = find_batch(request, places)
    _check_series(request, found)
    found = _without_products(request, found, journal)
    if not found and not raws:
        raise AtelierError("{path}: no photos in this folder", path=joined([shown(path) for path in request.photos]))
    _require_folder(request, found)
    planned = plan_found(request, found, style_name, journal)
    left_out = tuple(PhotoOutcome.skipped(PhotoTask(raw, raw), _RAW_LEFT_OUT) for raw in raws)
    return replace(planned, settled=left_out + planned.settled)


def plan_found(
    request: BatchRequest, found: Sequence[FoundPhoto], style_name: str, journal: Journal | None = None
) -> Plan:
    """Plan the outputs of photos of a request that were found already; otherwise as `plan`."""
    tasks = _named(request, found, style_name)
    tasks = _without_own_results(tasks, journal)
    tasks, series = grouped_tasks(request, tasks)
    refused = _refused(request, tasks)
    settled = [PhotoOutcome.failed(task, refused[task]) for task in tasks if task in refused]
    left: list[PhotoTask] = []
    for task in tasks:
        if task not in refused:
            outcome = _settle(request, task, journal)
            left += [outcome] if isinstance(outcome, PhotoTask) else []
            settled += [outcome] if isinstance(outcome, PhotoOutcome) else []
    return Plan(tuple(left), tuple(settled), series)


def journal_folder(request: BatchRequest) -> Path | None:
    """Return the folder of a request's journal; None for one photo that was named, which needs none."""
    folders = [path for path in request.photos if is_folder(path)]
    if len(request.photos) == 1 and not folders:
        return None
    if request.output is not None:
        return request.output if _is_folder(request.output) else request.output.parent
    return folders[0] if folders else request.photos[0].parent


def converted_formats(request: BatchRequest, tasks: Iterable[PhotoTask]) -> list[str]:
    """Return the formats of photos that become JPEG since these are only read; none if a format was chosen."""
    is_file = request.output is not None and not _is_folder(request.output)
    if is_file or Path(request.name or "").suffix.lower() in WRITABLE_SUFFIXES:
        return []
    suffixes = {task.source.suffix.lower() for task in tasks}
    return sorted({name for suffix, name in READ_ONLY_SUFFIXES.items() if suffix in suffixes})


def template_of(request: BatchRequest) -> str:
    """Return the template of the names of results."""
    return request.name or ("{stem}.{style}" if request.output is None else "{stem}")


_RAW_LEFT_OUT = Text("a RAW file; the finished photo of this name is restyled")
_DONE_BEFORE = Text("done by an earlier run")
_EXISTS = Text("its result exists")


def _check_series(request: BatchRequest, found: Sequence[FoundPhoto]) -> None:
    remote = next((photo.path for photo in found if is_remote(photo.path)), None)
    if request.controls.series and remote is not None:
        raise AtelierError(
            "{path}: photos at addresses cannot share a look; bring them to this computer, or leave out --series",
            path=address_of(remote),
        )


def _without_products(request: BatchRequest, found: list[FoundPhoto], journal: Journal | None) -> list[FoundPhoto]:
    """Leave out what earlier runs made of photos that are named, too, or lie in the folders that are searched."""
    if journal is None:
        return found
    sources = {os.path.abspath(photo.path) for photo in found}
    searched = [Path(os.path.abspath(path)) for path in request.photos]

    def is_product(photo: FoundPhoto) -> bool:
        source = journal.source_of(photo.path)
        if photo.is_named:
            return source in sources
        return journal.has_written(photo.path) and (source is None or _is_below(source, searched))

    return [photo for photo in found if not is_product(photo)]


def _is_below(source: str, folders: Sequence[Path]) -> bool:
    """Whether a photo lies in a folder, or is one of the paths itself."""
    path = Path(source)
    return any(folder == path or folder in path.parents for folder in folders)


def _without_own_results(tasks: list[PhotoTask], journal: Journal | None) -> list[PhotoTask]:
    """Leave out results of an earlier run of the same command, which a pattern of the shell names, too."""
    if journal is None:
        return tasks
    outputs = {_key(task.output) for task in tasks}
    return [task for task in tasks if _key(task.source) not in outputs or not journal.has_written(task.source)]


def _require_folder(request: BatchRequest, found: Sequence[FoundPhoto]) -> None:
    if len(found) > 1 and request.output is not None and not _is_folder(request.output):
        raise AtelierError(
            "{output}: is one file for {count} photos; give a folder with -o",
            output=shown(request.output),
            count=len(found),
        )


def _named(request: BatchRequest, found: Sequence[FoundPhoto], style_name: str) -> list[PhotoTask]:
    if request.output is not None and not _is_folder(request.output):
        return [PhotoTask(photo.path, request.output) for photo in found]
    return [
        PhotoTask(photo.path, _output_of(request, photo, style_name, number))
        for number, photo in enumerate(found, start=1)
    ]


def _output_of(request: BatchRequest, photo: FoundPhoto, style_name: str, number: int) -> Path:
    path = photo.path
    template = template_of(request)
    folder = path.absolute().parent.name or path.absolute().drive.rstrip(":") or "root"
    name = template.format(stem=path.stem, style=style_name, folder=folder, number=number)
    if Path(template).suffix.lower() not in WRITABLE_SUFFIXES:
        name += writable_suffix(path)
    return (path.parent if request.output is None else request.output / photo.place) / name


def _refused(request: BatchRequest, tasks: Sequence[PhotoTask]) -> dict[PhotoTask, AtelierError]:
    """Return the tasks that would replace a photo, the mask, or the result of another."""
    sources = {_key(task.source) for task in tasks}
    mask = _key(request.mask) if isinstance(request.mask, Path) else None
    by_key: dict[str, list[PhotoTask]] = {}
    refused: dict[PhotoTask, AtelierError] = {}
    for task in tasks:
        for path in written_by(request, task):
            key = _key(path)
            by_key.setdefault(key, []).append(task)
            if key in sources:
                refused[task] = AtelierError(
                    "{path}: would replace a photo that is to be restyled; choose another name with -o",
                    path=shown(path),
                )
            elif key == mask:
                refused[task] = AtelierError("{path}: would replace the mask; choose another name with -o", path=path)
    for clashing in by_key.values():
        if len(clashing) > 1:
            refused |= dict(_clashes(clashing))
    return refused


def clash(task: PhotoTask, other: Path) -> AtelierError:
    """Return the error of a photo whose result has the name of another photo's."""
    return AtelierError(
        "{photo}: another photo would get the same name, {path} ({other}); tell them apart with --name, or "
        "restyle them apart",
        photo=shown(task.source),
        path=shown(task.output),
        other=shown(other),
    )


def _clashes(tasks: Sequence[PhotoTask]) -> Iterable[tuple[PhotoTask, AtelierError]]:
    for task in tasks:
        other = tasks[0] if task is not tasks[0] else tasks[1]
        yield task, clash(task, other.source)


def _settle(request: BatchRequest, task: PhotoTask, journal: Journal | None) -> PhotoTask | PhotoOutcome:
    """Return a task that is to be done, or its outcome if nothing is to be done."""
    standing = None if journal is None else journal.standing(task)
    places = Places() if journal is None else journal.places
    there = [path for path in written_by(request, task) if places.exists(path)]
    is_whole = len(there) == len(written_by(request, task))
    if is_whole and (standing == "done" or (standing == "changed" and not request.overwrite)):
        return PhotoOutcome.skipped(task, _DONE_BEFORE)
    if standing == "begun" and is_whole and request.skip_existing:
        return PhotoOutcome.skipped(task, _EXISTS)
    if request.overwrite or not there or standing == "begun":
        return replace(task, overwrite=request.overwrite, was_begun=standing == "begun" and not request.overwrite)
    if request.skip_existing:
        return PhotoOutcome.skipped(task, _EXISTS)
    return PhotoOutcome.failed(task, _exists(there[0], journal))


def _exists(path: Path, journal: Journal | None) -> AtelierError:
    """Return the error of a result that is there; of one photo, which scripts restyle too, without words on many."""
    if journal is None:
        return AtelierError(
            "{path}: already exists (nothing is replaced unasked); add --overwrite, or choose a new name", path=path
        )
    return AtelierError(
        "{path}: exists already; add --overwrite or --skip-existing, or choose another name with -o", path=path
    )


def _key(path: Path) -> str:
    """Return a path as compared by file systems that ignore case."""
    return os.path.realpath(path).casefold()


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path) or path.suffix.lower() not in _FILE_SUFFIXES
