"""A photo restyled in a temporary folder, since it lies at an address, or its result may be there already."""

from __future__ import annotations

import filecmp
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ..errors import AtelierError, ExistsError
from ..imaging.files.atomic import atomic_write
from ..texts import Text, cause_of
from .places import Places, address_of, file_system_of, is_remote, remote_status, shown, unreachable
from .request import PhotoOutcome, PhotoTask

_ATTEMPTS = 3
_PAUSE = 1.0  # seconds before the second attempt; doubled before the third
_STORES = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss", "memory")  # where a file appears when it is whole
_Found = TypeVar("_Found")


def restyle_staged(task: PhotoTask, restyle: Callable[[PhotoTask], PhotoOutcome]) -> PhotoOutcome:
    """Restyle a photo whose source or output is an address, or whose output was begun by an earlier run.

    A result that is there is kept if it is the same, byte for byte: then that run had written it. If not, it is
    somebody else's, and the photo fails.

    Args:
        task: the photo.
        restyle: does it with files of this computer.

    Returns:
        The outcome, told of the addresses.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="atelier-") as folder:
            local = _fetched(task, Path(folder))
            outcome = restyle(local)
            if outcome.state == "done":
                outcome = replace(outcome, written=_sent(task, local))
    except AtelierError as error:
        return PhotoOutcome.failed(task, error)
    except OSError as error:  # of the temporary folder
        return PhotoOutcome.failed(
            task,
            AtelierError(
                "{folder}: cannot be used for temporary files ({cause}); check the free space and your rights there",
                folder=tempfile.gettempdir(),
                cause=cause_of(error),
            ),
        )
    fingerprint = outcome.fingerprint
    if fingerprint is not None and is_remote(task.source):
        size, stamp = remote_status(task.source)
        fingerprint = replace(fingerprint, size=size, mtime_ns=stamp)
    return replace(outcome, task=task, fingerprint=fingerprint, error=_readdressed(outcome.error, local, task))


@contextmanager
def written_together(*, keep: bool) -> Iterator[list[Path]]:
    """Yield a list for the files that are written of one photo; where one of them fails, delete those before it.

    So the same command finds nothing in its way.

    Args:
        keep: whether to leave them, since the same command may replace them.
    """
    written: list[Path] = []
    try:
        yield written
    except Exception:
        for path in [] if keep else written:
            with suppress(Exception):  # each file system has errors of its own; what is told is the first
                if is_remote(path):
                    file_system, name = file_system_of(path)
                    file_system.rm_file(name)
                else:
                    path.unlink()
        raise


def send(file: Path, path: Path) -> None:
    """Write a file of this computer to an address; it appears there whole or not at all.

    Raises:
        AtelierError: it cannot be sent, at several attempts.
    """
    file_system, name = file_system_of(path)

    def put() -> None:
        if path.as_posix().split(":")[0] in _STORES:
            file_system.put_file(str(file), name)
            return
        parent, _, last = name.rpartition("/")
        file_system.makedirs(parent, exist_ok=True)
        part = f"{parent}/.{last}.part"
        file_system.put_file(str(file), part)
        with suppress(FileNotFoundError):
            file_system.rm_file(name)
        file_system.mv(part, name)

    _insistently(path, put)


def fetch(path: Path, file: Path) -> None:
    """Copy what is at an address to a file of this computer.

    Raises:
        AtelierError: it cannot be read, at several attempts, or is not there.
    """
    file_system, name = file_system_of(path)
    _insistently(path, lambda: file_system.get_file(name, str(file)))


def _fetched(task: PhotoTask, folder: Path) -> PhotoTask:
    """Return the task with files of this computer."""
    source, output = task.source, task.output
    if is_remote(source):
        source = folder / source.name
        fetch(task.source, source)
    if is_remote(output) or task.was_begun:
        output = folder / "out" / output.name
    return replace(task, source=source, output=output, was_begun=False)


def _sent(task: PhotoTask, local: PhotoTask) -> tuple[int, int] | None:
    """Send what was written, the photo itself last; return its status there."""
    if local.output == task.output:
        return None
    if not task.overwrite and not task.was_begun and remote_status(task.output)[0]:
        raise ExistsError(
            "{path}: already exists (nothing is replaced unasked); add --overwrite, or choose a new name",
            path=address_of(task.output),
        )
    beside = [file for file in local.output.parent.iterdir() if file != local.output]
    targets = {file: task.output.with_name(file.name) for file in (*beside, local.output)}
    missing = [file for file in targets if not (task.was_begun and _is_there(file, targets[file]))]
    with written_together(keep=task.overwrite) as written:
        for file in missing:
            if is_remote(task.output):
                send(file, targets[file])
            else:
                with atomic_write(targets[file], overwrite=False) as temporary:
                    shutil.copyfile(file, temporary)
            written.append(targets[file])
    return remote_status(task.output) if is_remote(task.output) else None


def _is_there(file: Path, target: Path) -> bool:
    """Whether a file that was made is at its place already.

    Raises:
        ExistsError: another one is.
    """
    if not Places().exists(target):
        return False
    there = target
    if is_remote(target):
        there = file.parent.parent / "there"
        fetch(target, there)
    if there.is_file() and filecmp.cmp(file, there, shallow=False):
        return True
    raise ExistsError(
        "{path}: exists already, and is not what an earlier run had begun to make; add --overwrite, or choose another "
        "name with -o",
        path=shown(target),
    )


def _insistently(path: Path, work: Callable[[], _Found]) -> _Found:
    """Do something with an address, again where it fails for a reason that may pass."""
    for attempt in range(_ATTEMPTS):
        try:
            return work()
        except (FileNotFoundError, PermissionError) as error:
            raise unreachable(path, error) from error
        except Exception as error:  # each file system has errors of its own
            if attempt == _ATTEMPTS - 1:
                raise unreachable(path, error) from error
            time.sleep(_PAUSE * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def _readdressed(error: AtelierError | None, local: PhotoTask, task: PhotoTask) -> AtelierError | None:
    """Return an error that names the addresses instead of the files of this computer."""
    if error is None:
        return None
    names = {str(local.source): address_of(task.source), str(local.output): address_of(task.output)}
    text = error.text
    values = {name: names.get(str(value), value) for name, value in text.values.items()}
    return type(error)(Text.of(text.template, values, text.one))
