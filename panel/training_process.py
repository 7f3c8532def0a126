"""The process of one training: `python -m portrait_atelier.panel.training_process FOLDER`.

It listens on its standard input: a line `pause` or `stop` is a wish, and its end means that the panel has gone; then,
as for `pause`, the checkpoint is written and the process ends. SIGTERM, which a computer that shuts down sends to every
process, means the same.
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
from .training_samples import SamplePortraits
from .trainings import Training, TrainingRequest, TrainingStatus

_NICE = 5  # so that the page stays quick while something is learnt
_PATIENCE = 90  # seconds that an earlier process of this training may take to end
_REPORT_EVERY = 0.5  # seconds, while photos are read


class Wishes:
    """What is wanted of this process, as its standard input says.

    Args:
        stream: of lines; its end means that the panel has gone.
    """

    def __init__(self, stream: io.RawIOBase) -> None:
        self._wish, self._stream = "run", stream
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def ending(self) -> Ending | None:
        """What it means to the training."""
        return {"stop": Ending.KEEP, "pause": Ending.PAUSE, "gone": Ending.PAUSE}.get(self._wish)

    @property
    def is_left(self) -> bool:
        """Whether nobody wanted an end, but the panel has gone: it goes on by itself when the next one starts."""
        return self._wish == "gone"

    def leave(self) -> None:
        """End, and go on later, unless something else was wished."""
        self._wish = "gone" if self._wish == "run" else self._wish

    def _listen(self) -> None:
        for line in self._stream:
            self._wish = line.decode("ascii", "replace").strip()
        self.leave()


class TrainingRun:
    """One training, carried out in this process.

    Args:
        training: what, and where.
        wishes: of its owner.
    """

    def __init__(self, training: Training, wishes: Wishes) -> None:
        self._training, self._wishes = training, wishes
        self._request: TrainingRequest = training.request
        self._last_report = 0.0
        self._folders: list[PhotoFolder] = []
        self._clock: StepClock | None = None
        self._samples: SamplePortraits | None = None

    def run(self) -> None:
        """Learn; how it ends is written into the training's status, and by the queue where memory was full."""
        report = self._training.report
        self._training.forget_old_checkpoint()
        try:
            result = train_style(self._request, self._tell, lambda: self._wishes.ending)
            self._store(result)
        except AtelierError as error:
            report(state="failed", message=error.text, seconds_left=None)
        else:
            if result.style is None:
                report(state="waiting" if self._wishes.is_left else "paused", seconds_left=None)

    def _store(self, result: TrainResult) -> None:
        if result.style is None:
            return
        self._sample_portraits().show(result.style)
        save_style(result.style, self._training.style_path, overwrite=True)
        result.forget_checkpoint()
        self._training.forget_photos()
        self._training.report(state="done", complete=result.ending is None, seconds_left=0.0)

    def _tell(self, event: TrainProgress) -> None:
        """Write what the training tells into its folder."""
        report = self._training.report
        if isinstance(event, ReadingPhotos):
            self._count(event)
        elif isinstance(event, PhotosRead):
            self._folders.append(event.folder)
            self._note(event.folder.warnings)
        elif isinstance(event, PreparingTraining):
            device = PIXEL if self._request.generator == PIXEL else self._request.device or "auto"
            self._clock = StepClock(device)  # not before: how long photos take is reckoned apart
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
        self._sample_portraits().show(event.best(cover=False))
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
            row["distance"] = event.validation.score
        elif event.validation is not None:
            found = event.validation
            row |= {"base": round(found.start, 4), "score": round(found.score, 4), "keep": found.keep}
        self._training.record(row)
        if event.validation is not None and event.validation.best_step == event.step:
            self._sample_portraits().show(event.best(cover=False))
        seconds_left = self._clock.after(event.step, event.num_steps)
        self._training.report(state="learning", step=event.step, seconds_left=seconds_left)

    def _sample_portraits(self) -> SamplePortraits:
        """Those that show what is learnt, chosen once the photos are read."""
        if self._samples is None:
            self._samples = SamplePortraits.of(self._folders, self._training.samples)
        return self._samples

    def _note(self, texts: Sequence[Text]) -> None:
        known = self._training.status.notes
        new = [text for text in (text.without_subject() for text in texts) if text not in known]
        if new:
            self._training.report(notes=(*known, *new))


def _standard_input() -> io.RawIOBase:
    """Unbuffered: a thread that waits in a buffered reader makes Python abort when the process ends."""
    return io.FileIO(sys.stdin.fileno(), closefd=False)


def leave_on_sigterm(wishes: Wishes) -> None:
    """Take SIGTERM for the end of the panel; only in the main thread."""
    signal.signal(signal.SIGTERM, lambda *_: wishes.leave())


def main(folder: Path) -> None:
    """Carry out the training of a folder, once an earlier process of it has ended."""
    training = Training(folder)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with FileLock(folder / ".lock", timeout=_PATIENCE):
        status: TrainingStatus = training.status
        if status.state != "done":
            wishes = Wishes(_standard_input())
            leave_on_sigterm(wishes)
            TrainingRun(training, wishes).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
