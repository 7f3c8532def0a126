"""Estimates of the duration of trainings: measured once in the background, and by every training.

What is stored is CPU time, which other programs hardly change; how much of the processor they leave is asked when an
estimate is made. So a computer that was busy while it was measured promises the same as an idle one.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean

from ..core.errors import AtelierError
from ..core.folders import trainings_folder
from ..core.imaging.files.atomic import atomic_write
from ..core.learning.pixel.settings import MAX_PICTURES
from .processes import NICENESS, lower_priority, start_apart

_FILE = "pace.json"
_VERSION = 3  # increase when training has become faster or slower
_STEPS = 3  # that are measured: the first with setup, one plain, one with validation
_NUM_PHOTOS = 8
_STEPS_TO_TRUST = 10  # smallest number of steps of a training whose pace is stored
_PHOTO_SECONDS = 0.4  # CPU seconds to read a photo and its texture, or to read a picture at painting size
_RECENT = 25  # steps whose mean tells the rest, one validation included
_UNDISTURBED = 0.9  # quantile of the cores that steps used: those that were disturbed least
_LEAST_SHARE = 0.05
_PROBE = f"""
import os, time
if hasattr(os, "nice"):
    os.nice({NICENESS})
begun, cpu = time.perf_counter(), time.process_time()
while time.perf_counter() - begun < 0.8:
    pass
print((time.process_time() - cpu) / (time.perf_counter() - begun))
"""
_PROBE_KEPT, _PROBE_PATIENCE = 60.0, 20.0  # seconds that an answer counts, and that is waited for one
_log = logging.getLogger(__name__)
PIXEL = "pixel"  # the generator; its pace is stored under this name, that of a look under the device


@dataclass(frozen=True)
class Pace:
    """CPU time of training on one kind of device, in seconds.

    Attributes:
        setup: all that is done once: loading the program, the setup, the style at the end.
        step: each step, with its share of validation and saving.
        photo: reading one photo and its texture.
        cores: CPU seconds in one second on a computer that does nothing else.
    """

    setup: float
    step: float
    photo: float = _PHOTO_SECONDS
    cores: float = 1.0

    def seconds(self, num_steps: int, num_photos: int, share: float = 1.0) -> float:
        """Return the expected duration of a training.

        Args:
            num_steps: of the training.
            num_photos: number of photos; 0 once they are read.
            share: of the cores that other programs leave, see `free_share`.
        """
        cpu = self.setup + self.step * num_steps + self.photo * num_photos
        return cpu / (self.cores * max(share, _LEAST_SHARE))


def pace_of(generator: str, device: str | None = None) -> Pace | None:
    """Return the measured pace of a training; None if there is none."""
    return known_pace(PIXEL if generator == PIXEL else device or "auto")


def expected_seconds(
    generator: str, num_steps: int, num_photos: int, share: float = 1.0, *, is_set_up: bool = False
) -> float | None:
    """Return the expected duration of a training, or of what is left of it; None if nothing was measured.

    Args:
        generator: `look` or `pixel`.
        num_steps: of the training.
        num_photos: number of photos that are to be read.
        share: of the cores that other programs leave.
        is_set_up: whether only steps are left.
    """
    pace = pace_of(generator)
    if pace is None:
        return None
    if is_set_up:
        pace = replace(pace, setup=0.0)
    return pace.seconds(num_steps, min(num_photos, MAX_PICTURES) if generator == PIXEL else num_photos, share)


def known_pace(stored_as: str = "auto") -> Pace | None:
    """Return the measured pace of looks on a device, or of PIXEL; None if there is none."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        values = json.loads(_path().read_text(encoding="utf-8"))
        if values["version"] == _VERSION and values["cores"] == os.cpu_count():
            return Pace(**values["paces"][stored_as])
    return None


