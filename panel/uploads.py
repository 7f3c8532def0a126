"""Uploaded photos: checked, unpacked, and stored in a folder."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..core.errors import AtelierError
from ..core.imaging.photo import PHOTO_SUFFIXES, RAW_SUFFIXES
from ..core.imaging.tables.reading import TABLE_SUFFIXES
from ..core.styles.style_container import SUFFIX, ZIP_ERRORS, ZIP_SUFFIX
from ..core.texts import cause_of

PHOTO_TYPES, RAW_TYPES = sorted(PHOTO_SUFFIXES), sorted(RAW_SUFFIXES - set(PHOTO_SUFFIXES))
STYLE_TYPES = (SUFFIX, ZIP_SUFFIX, *TABLE_SUFFIXES)  # of what the library takes
ZIP = ".zip"
_BLOCK = 1 << 20
_LONGEST_NAME = 150  # bytes of a name, with room for suffixes
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class UploadError(AtelierError):
    """An upload was rejected."""


@dataclass(frozen=True)
class UploadLimits:
    """Limits of uploads."""

    file_bytes: int = 1 << 30  # of one uploaded file, and of one photo in a zip: 1 GiB
    total_bytes: int = 8 << 30  # of all photos of one upload
    num_photos: int = 2000
    num_entries: int = 20_000  # of a zip, folders and other files included
    ratio: float = 200.0  # largest compression ratio of an entry of a zip, since photos are compressed already


def gather_photos(files: Iterable[Path], target: Path, limits: UploadLimits | None = None) -> list[Path]:
    """Store uploaded photos, also those in zips, in one folder.

    Args:
        files: uploaded files.
        target: a new folder for this upload.
        limits: None for the defaults.

    Returns:
        The photos, which were not opened.

    Raises:
        UploadError: there are none, a zip is damaged or dangerous, or a limit is exceeded.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700)
    try:
        return _gathered(files, _Intake(target, limits or UploadLimits()))
    except UploadError:
        shutil.rmtree(target, ignore_errors=True)
        raise


def new_upload(folder: Path, kind: str) -> Path:
    """Return a new path for an upload in the folder of a browser tab."""
    return folder / f"{kind}-{secrets.token_hex(6)}"


@contextmanager
def in_use(upload: Path) -> Iterator[None]:
    """Protect an upload from deletion while it is read."""
    marker = upload.with_name(f".{upload.name}-{secrets.token_hex(6)}")
    with suppress(OSError):
        marker.touch()
    try:
        yield
    finally:
        marker.unlink(missing_ok=True)


def remove_earlier(upload: Path) -> None:
    """Delete other uploads of the same kind that are not in use."""
    for other in upload.parent.glob(f"{upload.name.rpartition('-')[0]}-*"):
        if other != upload and not any(upload.parent.glob(f".{other.name}-*")):
            shutil.rmtree(other, ignore_errors=True)


def _gathered(files: Iterable[Path], intake: _Intake) -> list[Path]:
    others: list[str] = []
    for path in files:
        suffix = path.suffix.lower()
        if suffix == ZIP:
            intake.take_zip(path)
        elif suffix in PHOTO_SUFFIXES:
            intake.take_file(path)
        else:
            others.append(path.name)
    if not intake.photos:
        raise _nothing(others)
    return intake.photos


