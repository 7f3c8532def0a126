"""Estimates of the duration of trainings: measured once in the background, and by every training."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ..core.errors import AtelierError
from ..core.folders import trainings_folder
from ..core.imaging.files.atomic import atomic_write
from ..core.learning.pixel.settings import MAX_PICTURES
from .processes import start_apart

_FILE = "pace.json"
_VERSION = 1  # increase when training has become faster or slower
_STEPS = 3  # that are measured: the first with setup, one plain, one with validation
_NUM_PHOTOS = 8
_STEPS_TO_TRUST = 10  # smallest number of steps of a training whose pace is stored
_PHOTO_SECONDS = 0.4  # seconds to read a photo and find its face, or to read a picture at painting size
PIXEL = "pixel"  # the generator; its pace is stored under this name, that of a look under the device


@dataclass(frozen=True)
class Pace:
    """Durations of training on one kind of device, in seconds.

    Attributes:
        setup: from prepared photos to the end of the first step.
        step: each further step, with its share of validation and saving.
        photo: reading one photo and finding its face.
    """

    setup: float
    step: float
    photo: float = _PHOTO_SECONDS

    def seconds(self, num_steps: int, num_photos: int) -> float:
        """Return the expected duration of a training."""
        return self.setup + self.step * max(num_steps - 1, 0) + self.photo * num_photos


def expected_time(generator: str, num_steps: int, num_photos: int) -> tuple[str, float | None]:
    """Return the text of the expected duration of a training.

    Args:
        generator: `look` or `pixel`.
        num_steps: of the training.
        num_photos: number of photos.

    Returns:
        The key of the text, and its seconds; None for a text that names steps only.
    """
    is_pixel = generator == PIXEL
    pace = known_pace(PIXEL) if is_pixel else known_pace()
    if pace is None:  # only looks are measured in the background
        return ("quality.unmeasured" if is_pixel else "quality.steps"), None
    return "quality.about", pace.seconds(num_steps, min(num_photos, MAX_PICTURES) if is_pixel else num_photos)


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
    """Measures the steps of a training, estimates the remaining time, and stores the pace.

    Args:
        stored_as: the device of a look's training, or PIXEL.
    """

    def __init__(self, stored_as: str) -> None:
        self._stored_as, self._started = stored_as, time.perf_counter()
        self._first: tuple[int, float] | None = None
        self._setup = 0.0

    def expected(self, num_steps: int) -> float | None:
        """Return the expected seconds before the first step; None without a measurement."""
        pace = known_pace(self._stored_as)
        return None if pace is None else pace.seconds(num_steps, 0)

    def after(self, step: int, num_steps: int) -> float | None:
        """Return the remaining seconds after a step; None after the first."""
        now = time.perf_counter()
        if self._first is None:
            self._first, self._setup = (step, now), now - self._started
            return None
        each = (now - self._first[1]) / max(step - self._first[0], 1)
        if step == num_steps and step - self._first[0] >= _STEPS_TO_TRUST:
            remember(self._stored_as, Pace(self._setup, each))
        return each * (num_steps - step)


def measure_in_background() -> subprocess.Popen[bytes] | None:
    """Measure this computer in another process, if it was never measured."""
    if known_pace() is not None:
        return None
    process = start_apart([sys.executable, "-m", f"{__package__}.pace"])
    threading.Thread(target=process.wait, daemon=True).start()  # to avoid a zombie process
    return process


def measure() -> Pace:
    """Measure three training steps on crops of one portrait."""
    from ..core.imaging.proxy import Proxy, proxy_of
    from ..core.learning.look.photos import TrainingPhotos
    from ..core.learning.look.settings import LookTrainSettings
    from ..core.learning.look.training import StyleTraining
    from ..core.styles.cover import astronaut

    whole = proxy_of(astronaut()).pixels
    photos = TrainingPhotos.of([Proxy.opaque(whole[number:, number:]) for number in range(_NUM_PHOTOS)])
    started = time.perf_counter()
    settings = LookTrainSettings(num_steps=_STEPS, validate_every=_STEPS, clear_below=0.0, enough_below=0.0)
    learning = StyleTraining(photos, settings=settings)
    prepared = time.perf_counter() - started
    first, plain, judged = (status.seconds for status in learning.run())
    every = LookTrainSettings().validate_every
    return Pace(prepared + first, (plain - first) + (judged - plain - (plain - first)) / every)


def _path() -> Path:
    return trainings_folder() / _FILE


if __name__ == "__main__":
    remember("auto", measure())
