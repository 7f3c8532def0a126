"""Where photos lie: on this computer, or at addresses such as s3://bucket/folder that the package fsspec opens.

An address travels as a Path, which shortens its two slashes to one: `Path("s3://bucket/a.jpg")` is `s3:/bucket/a.jpg`.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import AtelierError
from ..imaging.photo import PHOTO_SUFFIXES, RAW_SUFFIXES
from ..installation import install_command
from ..texts import Text, text_of

_log = logging.getLogger(__name__)

# No chains ("simplecache::s3://"), and nothing that runs code or unpickles what it reads.
SCHEMES = (
    "s3",
    "s3a",
    "gs",
    "gcs",
    "abfs",
    "abfss",
    "az",
    "oss",
    "sftp",
    "ssh",
    "smb",
    "hdfs",
    "memory",
    "local",
    "file",
)
_ADDRESS = re.compile(rf"({'|'.join(SCHEMES)}):/+(?=[^/])")
_OF_THIS_COMPUTER = ("local", "file")
_TAGS = ("ETag", "etag", "md5Hash", "content_md5")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")

Status = tuple[int, int]  # size in bytes, and a number that changes with the content


def is_remote(path: Path) -> bool:
    """Whether a path is an address."""
    return _ADDRESS.match(path.as_posix()) is not None


def address_of(path: Path) -> str:
    """Return an address as fsspec reads it; the absolute path of a file of this computer."""
    found = _ADDRESS.match(path.as_posix())
    if found is None:
        return os.path.abspath(path)
    slashes = ":/" if found[1] in _OF_THIS_COMPUTER else "://"
    return found[1] + slashes + path.as_posix()[found.end() :]


def shown(path: Path) -> str:
    """Return a path as the user wrote it."""
    return address_of(path) if is_remote(path) else str(path)


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; an address is one if it does not end as a photo does."""
    if is_remote(path):
        return path.suffix.lower() not in PHOTO_SUFFIXES and path.suffix.lower() not in RAW_SUFFIXES
    return os.path.isdir(path)


def file_system_of(path: Path) -> tuple[Any, str]:
    """Return the file system of an address, and the address as that has it.

    Raises:
        AtelierError: a package for it is missing, or it cannot be reached.
    """
    address = address_of(path)
    try:
        from fsspec.core import url_to_fs

        return url_to_fs(address)
    except ImportError as error:
        raise AtelierError(
            "{address}: needs a package that is not there ({cause}); {command}",
            address=address,
            cause=error,
            command=install_command("cloud"),
        ) from error
    except Exception as error:  # each file system has errors of its own
        raise unreachable(path, error) from error


def unreachable(path: Path, error: Exception) -> AtelierError:
    """Return the error of an address that does not answer as it should."""
    return AtelierError(
        "{address}: cannot be reached ({cause}); check the address, the network and your rights there",
        address=address_of(path),
        cause=text_of(error),
    )


class Places:
    """What is known of the files at addresses: folders that were listed are not asked again, file by file."""

    def __init__(self) -> None:
        self._listed: dict[str, dict[str, Status]] = {}  # by folder: its files, at any depth

    def list_folder(self, folder: Path) -> None:
        """List all files at an address; none if nothing is there.

        Raises:
            AtelierError: it cannot be reached.
        """
        file_system, root = file_system_of(folder)
        try:
            found = file_system.find(root, detail=True)
        except FileNotFoundError:
            found = {}
        except Exception as error:  # each file system has errors of its own
            raise unreachable(folder, error) from error
        start = len(root.rstrip("/")) + 1
        self._listed[folder.as_posix()] = {name[start:]: _status_of(info) for name, info in found.items()}

    def files(self, folder: Path) -> Iterator[Path]:
        """Yield the files at an address, at any depth, by name.

        Raises:
            AtelierError: it cannot be reached.
        """
        if folder.as_posix() not in self._listed:
            self.list_folder(folder)
        for name in sorted(self._listed[folder.as_posix()]):
            if PurePosixPath(name).as_posix() == name and not name.startswith("/"):
                yield folder / name
            else:
                text = Text("{name}: an address with an empty part in it cannot be used; left out", name=name)
                _log.warning("%s", text)

    def exists(self, path: Path) -> bool:
        """Whether something is at a path or an address."""
        return self.status(path)[0] > 0 if is_remote(path) else os.path.lexists(path)

    def status(self, path: Path) -> Status:
        """Return the status of a file; (0, 0) if it is not there."""
        if not is_remote(path):
            return _local_status(path)
        for folder in path.parents:
            listed = self._listed.get(folder.as_posix())
            if listed is not None:
                return listed.get(path.relative_to(folder).as_posix(), (0, 0))
        return remote_status(path)


def remote_status(path: Path) -> Status:
    """Ask for the status of a file at an address; (0, 0) if it is not there.

    Raises:
        AtelierError: it cannot be reached.
    """
    file_system, name = file_system_of(path)
    try:
        return _status_of(file_system.info(name))
    except FileNotFoundError:
        return 0, 0
    except Exception as error:  # each file system has errors of its own
        raise unreachable(path, error) from error


def _local_status(path: Path) -> Status:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _status_of(info: Mapping[str, Any]) -> Status:
    """Return the status by what a file system says of a file: a tag of its content, or else when it was changed."""
    stamp = next((str(info[name]) for name in _TAGS if info.get(name)), None)
    if stamp is None:
        time = next((info[name] for name in _TIMES if info.get(name)), 0)
        time = time.timestamp() if isinstance(time, datetime) else time
        stamp = f"{time:.3f}" if isinstance(time, float) else str(time)
    return int(info.get("size") or 0), int(hashlib.sha256(stamp.encode()).hexdigest()[:15], 16)
