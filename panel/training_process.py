"""The process of one training: `python -m portrait_atelier.panel.training_process FOLDER`.

First it makes the instant style, which can be used while it trains to improve it. Before it trains it waits for its
turn. It reads commands from its standard input: a line `train` or `leave`, as an answer; a line `pause` or `stop`. The
end of the input means that the panel has ended; then, as for `pause`, a checkpoint is written and the process ends.
SIGTERM, sent at shutdown, means the same.
"""

from __future__ import annotations

import io
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
    InstantStyleMade,
    PhotosRead,
    PreparingTraining,
    ReadingPhotos,
    ReadingTexture,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainProgress,
    TrainResult,
)
from ..core.learning.service import train_style
from ..core.photos.folder import PhotoFolder
from ..core.styles.cover import with_cover
from ..core.styles.style import Style
from ..core.styles.style_file import save_style
from ..core.texts import Text
from .pace import PIXEL, StepClock
from .processes import lower_priority
from .training_samples import SamplePortraits, write_trio
from .trainings import StoredRequest, Training, TrainingStatus

_LOCK_TIMEOUT = 90  # seconds to wait for an earlier process of this training
_REPORT_EVERY = 0.5  # seconds between two reports before the first step


class CommandListener:
    """Listens for commands on the standard input.

    Args:
        stream: the input, read line by line; its end means that the panel has ended.
    """

    def __init__(self, stream: io.RawIOBase) -> None:
        self._command, self._stream = "run", stream
        self._is_left, self._is_answered = False, threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def ending(self) -> Ending | None:
        """How to end the training; None to go on."""
        return {"stop": Ending.KEEP, "pause": Ending.PAUSE, "gone": Ending.PAUSE}.get(self._command)

    @property
    def is_put_off(self) -> bool:
        """Whether the process ends without a command, so that the training goes on in another one."""
        return self._command == "gone" or (self._command == "run" and self._is_left)

    def end(self) -> None:
        """Request the end of the process, unless there is another command."""
        self._command = "gone" if self._command == "run" else self._command
        self._is_answered.set()

    def may_train(self) -> bool:
        """Wait for the turn of this training; return whether it has come."""
        self._is_answered.wait()
        return self._command == "stop" or (self._command == "run" and not self._is_left)

    def _listen(self) -> None:
        for line in self._stream:
            word = line.decode("ascii", "replace").strip()
            if word in ("train", "leave"):
                self._is_left = word == "leave"
            else:
                self._command = word
            if word != "run":
                self._is_answered.set()
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
        is_begun = training.has_style or training.has_checkpoint
        self._keeps_style = is_begun and not self._request.instant  # it may be better than the instant one
        self._is_refused = False
        self._last_report = 0.0
        self._folders: list[PhotoFolder] = []
        self._clock: StepClock | None = None
        self._begun = time.process_time()
        self._samples: SamplePortraits | None = None

    def run(self) -> None:
        """Train, and write the result into the training's status; the queue does so after a crash."""
        report = self._training.report
        self._training.delete_old_checkpoint()
        try:
            result = train_style(self._request, self._on_progress, self._ending)
            self._store(result)
        except AtelierError as error:
            report(state="failed", message=error.text, seconds_left=None)
        else:
            if result.style is None:
                self._leave()

    def _ending(self) -> Ending | None:
        """Return how to end the training; before its setup a style that is there is kept without another step."""
        ending = self._commands.ending
        is_kept = ending is Ending.KEEP and self._clock is None and self._training.has_style
        return Ending.PAUSE if self._is_refused or is_kept else ending

    def _leave(self) -> None:
        if self._commands.is_put_off:
            self._training.report(state="waiting", seconds_left=None)
        elif self._commands.ending is Ending.KEEP:
            self._training.finish(complete=False)
        else:
            self._training.report(state="paused", seconds_left=None)

    def _store(self, result: TrainResult) -> None:
        if result.style is None:
            return
        if result.step:
            self._sample_portraits().show(result.style)
        write_trio(result.style, self._folders, self._training.samples)
        save_style(result.style, self._training.style_path, overwrite=True)
        result.forget_checkpoint()
        if self._clock is not None:
            self._clock.finish()
        self._training.finish(complete=result.ending is None)

    def _on_progress(self, event: TrainProgress) -> None:
        """Write a progress event into the training's folder."""
        if isinstance(event, ReadingPhotos):
            self._count("photos", event)
        elif isinstance(event, PhotosRead):
            self._folders.append(event.folder)
            self._note(event.folder.warnings)
        elif isinstance(event, InstantStyleMade):
            self._keep_instant(event.style)
        elif isinstance(event, ReadingTexture):
            self._count("texture", event)
        elif isinstance(event, PreparingTraining):
            self._prepare(event)
        elif isinstance(event, TrainingBegan):
            self._begin(event)
        elif isinstance(event, TrainingStep):
            self._step(event)
        elif isinstance(event, TrainingNote) and not event.is_found:  # else the card of the style tells it
            self._note([event.text])

    def _is_time_to_report(self) -> bool:
        if time.monotonic() - self._last_report <= _REPORT_EVERY:
            return False
        self._last_report = time.monotonic()
        return True

    def _count(self, stage: str, event: ReadingPhotos | ReadingTexture) -> None:
        if self._is_time_to_report() or event.done == event.total:
            self._training.report(state="reading", stage=stage, photos_read=event.done, num_photos=event.total)

    def _keep_instant(self, style: Style) -> None:
        """Store the instant style, so that it can be used while training tries to improve it."""
        if self._keeps_style:
            return
        self._sample_portraits().show(style)
        write_trio(style, self._folders, self._training.samples)
        save_style(with_cover(style), self._training.style_path, overwrite=True)
        self._training.report(state="reading")  # so that pages look again

    def _prepare(self, event: PreparingTraining) -> None:
        """Wait for the turn of this training, then tell of its setup."""
        if self._clock is None:
            self._is_refused = not self._commands.may_train()
            if self._is_refused:
                return
            lower_priority()
            stored_as = PIXEL if self._request.generator == PIXEL else self._request.device or "auto"
            self._clock = StepClock(stored_as, self._training.status.num_photos, self._begun)
        elif not self._is_time_to_report():
            return
        self._training.report(state="reading", stage="setup", share=event.share)

    def _begin(self, event: TrainingBegan) -> None:
        assert self._clock is not None
        self._keep_best(event, is_shown=event.step > 0)
        if self._training.status.ends_at is None:
            self._training.report(seconds_left=self._clock.expected(event.num_steps - event.step))
        self._training.report(
            state="learning", step=event.step, num_steps=event.num_steps, checkpoint=str(event.checkpoint)
        )

    def _keep_best(self, event: TrainingBegan | TrainingStep, *, is_shown: bool) -> None:
        """Store the best style so far, with what is measured of it."""
        style = event.make_best_style()
        if is_shown:
            self._sample_portraits().show(style)
        save_style(style, self._training.style_path, overwrite=True)

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
            self._keep_best(event, is_shown=True)
        left, speed = self._clock.after(event.step, event.num_steps), self._clock.speed
        told = {} if left is None else {"seconds_left": left}  # else what was promised still counts
        self._training.report(state="learning", step=event.step, speed=speed, **told)

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
    with FileLock(folder / ".lock", timeout=_LOCK_TIMEOUT):
        status: TrainingStatus = training.status
        if status.state != "done":
            commands = CommandListener(_standard_input())
            end_on_sigterm(commands)
            TrainingRun(training, commands).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
