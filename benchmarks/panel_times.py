"""Time that the panel promises for a training against the time it takes, alone and beside other work.

    python benchmarks/panel_times.py [--photos FOLDER] [--only NAME ...]

Needs the extra `panel`. Without --photos it takes ten parts of one portrait. The trainings are real, in processes of
the panel's own queue, with few steps; the computer is measured first, as at the first start of a panel.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "hosts"))
from panel_server import finished_photos
from portrait_atelier.core.learning.request import TrainOptions
from portrait_atelier.panel.forecast import Forecaster
from portrait_atelier.panel.pace import known_pace, measure_in_background
from portrait_atelier.panel.training_queue import TrainingQueue
from portrait_atelier.panel.trainings import StoredRequest, Training, TrainingStore

_SPIN = "while True: pass"


@dataclass(frozen=True)
class Case:
    """One training.

    Attributes:
        name: of the row.
        steps: of the training.
        num_busy: programs that never rest beside it.
        is_second: whether another training is before it in the queue.
    """

    name: str
    steps: int
    num_busy: int = 0
    is_second: bool = False


CASES = (
    Case("alone, 20 steps", 20),
    Case("alone, 30 steps", 30),
    Case("alone, 45 steps", 45),
    Case("beside one busy program, 20 steps", 20, 1),
    Case("beside two busy programs, 30 steps", 30, 2),
    Case("behind another training, 20 steps", 20, 0, True),
)


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep programs of usual priority busy."""
    programs = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def begin(store: TrainingStore, forecaster: Forecaster, name: str, photos: Path, steps: int) -> tuple[Training, float]:
    """Begin a training as the page does; return it, and the seconds that are promised."""
    promised = forecaster.of_new("look", steps, len(list(photos.iterdir()))).seconds
    assert promised is not None
    training = store.reserve()
    request = StoredRequest(name, photos, options=TrainOptions(steps=steps), created=time.time())
    store.begin(training, request, promised)
    return training, promised


def measure(store: TrainingStore, case: Case, photos: Path) -> tuple[float, float, int]:
    """Promised and taken seconds, and the steps that were done."""
    with busy(case.num_busy):
        forecaster = Forecaster(store)
        if case.is_second:
            begin(store, forecaster, f"before {case.name}", photos, 20)
        started = time.perf_counter()
        training, promised = begin(store, forecaster, case.name, photos, case.steps)
        while training.status.state not in ("done", "failed"):
            time.sleep(0.2)
        taken = time.perf_counter() - started
    if training.status.state == "failed":
        raise SystemExit(f"{case.name}: {training.status.message}")
    return promised, taken, training.status.step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="folder of photos in one look")
    parser.add_argument("--only", nargs="*", default=[], help="parts of the names of rows")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("TRAININGS", "CACHE", "STYLES"):
            os.environ[f"ATELIER_{name}"] = str(Path(folder) / name.lower())
        photos = given.photos or finished_photos(Path(folder) / "photos")[0].parent
        measuring = measure_in_background()
        assert measuring is not None
        measuring.wait()
        print(f"measured: {known_pace()}", flush=True)
        store = TrainingStore(Path(os.environ["ATELIER_TRAININGS"]))
        queue = TrainingQueue(store)
        queue.start()
        for case in CASES:
            if not given.only or any(part in case.name for part in given.only):
                promised, taken, step = measure(store, case, photos)
                line = f"promised {promised:5.0f} s, taken {taken:5.0f} s ({taken / promised - 1:+.0%}), {step} steps"
                print(f"{case.name:40s} {line}, load {os.getloadavg()[0]:.1f}", flush=True)
        queue.stop()


if __name__ == "__main__":
    main()
