"""When a training will have come to its end: its own duration, and that of those before it in the queue."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .pace import Probe, expected_seconds
from .trainings import ACTIVE, Training, TrainingStore

UNKNOWN_PHOTOS = 25  # number of photos for an estimate, before they are read


@dataclass(frozen=True)
class Forecast:
    """The expected end of a training.

    Attributes:
        seconds: from now on, those before it included; None if nothing was measured yet.
        num_ahead: trainings before it in the queue.
    """

    seconds: float | None
    num_ahead: int = 0


class Forecaster:
    """Makes forecasts for the trainings of a store.

    Args:
        store: the trainings.
        probe: tells how busy this computer is.
    """

    def __init__(self, store: TrainingStore, probe: Probe | None = None) -> None:
        self._store, self._probe = store, probe or Probe()

    def share(self) -> float:
        """Return the share of the cores that a training gets: what the running one gets, else what was tried."""
        speeds = [item.status.speed for item in self._store.all() if item.status.state == "learning"]
        return next((speed for speed in speeds if speed is not None), None) or self._probe.share()

    def of_new(self, generator: str, num_steps: int, num_photos: int) -> Forecast:
        """Return the forecast for a training that is begun now, behind all others.

        Args:
            generator: `look` or `pixel`.
            num_steps: of the training; 0 for an instant style, which waits for nobody.
            num_photos: number of photos; 0 if unknown.
        """
        if num_steps == 0:
            return Forecast(None)
        share = self.share()
        own = expected_seconds(generator, num_steps, num_photos or UNKNOWN_PHOTOS, share)
        ahead = [item for item in self._store.all() if _is_in_line(item)]
        return _together([*(self._left(item, share) for item in ahead), own], len(ahead))

    def of(self, training: Training) -> Forecast:
        """Return the forecast for a training that waits or runs."""
        share, request = self.share(), training.request
        ahead = [item for item in self._store.all() if _is_in_line(item) and item.request.created < request.created]
        ahead = [] if training.status.state == "learning" or request.instant else ahead
        return _together([self._left(item, share) for item in (*ahead, training)], len(ahead))

    @staticmethod
    def _left(training: Training, share: float) -> float | None:
        """Return the seconds to the end that is expected; where that has passed, those of what is still to be done."""
        status, request = training.status, training.request
        if status.state in ACTIVE and status.ends_at is not None and status.ends_at > time.time():
            return status.ends_at - time.time()
        num_steps = max(request.settings.num_steps - status.step, 1)
        if status.state == "learning":
            return expected_seconds(request.generator, num_steps, 0, share, is_set_up=True)
        is_read = status.stage == "setup"
        num_photos = 0 if is_read else status.num_photos or UNKNOWN_PHOTOS
        return expected_seconds(request.generator, num_steps, num_photos, share)


def _is_in_line(training: Training) -> bool:
    is_at_work = training.status.state in ("waiting", *ACTIVE)
    return is_at_work and training.command == "run" and not training.request.instant


def _together(parts: list[float | None], num_ahead: int) -> Forecast:
    known = [part for part in parts if part is not None]
    return Forecast(sum(known) if len(known) == len(parts) else None, num_ahead)
