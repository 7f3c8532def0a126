"""The process of one training: `python -m portrait_atelier.panel.training_process FOLDER`.

It reads commands from its standard input: a line `pause` or `stop`. The end of the input means that the panel has
ended; then, as for `pause`, a checkpoint is written and the process ends. SIGTERM, sent at shutdown, means the same.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from ..core.errors import AtelierError
from ..core.learning.request import (
    Ending,
    PhotosRead,
    PreparingTraining,
    ReadingPhotos,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainProgress,
    TrainResult,
)
from ..core.learning.service import train_style
from ..core.photos.folder import PhotoFolder
from ..core.styles.style_file import save_style
from ..core.texts import Text
from .pace import PIXEL, StepClock
from .training_samples import SamplePortraits, write_trio
from .trainings import StoredRequest, Training, TrainingStatus

_NICE = 5  # so that the page stays responsive during training
_LOCK_TIMEOUT = 90  # seconds to wait for an earlier process of this training
_REPORT_EVERY = 0.5  # seconds between two reports while photos are read


class CommandListener:
    """Listens for commands on the standard input.

    Args:
        stream: the input, read line by line; its end means that the panel has ended.
    """

    def __init__(self, stream: io.RawIOBase) -> None:
        self._command, self._stream = "run", stream
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def ending(self) -> Ending | None:
        """How to end the training; None to go on."""
        return {"stop": Ending.KEEP, "pause": Ending.PAUSE, "gone": Ending.PAUSE}.get(self._command)

    @property
    def is_panel_gone(self) -> bool:
        """Whether the process ends without a command, so that the next panel resumes the training."""
        return self._command == "gone"

    def end(self) -> None:
        """Request the end of the process, unless there is another command."""
        self._command = "gone" if self._command == "run" else self._command

    def _listen(self) -> None:
        for line in self._stream:
            self._command = line.decode("ascii", "replace").strip()
        self.end()


class TrainingRun:
    """A training that runs in this process.

    Args:
        training: the training to run, with its request and its folder.
        commands: the listener for the commands of the panel.
    """

    def __init__(self, training: Training, commands: CommandListener) -> None:
        self._training, self._commands = training, commands
        self._request: StoredRequest = training.request
        self._last_report = 0.0
        self._folders: list[PhotoFolder] = []
        self._clock: StepClock | None = None
        self._samples: SamplePortraits | None = None

    def run(self) -> None:
        """Train, and write the result into the training's status; the queue does so after a crash."""
        report = self._training.report
        self._training.delete_old_checkpoint()
        try:
            result = train_style(self._request, self._on_progress, lambda: self._commands.ending)
            self._store(result)
        except AtelierError as error:
            report(state="failed", message=error.text, seconds_left=None)
        else:
            if result.style is None:
                report(state="waiting" if self._commands.is_panel_gone else "paused", seconds_left=None)

    def _store(self, result: TrainResult) -> None:
        if result.style is None:
            return
        self._sample_portraits().show(result.style)
        write_trio(result.style, self._folders, self._training.samples)
        save_style(result.style, self._training.style_path, overwrite=True)
        result.forget_checkpoint()
        self._training.delete_photo_copies()
        self._training.report(state="done", complete=result.ending is None, seconds_left=0.0)

    def _on_progress(self, event: TrainProgress) -> None:
        """Write a progress event into the training's folder."""
        report = self._training.report
        if isinstance(event, ReadingPhotos):
            self._count(event)
        elif isinstance(event, PhotosRead):
            self._folders.append(event.folder)
            self._note(event.folder.warnings)
        elif isinstance(event, PreparingTraining):
            stored_as = PIXEL if self._request.generator == PIXEL else self._request.device or "auto"
            self._clock = StepClock(stored_as)  # after the photos, whose time is measured separately
            report(state="reading", stage="setup")
        elif isinstance(event, TrainingBegan):
            self._begin(event)
        elif isinstance(event, TrainingStep):
            self._step(event)
        elif isinstance(event, TrainingNote):
            self._note([event.text])

    def _count(self, event: ReadingPhotos) -> None:
        if time.monotonic() - self._last_report > _REPORT_EVERY or event.done == event.total:
            self._last_report = time.monotonic()
            self._training.report(state="reading", stage="photos", photos_read=event.done, num_photos=event.total)

    def _begin(self, event: TrainingBegan) -> None:
        assert self._clock is not None
        self._sample_portraits().show(event.make_best_style(cover=False))
        self._training.report(
            state="learning",
            step=event.step,
            num_steps=event.num_steps,
            seconds_left=self._clock.expected(event.num_steps - event.step),
            checkpoint=str(event.checkpoint),
        )

    def _step(self, event: TrainingStep) -> None:
        assert self._clock is not None
        row: dict[str, object] = {"step": event.step, "terms": event.terms, "seconds": round(event.seconds, 2)}
        if event.validation is not None and self._request.generator == PIXEL:
            row["distance"] = event.validation.distance
        elif event.validation is not None:
            validation = event.validation
            row |= {
                "base": round(validation.instant_distance, 4),
                "score": round(validation.distance, 4),
                "keep": validation.delta_weight,
            }
        self._training.record(row)
        if event.validation is not None and event.validation.best_step == event.step:
            self._sample_portraits().show(event.make_best_style(cover=False))
        seconds_left = self._clock.after(event.step, event.num_steps)
        self._training.report(state="learning", step=event.step, seconds_left=seconds_left)

    def _sample_portraits(self) -> SamplePortraits:
        """Return the sample portraits, which are selected once the photos are read."""
        if self._samples is None:
            self._samples = SamplePortraits.of(self._folders, self._training.samples)
        return self._samples

    def _note(self, texts: Sequence[Text]) -> None:
        known = self._training.status.notes
        new = [text for text in (text.without_subject() for text in texts) if text not in known]
        if new:
            self._training.report(notes=(*known, *new))


def _standard_input() -> io.RawIOBase:
    """Return unbuffered standard input: Python aborts at exit while a thread waits in a buffered reader."""
    return io.FileIO(sys.stdin.fileno(), closefd=False)


def end_on_sigterm(commands: CommandListener) -> None:
    """Handle SIGTERM like the end of the panel; only in the main thread."""
    signal.signal(signal.SIGTERM, lambda *_: commands.end())


def main(folder: Path) -> None:
    """Run the training of a folder, after an earlier process of it has ended."""
    training = Training(folder)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with FileLock(folder / ".lock", timeout=_LOCK_TIMEOUT):
        status: TrainingStatus = training.status
        if status.state != "done":
            commands = CommandListener(_standard_input())
            end_on_sigterm(commands)
            TrainingRun(training, commands).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
