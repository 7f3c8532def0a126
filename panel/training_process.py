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
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock

from ..core.errors import AtelierError, LearningError
from ..core.imaging.rendering.render_torch import pick_device
from ..core.learning.look.instant import InstantResult, learn_instant
from ..core.learning.look.photos import TrainingPhotos
from ..core.learning.look.training import LEAST_PHOTOS, StyleTraining, TrainStatus
from ..core.photos.face_check import check_faces
from ..core.photos.folder import FolderSettings, PhotoFolder
from ..core.styles.style import Style
from ..core.styles.style_file import save_style
from ..core.texts import Text
from .pace import StepClock
from .pixel_training import learn_pixel
from .training_samples import SamplePortraits
from .trainings import Training, TrainingRequest, TrainingStatus

_NICE = 5  # so that the page stays responsive during training
_PATIENCE = 90  # seconds to wait for an earlier process of this training


class EndRequested(Exception):  # noqa: N818 - not an error
    """The process shall end, and the training be resumed later."""


class CommandListener:
    """Listens for commands on the standard input.

    Args:
        stream: of lines; its end means that the panel has ended.
    """

    def __init__(self, stream: io.RawIOBase) -> None:
        self._command, self._stream = "run", stream
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def stop(self) -> bool:
        """Whether to end now and keep the best style so far."""
        return self._command == "stop"

    def check(self) -> None:
        """Raise EndRequested if the process shall end."""
        if self._command in ("pause", "gone"):
            raise EndRequested(self._command)

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
        training: with its request and folder.
        commands: from the panel.
    """

    def __init__(self, training: Training, commands: CommandListener) -> None:
        self._training, self._commands = training, commands
        self._request: TrainingRequest = training.request
        self._last_report = 0.0

    def run(self) -> None:
        """Train, and write the result into the training's status; the queue does so after a crash."""
        report = self._training.report
        try:
            style, complete = self._learn()
            save_style(style, self._training.style_path, overwrite=True)
        except EndRequested as end_request:
            report(state="paused" if str(end_request) == "pause" else "waiting", seconds_left=None)
        except AtelierError as error:
            report(state="failed", message=error.text, seconds_left=None)
        else:
            self._training.checkpoint.unlink(missing_ok=True)
            self._training.forget_photos()
            report(state="done", complete=complete, seconds_left=0.0)

    def _learn(self) -> tuple[Style, bool]:
        """Return the style, and whether training came to the end."""
        request = self._request
        if request.generator == "pixel":
            return learn_pixel(self._training, self._commands.check, lambda: self._commands.stop)
        result = learn_instant(
            request.photos, request.name, content_folder=request.content, progress=self._progress("reading")
        )
        self._note([*result.photos.warnings, *(result.content.warnings if result.content else ())])
        if request.instant or len(result.photos.photos) < LEAST_PHOTOS:
            self._show_instant(result)
            return result.style, True
        return self._train(result)

    def _train(self, result: InstantResult) -> tuple[Style, bool]:
        photos = self._checked(result.photos)
        content = None if result.content is None else self._checked(result.content)
        clock = StepClock(self._request.device)  # after the photos, whose time is measured separately
        self._training.report(state="reading", message="setup")
        device = str(pick_device(self._request.device))
        learning = StyleTraining(
            photos, content, settings=self._request.settings, device=device, check_cancelled=self._commands.check
        )
        self._resume(learning)
        samples = SamplePortraits.of(result, self._training.samples)
        samples.show(learning.style(self._request.name, cover=False))
        complete = True
        self._training.report(
            state="learning",
            step=learning.step,
            seconds_left=clock.expected(learning.settings.num_steps - learning.step),
        )
        try:
            for status in learning.run():
                self._after_step(learning, status, samples, clock)
                if self._commands.stop and status.step < status.num_steps:
                    complete = False
                    break
                self._commands.check()
        except EndRequested:
            learning.save(self._training.checkpoint, self._training.key)
            raise
        settings = {"folder": asdict(FolderSettings()), "finished": complete}
        style = learning.style(self._request.name, settings=settings)
        samples.show(style)
        return style, complete

    def _after_step(
        self, learning: StyleTraining, status: TrainStatus, samples: SamplePortraits, clock: StepClock
    ) -> None:
        row: dict[str, object] = {"step": status.step, "terms": status.terms, "seconds": round(status.seconds, 2)}
        if status.validation is not None:
            row |= dict(zip(("base", "score", "keep"), learning.history[-1][1:], strict=True))
        self._training.record(row)
        if status.step % learning.settings.save_every == 0:
            learning.save(self._training.checkpoint, self._training.key)
        if status.samples is not None:
            samples.show(learning.style(self._request.name, cover=False))
        self._training.report(
            state="learning", step=status.step, seconds_left=clock.after(status.step, status.num_steps)
        )

    def _resume(self, learning: StyleTraining) -> None:
        if not self._training.checkpoint.exists():
            return
        try:
            learning.resume(self._training.checkpoint, self._training.key)
        except LearningError as error:
            self._note([Text("the checkpoint could not be used, so learning began anew ({cause})", cause=error)])

    def _checked(self, folder: PhotoFolder) -> TrainingPhotos:
        cache = self._training.face_check if self._training.holds(folder.folder) else None
        found = check_faces(folder, progress=self._progress("faces"), cache=cache)
        self._note(list(found.notes))
        return TrainingPhotos.of(folder.proxies)

    def _show_instant(self, result: InstantResult) -> None:
        SamplePortraits.of(result, self._training.samples).show(result.style)

    def _note(self, texts: list[Text]) -> None:
        known = self._training.status.notes
        new = [text for text in (text.without_subject() for text in texts) if text not in known]
        if new:
            self._training.report(notes=(*known, *new))

    def _progress(self, what: str) -> Callable[[int, int], None]:
        def report_progress(done: int, total: int) -> None:
            self._commands.check()
            if time.monotonic() - self._last_report > 0.5 or done == total:
                self._last_report = time.monotonic()
                self._training.report(state="reading", message=f"{what} {done} {total}")

        return report_progress


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
    with FileLock(folder / ".lock", timeout=_PATIENCE):
        status: TrainingStatus = training.status
        if status.state != "done":
            commands = CommandListener(_standard_input())
            end_on_sigterm(commands)
            TrainingRun(training, commands).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