def remember(stored_as: str, pace: Pace) -> None:
    """Store a pace; failures are ignored."""
    paces: dict[str, object] = {}
    with suppress(OSError, ValueError, KeyError, TypeError):
        values = json.loads(_path().read_text(encoding="utf-8"))
        if values["version"] == _VERSION and values["cores"] == os.cpu_count():
            paces = dict(values["paces"])
    paces[stored_as] = asdict(pace)
    text = json.dumps({"version": _VERSION, "cores": os.cpu_count(), "paces": paces})
    with suppress(AtelierError), atomic_write(_path(), overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


class StepClock:
    """Measures a training in this process, estimates the remaining time, and stores the pace.

    Args:
        stored_as: the device of a look's training, or PIXEL.
        num_photos: number of photos that were read since `begun`.
        begun: CPU time of this process when it began to read photos.
    """

    def __init__(self, stored_as: str, num_photos: int = 0, begun: float = 0.0) -> None:
        self._stored_as, self._num_photos, self._begun = stored_as, num_photos, begun
        self._prepared = time.process_time()
        self._last: tuple[float, float] | None = None  # CPU and wall time at the last step
        self._cpu: list[float] = []  # of each step but the first
        self._wall: list[float] = []
        self._setup = 0.0

    def expected(self, num_steps: int) -> float | None:
        """Return the expected seconds of steps that were not begun; None without a measurement."""
        pace = known_pace(self._stored_as)
        return None if pace is None else pace.step * num_steps / pace.cores

    @property
    def speed(self) -> float | None:
        """The speed of the last steps, as a share of that on a computer that does nothing else; None at first."""
        pace, recent = known_pace(self._stored_as), slice(-_RECENT, None)
        if pace is None or not self._wall:
            return None
        return min(1.0, sum(self._cpu[recent]) / max(sum(self._wall[recent]), 1e-6) / pace.cores)

    def after(self, step: int, num_steps: int) -> float | None:
        """Return the remaining seconds after a step; None after the first."""
        cpu, wall = time.process_time(), time.perf_counter()
        if self._last is None:
            self._last, self._setup = (cpu, wall), cpu - self._prepared
            return None
        self._cpu.append(cpu - self._last[0])
        self._wall.append(wall - self._last[1])
        self._last = cpu, wall
        return fmean(self._wall[-_RECENT:]) * (num_steps - step)

    def finish(self) -> None:
        """Store the pace of a training that has come to its end, if it had enough steps."""
        if self._last is None or len(self._cpu) < _STEPS_TO_TRUST:
            return
        end = time.process_time() - self._last[0]
        each, known = fmean(self._cpu), known_pace(self._stored_as)
        setup = max(self._begun + self._setup - each, 0.0) + end
        used = sorted(cpu / max(wall, 1e-6) for cpu, wall in zip(self._cpu, self._wall, strict=True))
        cores = max(used[int(_UNDISTURBED * (len(used) - 1))], known.cores if known else 0.01)
        photo = _PHOTO_SECONDS if known is None else known.photo
        if self._num_photos:
            photo = (self._prepared - self._begun) / self._num_photos
        remember(self._stored_as, Pace(setup, each, photo, cores))


class Probe:
    """Tells how much of the processor other programs leave, by trying; the answer is kept for a while."""

    def __init__(self) -> None:
        self._lock, self._known, self._at = threading.Lock(), 1.0, -_PROBE_KEPT

    def share(self) -> float:
        """Return the share of the cores that a training would get now, 0 to 1."""
        with self._lock:
            if time.monotonic() - self._at >= _PROBE_KEPT:
                pace = known_pace()
                self._known = tried_share(max(1, round(pace.cores)) if pace else 1)
                self._at = time.monotonic()
            return self._known


def tried_share(num_threads: int) -> float:
    """Keep processes of low priority busy for a moment; return the smallest share of time that one got."""
    command = [sys.executable, "-I", "-S", "-c", _PROBE]
    found = [1.0]
    try:
        tried = [start_apart(command, stdout=subprocess.PIPE) for _ in range(num_threads)]
        for process in tried:
            said, _ = process.communicate(timeout=_PROBE_PATIENCE)
            found.append(float(said))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        _log.debug("how busy this computer is could not be tried", exc_info=True)
    return max(min(found), _LEAST_SHARE)


def measure_in_background() -> subprocess.Popen[bytes] | None:
    """Measure this computer in another process, if it was never measured."""
    if known_pace() is not None:
        return None
    process = start_apart([sys.executable, "-m", f"{__package__}.pace"])
    threading.Thread(target=process.wait, daemon=True).start()  # to avoid a zombie process
    return process


def measure() -> Pace:
    """Measure three training steps on crops of one portrait, in a process that does nothing else."""
    from ..core.imaging.proxy import Proxy, proxy_of
    from ..core.learning.look.photos import TrainingPhotos
    from ..core.learning.look.settings import LookTrainSettings
    from ..core.learning.look.training import StyleTraining
    from ..core.styles.cover import astronaut

    whole = proxy_of(astronaut()).pixels
    photos = TrainingPhotos.of([Proxy.opaque(whole[number:, number:]) for number in range(_NUM_PHOTOS)])
    settings = LookTrainSettings(num_steps=_STEPS, validate_every=_STEPS, clear_below=0.0, enough_below=0.0)
    learning = StyleTraining(photos, settings=settings)
    marks = [(time.process_time(), time.perf_counter())]
    marks += [(time.process_time(), time.perf_counter()) for _ in learning.run()]
    first, plain, judged = ((after[0] - before[0], after[1] - before[1]) for before, after in pairwise(marks))
    step = plain[0] + (judged[0] - plain[0]) / LookTrainSettings().validate_every
    used = max(cpu / wall for cpu, wall in (first, plain, judged))
    cores = min(used / tried_share(max(1, round(used))), os.cpu_count() or 1)
    return Pace(max(marks[0][0] + first[0] - plain[0], 0.0), step, cores=cores)


def _path() -> Path:
    return trainings_folder() / _FILE


if __name__ == "__main__":
    lower_priority()
    remember("auto", measure())
