"""Atomic writing of files, which never replaces a file without permission."""

from __future__ import annotations

import errno
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...errors import AtelierError, ExistsError
from ...texts import cause_of


@contextmanager
def atomic_write(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`, and rename it to `path` when the block succeeds.

    Missing folders are created. On any error the temporary file is removed and `path` stays unchanged.

    Args:
        path: the file to write; a link is followed.
        overwrite: whether an existing file may be replaced.

    Raises:
        ExistsError: the file exists.
        AtelierError: it cannot be written.
    """
    check_writable(path, overwrite=overwrite)
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.stem[:100]}.{secrets.token_hex(6)}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        check_writable(path, overwrite=overwrite)
        os.replace(temporary, target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def check_writable(path: Path, *, overwrite: bool) -> None:
    """Raise AtelierError if `path` is a folder, a file that may not be replaced, or too long for its disk."""
    if os.path.isdir(path):  # pathlib's own raises for names that are too long, here and elsewhere
        raise AtelierError("{path}: cannot be written (it is a folder); give the name of a file", path=path)
    if not overwrite and os.path.lexists(path):
        raise ExistsError(
            "{path}: already exists (nothing is replaced unasked); add --overwrite, or choose a new name", path=path
        )
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> AtelierError:
    if error.errno == errno.ENAMETOOLONG:
        return AtelierError(
            "{path}: cannot be written ({cause}); choose a shorter name", path=path, cause=cause_of(error)
        )
    return AtelierError(
        "{path}: cannot be written ({cause}); check the free space and your rights in {folder}, or choose "
        "another folder with -o",
        path=path,
        cause=cause_of(error),
        folder=path.parent.resolve(),
    )


def delete_temporaries(path: Path, *, idle_seconds: float = 0.0) -> None:
    """Delete the temporary files of `path` that killed processes left; none of a process that runs may be there.

    Args:
        path: the file that was to be written.
        idle_seconds: how long a temporary file must not have been written, where a process may run.
    """
    target = Path(os.path.realpath(path))
    left = re.compile(re.escape(f".{target.stem[:100]}.") + "[0-9a-f]{12}" + re.escape(target.suffix))
    with suppress(OSError):
        for file in target.parent.iterdir():
            if left.fullmatch(file.name) and time.time() - file.stat().st_mtime >= idle_seconds:
                file.unlink()
