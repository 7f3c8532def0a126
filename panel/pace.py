"""How fast this computer learns: measured once in the background, and again by every training."""

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
from ..core.imaging.files.atomic import replacing
from ..core.learning.pixel.settings import MAX_PICTURES
from .processes import start_apart

_FILE = "pace.json"
_VERSION = 1  # raise when learning has become faster or slower
_STEPS = 3  # that are measured: the first with all its preparations, one plain, one that is judged
_NUM_PHOTOS = 8
_STEPS_TO_TRUST = 10  # of a training, before its pace is remembered
_PHOTO_SECONDS = 0.4  # to read a photo and find its face, or a picture at the size at which it is painted
PIXEL = "pixel"  # under which the pace of the pixel generator is kept, which learns on the CPU wherever it is


@dataclass(frozen=True)
class Pace:
    """Seconds of learning on one kind of device.

    Attributes:
        setup: from the photos, ready, to the end of the first step.
        step: of each further one, its share of judging and saving included.
        photo: to read one photo and find its face.
    """

    setup: float
    step: float
    photo: float = _PHOTO_SECONDS

    def seconds(self, num_steps: int, num_photos: int) -> float:
        """How long a training takes."""
        return self.setup + self.step * max(num_steps - 1, 0) + self.photo * num_photos


def expected_time(generator: str, num_steps: int, num_photos: int) -> tuple[str, float | None]:
    """How a page tells how long a training takes here.

    Args:
        generator: `look` or `pixel`.
        num_steps: of the training.
        num_photos: that it is given.

    Returns:
        The key of the text, and the seconds that belong into it; None where it names steps only.
    """
    is_pixel = generator == PIXEL
    pace = known_pace(PIXEL) if is_pixel else known_pace()
    if pace is None:  # only looks are measured before the first training
        return ("quality.unmeasured" if is_pixel else "quality.steps"), None
    return "quality.about", pace.seconds(num_steps, min(num_photos, MAX_PICTURES) if is_pixel else num_photos)


def known_pace(device: str = "auto") -> Pace | None:
    """What was measured on this computer, for a device that looks are learnt on, or PIXEL; None if nothing was."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        values = json.loads(_path().read_text(encoding="utf-8"))
        if values["version"] == _VERSION and values["cores"] == os.cpu_count():
            return Pace(**values["paces"][device])
    return None


def remember(device: str, pace: Pace) -> None:
    """Keep what was measured; a folder that cannot be written costs the estimate only."""
    paces: dict[str, object] = {}
    with suppress(OSError, ValueError, KeyError, TypeError):
        values = json.loads(_path().read_text(encoding="utf-8"))
        if values["version"] == _VERSION and values["cores"] == os.cpu_count():
            paces = dict(values["paces"])
    paces[device] = asdict(pace)
    text = json.dumps({"version": _VERSION, "cores": os.cpu_count(), "paces": paces})
    with suppress(AtelierError), replacing(_path(), overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


class StepClock:
    """Times the steps of a training from its photos, ready; tells how long it takes, and remembers the pace.

    Args:
        device: as the training was told, or PIXEL.
    """

    def __init__(self, device: str) -> None:
        self._device, self._started = device, time.perf_counter()
        self._first: tuple[int, float] | None = None
        self._setup = 0.0

    def expected(self, num_steps: int) -> float | None:
        """Seconds that so many steps take, before the first is done; None if this computer was never measured."""
        pace = known_pace(self._device)
        return None if pace is None else pace.seconds(num_steps, 0)

    def after(self, step: int, num_steps: int) -> float | None:
        """Seconds left after a step; None after the first."""
        now = time.perf_counter()
        if self._first is None:
            self._first, self._setup = (step, now), now - self._started
            return None
        each = (now - self._first[1]) / max(step - self._first[0], 1)
        if step == num_steps and step - self._first[0] >= _STEPS_TO_TRUST:
            remember(self._device, Pace(self._setup, each))
        return each * (num_steps - step)


def measure_in_background() -> subprocess.Popen[bytes] | None:
    """Measure this computer in a process of its own, if it was never measured."""
    if known_pace() is not None:
        return None
    process = start_apart([sys.executable, "-m", f"{__package__}.pace"])
    threading.Thread(target=process.wait, daemon=True).start()  # so that it does not stay as a zombie
    return process


def measure() -> Pace:
    """Learn for three steps from crops of one portrait, and time them."""
    from ..core.imaging.proxy import Proxy, proxy_of
    from ..core.learning.look.photos import LearningPhotos
    from ..core.learning.look.settings import LearnSettings
    from ..core.learning.look.training import Learning
    from ..core.styles.cover import astronaut

    whole = proxy_of(astronaut()).pixels
    photos = LearningPhotos.of([Proxy.opaque(whole[number:, number:]) for number in range(_NUM_PHOTOS)])
    started = time.perf_counter()
    settings = LearnSettings(num_steps=_STEPS, judge_every=_STEPS, clear_below=0.0, enough_below=0.0)
    learning = Learning(photos, settings=settings)
    prepared = time.perf_counter() - started
    first, plain, judged = (status.seconds for status in learning.run())
    every = LearnSettings().judge_every
    return Pace(prepared + first, (plain - first) + (judged - plain - (plain - first)) / every)


def _path() -> Path:
    return trainings_folder() / _FILE


if __name__ == "__main__":
    remember("auto", measure())