class _Intake:
    def __init__(self, target: Path, limits: UploadLimits) -> None:
        self._target, self._limits = target, limits
        self.photos: list[Path] = []
        self._bytes = 0

    def take_file(self, path: Path) -> None:
        place = self._place(path.name)
        try:
            self._check_side(path)
            self._count(path.stat().st_size)
            link_or_copy(path, place)
        except OSError as error:
            raise UploadError(
                "{name}: cannot be written ({cause}); is the disk full?", name=path.name, cause=cause_of(error)
            ) from error
        self.photos.append(place)

    def take_zip(self, path: Path) -> None:
        try:
            self._check_side(path)
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
                if len(entries) > self._limits.num_entries:
                    raise UploadError(
                        "{name}: holds {count} files (too many); make smaller zips", name=path.name, count=len(entries)
                    )
                for entry in entries:
                    if is_photo_entry(entry):
                        self._unpack(archive, entry, path.name)
        except UploadError:
            raise
        except (*ZIP_ERRORS, OSError) as e:
            if isinstance(e, OSError) and e.errno in NO_ROOM:
                raise UploadError(
                    "{name}: cannot be written ({cause}); is the disk full?", name=path.name, cause=cause_of(e)
                ) from e
            raise UploadError(
                "{name}: is no zip that can be opened ({cause}); make it again, or drop the photos themselves",
                name=path.name,
                cause=e,
            ) from e

    def _unpack(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, zip_name: str) -> None:
        name = f"{zip_name}: {PurePosixPath(entry.filename).name}"
        if entry.flag_bits & 1:
            raise UploadError("{name}: is locked by a password; make a zip without one", name=name)
        limits = self._limits
        is_bomb = entry.file_size > limits.ratio * max(entry.compress_size, 1) and entry.file_size > _BLOCK
        if entry.file_size > limits.file_bytes or is_bomb:
            raise UploadError(
                "{name}: unpacks to {size:.0f} MB (no photo does); leave it out", name=name, size=entry.file_size / 1e6
            )
        place = self._place(PurePosixPath(entry.filename.replace("\\", "/")).name)
        left = entry.file_size  # size in the directory of the zip, which is verified
        with archive.open(entry) as source, place.open("xb") as file:
            while block := source.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise UploadError(
                        "{name}: unpacks to more than the zip says (it is made to harm); leave it out", name=name
                    )
                file.write(block)
        self._count(entry.file_size)
        self.photos.append(place)

    def _check_side(self, path: Path) -> None:
        size, limit = path.stat().st_size, self._limits.file_bytes
        if size > limit:
            raise UploadError(
                "{name}: is too large ({size:.0f} MB, the limit is {limit:.0f} MB); save the photo smaller, or make "
                "smaller zips",
                name=path.name,
                size=size / 1e6,
                limit=limit / 1e6,
            )

    def _count(self, size: int) -> None:
        self._bytes += size
        if len(self.photos) >= self._limits.num_photos:
            raise UploadError("more than {count} photos (too many); choose your best", count=self._limits.num_photos)
        if self._bytes > self._limits.total_bytes:
            raise UploadError(
                "more than {size:.0f} GB (too much); save the photos smaller", size=self._limits.total_bytes / 1e9
            )

    def _place(self, name: str) -> Path:
        """Return a new path in the folder: the photo's name, prefixed by a number if it is taken."""
        plain = plain_name(name)
        place, number = self._target / plain, 2
        while os.path.lexists(place):
            place, number = self._target / f"{number}-{plain}", number + 1
        return place


def is_photo_entry(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry of a zip is a photo: a file with a photo's suffix, not hidden, no macOS thumbnail."""
    mode = entry.external_attr >> 16
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    is_plain = not entry.is_dir() and (stat.S_IFMT(mode) in (0, stat.S_IFREG))
    hidden = any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)
    return is_plain and not hidden and PurePosixPath(entry.filename.lower()).suffix in PHOTO_SUFFIXES


def plain_name(name: str) -> str:
    """Return a safe file name for every system, without folders."""
    cleaned = re.sub(r'[<>:"/\\|?*]', "_", "".join(c for c in name if unicodedata.category(c)[0] != "C"))
    stem, suffix = os.path.splitext(cleaned.strip(" ."))
    short = stem.encode()[:_LONGEST_NAME].decode(errors="ignore")
    return f"{short or 'photo'}{suffix[:10]}"


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Make a hard link, or a copy on another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def raw_names(files: Iterable[Path]) -> list[str]:
    """Return the names of RAW files, which are no finished photos."""
    return [path.name for path in files if path.suffix.lower() in RAW_TYPES]


def stray_names(files: Iterable[Path]) -> list[str]:
    """Return the names of files that are neither photos, nor RAW files, nor zips."""
    taken = {*PHOTO_TYPES, *RAW_TYPES, ZIP}
    return [path.name for path in files if path.suffix.lower() not in taken]


def _nothing(others: list[str]) -> UploadError:
    if any(os.path.splitext(name)[1].lower() in RAW_SUFFIXES for name in others):
        return UploadError("only RAW files (not finished photos); export them as 16-bit TIFF or JPEG first")
    if not others:
        return UploadError("no photos; drop JPEG, PNG, TIFF, WebP, HEIC or AVIF files, or a zip of them")
    return UploadError(
        "no photos ({names} are none); drop JPEG, PNG, TIFF, WebP, HEIC or AVIF files, or a zip of them",
        one="no photos ({names} is none); drop JPEG, PNG, TIFF, WebP, HEIC or AVIF files, or a zip of them",
        names=", ".join(others[:3]),
        count=len(others),
    )
