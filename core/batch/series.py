"""Photos of a batch that get one look: all of them, those of a folder, or those of a burst."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from ..errors import AtelierError
from ..estimation.content import MAX_PHOTOS
from ..imaging.files.reading import read_proxy
from ..imaging.proxy import Proxy
from ..imaging.rendering.look import Look
from ..styles.applying import look_of_series
from ..styles.controls import Controls
from ..styles.style import Style
from .request import BatchRequest, PhotoTask

BURST_GAP = timedelta(seconds=3)  # at most, between two photos of a burst
_MAKE, _MODEL, _DETAILS, _TIME, _FRACTION, _SERIAL = 0x010F, 0x0110, 0x8769, 0x9003, 0x9291, 0xA431
_log = logging.getLogger(__name__)
_KEPT = 64  # looks that are held; each has about half a megabyte


class SeriesLooks:
    """The looks of the series of a plan, each computed when it is first asked for; may be asked by several threads.

    Args:
        series: the photos of each series by its key.
        style: of any kind.
        controls: of the style.
    """

    def __init__(self, series: Mapping[str, Sequence[Path]], style: Style, controls: Controls) -> None:
        self._series, self._style, self._controls = series, style, controls
        self._looks: OrderedDict[str, Look | Exception | None] = OrderedDict()
        self._lock = threading.Lock()

    def look_for(self, task: PhotoTask) -> Look | None:
        """Return the look of a photo's series; None if it gets its own, or none of the series can be read.

        Raises:
            Exception: what computing it raised, for each photo of the series.
        """
        if not task.series:
            return None
        with self._lock:
            if task.series not in self._looks:
                self._looks[task.series] = self._compute(self._series[task.series])
            self._looks.move_to_end(task.series)
            while len(self._looks) > _KEPT:
                self._looks.popitem(last=False)
            found = self._looks[task.series]
        if isinstance(found, Exception):
            raise found
        return found

    def _compute(self, photos: Sequence[Path]) -> Look | Exception | None:
        proxies = _proxies(photos)
        first = next(proxies, None)  # None: no photo can be read, which is told of each
        try:
            return None if first is None else look_of_series(chain([first], proxies), self._style, self._controls)
        except Exception as error:  # noqa: BLE001 - each photo of the series is told of it, and no other
            return error


def grouped_tasks(
    request: BatchRequest, tasks: Sequence[PhotoTask]
) -> tuple[list[PhotoTask], dict[str, tuple[Path, ...]]]:
    """Give the tasks of a request their series.

    Returns:
        The tasks, in the same order, and the photos of each series of two or more by its key, which changes with their
        names and sizes.
    """
    if not request.controls.series:
        return list(tasks), {}
    groups = [tuple(tasks)] if request.series == "all" else list(_groups(request, tasks))
    keys = {_key_of(group): group for group in groups if len(group) > 1 or request.series == "all"}
    of_task = {task: key for key, group in keys.items() for task in group}
    named = [replace(task, series=of_task.get(task, "")) for task in tasks]
    return named, {key: tuple(task.source for task in group) for key, group in keys.items()}


def _groups(request: BatchRequest, tasks: Sequence[PhotoTask]) -> Iterator[tuple[PhotoTask, ...]]:
    by_folder: dict[Path, list[PhotoTask]] = {}
    for task in tasks:
        by_folder.setdefault(task.source.parent, []).append(task)
    for group in by_folder.values():
        yield from _bursts(group) if request.series == "burst" else (tuple(group),)


def _bursts(tasks: Sequence[PhotoTask]) -> Iterator[tuple[PhotoTask, ...]]:
    """Split photos of a folder wherever a camera paused; a photo without a time belongs to no burst."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, on large photos
        taken = [(_taken(task.source), task) for task in tasks]
    shots = sorted(((*when, task) for when, task in taken if when is not None), key=lambda shot: shot[:2])
    burst: list[PhotoTask] = []
    last: tuple[str, datetime] | None = None
    for camera, time, task in shots:
        if last is not None and (camera != last[0] or time - last[1] > BURST_GAP):
            yield tuple(burst)
            burst = []
        burst.append(task)
        last = (camera, time)
    yield tuple(burst)


def _taken(path: Path) -> tuple[str, datetime] | None:
    """Return camera and time of a photo from its EXIF."""
    from PIL import Image

    with suppress(OSError, ValueError, SyntaxError, LookupError, TypeError, Image.DecompressionBombError):
        with Image.open(path) as image:
            exif = image.getexif()
            details = exif.get_ifd(_DETAILS)
        time = datetime.strptime(str(details[_TIME]).strip("\0 "), "%Y:%m:%d %H:%M:%S")
        fraction = str(details.get(_FRACTION, "")).strip("\0 ")
        if fraction.isdecimal():
            time += timedelta(seconds=float(f"0.{fraction}"))
        return "|".join(str(part) for part in (exif.get(_MAKE), exif.get(_MODEL), details.get(_SERIAL))), time
    return None


def _proxies(photos: Sequence[Path]) -> Iterator[Proxy]:
    """Read small copies of as many photos of a series as count for its look; of what is wrong with one, it tells."""
    for path in photos[:: -(-len(photos) // (2 * MAX_PHOTOS))]:
        proxy = _proxy_at(path)
        if proxy is not None:
            yield proxy


def _proxy_at(path: Path) -> Proxy | None:
    try:
        return read_proxy(path)
    except AtelierError:
        return None
    except Exception as error:  # noqa: BLE001 - one photo must not end the work on the others
        _log.debug("%s", path, exc_info=error)
        return None


def _key_of(group: Sequence[PhotoTask]) -> str:
    digest = hashlib.sha256()
    for task in group:
        size = 0
        with suppress(OSError):
            size = task.source.stat().st_size
        digest.update(os.fsencode(f"{task.source.name}|{size}\n"))
    return digest.hexdigest()[:16]
