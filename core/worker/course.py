"""The course of one training for a client, in a thread of its own: what can be used on the way, and how it is left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import AtelierError
from ..imaging.contact_sheet import jpeg_of
from ..imaging.photo import Photo
from ..learning.request import (
    Ending,
    InstantStyleMade,
    PhotosRead,
    PreparingTraining,
    ReadingPhotos,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainProgress,
    TrainRequest,
    TrainResult,
)
from ..learning.service import train_style
from ..photos.folder import FolderPhoto, PhotoFolder
from ..reports.trio import Trio
from ..reports.words import verdict_lines
from ..styles.applying import apply_style
from ..styles.cover import with_cover
from ..styles.style import Style
from ..texts import Text
from .job import Cancelled, Job, collect_notes

GRACE_SECONDS = 1.0  # for a training to end by itself when it is given up, until it is left alone
_CHECK_EVERY = 0.05
_QUALITY = 90
Pictures = tuple[list[str], list[bytes]]  # names, and JPEGs


@dataclass
class Course:
    """One training for a client.

    A client that gives it up, or keeps the style before the first step, is answered without waiting for the end of
    what runs; that ends by itself then, and leaves nothing.

    Attributes:
        job: of the client.
        request: the training.
        photo: of the user's, to show the style on; None for the sample portrait.
        store: called with each style on the way that is better than what was stored before, without its cover.
    """

    job: Job
    request: TrainRequest
    photo: Photo | None
    store: Callable[[Style], object]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _is_left: bool = False
    _instant: Style | None = None
    _checkpoint: Path | None = None  # once the steps have begun
    _folders: list[PhotoFolder] = field(default_factory=list)
    _trio: Trio | None = None
    _result: TrainResult | None = None
    _error: BaseException | None = None

    def run(self) -> TrainResult:
        """Train.

        Raises:
            Cancelled: the client gave it up, or the connection was lost.
            AtelierError: as of `train_style`.
        """
        threading.Thread(target=self._train, name="training", daemon=True).start()
        while not self._ended.wait(_CHECK_EVERY):
            if not self.job.stop.is_set() or self.job.client_gone:
                continue
            if not self.job.keep and not self._ended.wait(GRACE_SECONDS):
                self._leave()
                break
            if self.job.keep and self._instant is not None and self._checkpoint is None:
                self._leave()
                unfinished = replace(self._instant, settings={**self._instant.settings, "finished": False})
                return TrainResult(with_cover(unfinished), Ending.KEEP)
        return self._ending_result()

    def pictures_of(self, style: Style) -> Pictures:
        """Return a photo or the sample portrait, the same in a style, and a finished photo; or nothing."""
        if not self._folders or style.photos is None:
            return [], []
        if self._trio is None:
            self._trio = Trio.of(style, self._folders[0].photos, self._untouched, self.photo)
        trio = self._trio
        photos = (trio.neutral, apply_style(trio.neutral, style), trio.finished)
        before = "sample" if trio.is_sample else "untouched" if self._untouched else "open"
        names = [before, "styled", "finished"]
        return names, [jpeg_of(photo.pixels, _QUALITY) for photo in photos]

    @property
    def _untouched(self) -> Sequence[FolderPhoto]:
        return self._folders[1].photos if len(self._folders) > 1 else ()

    def _ending_result(self) -> TrainResult:
        if self._error is not None and not self._is_left:
            raise self._error
        late = ending_of(self.job)
        if late is Ending.FORGET and self._checkpoint is not None:
            with suppress(OSError):
                self._checkpoint.unlink(missing_ok=True)
        if self._is_left or self._result is None or self._result.style is None or late in (Ending.FORGET, Ending.PAUSE):
            raise Cancelled
        return self._result

    def _leave(self) -> None:
        """Leave the training alone, which then tells and stores nothing any more."""
        with self._lock:
            self._is_left = True

    def _train(self) -> None:
        try:
            with collect_notes(self.job):
                self._result = train_style(self.request, self._take, self._ending)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._error = error
        finally:
            self._ended.set()

    def _ending(self) -> Ending | None:
        if self._is_left:
            return Ending.FORGET
        ending = ending_of(self.job)
        return None if ending is Ending.KEEP and self._instant is None else ending

    def _take(self, event: TrainProgress) -> None:
        with self._lock:
            if not self._is_left:
                self._tell(event)

    def _tell(self, event: TrainProgress) -> None:
        """Send a progress event and collect notes; cancelling is left to `_ending`."""
        job = self.job
        with suppress(Cancelled):
            if isinstance(event, ReadingPhotos):
                job.progress(event.done, event.total, "photos")
            elif isinstance(event, InstantStyleMade):
                self._instant = event.style
                self._offer(event.style)
            elif isinstance(event, PreparingTraining):
                job.progress(round(100 * event.share), 100, "preparing")
            elif isinstance(event, TrainingBegan):
                self._begin(event)
            elif isinstance(event, TrainingStep):
                if event.validation is not None and event.validation.best_step == event.step:
                    self._offer(event.make_best_style(cover=False))
                job.progress(event.step, event.num_steps, "training")
            elif isinstance(event, PhotosRead):
                self._note_photos(event.folder)
            elif isinstance(event, TrainingNote):
                job.notes.append(event.text)

    def _begin(self, event: TrainingBegan) -> None:
        self._checkpoint = event.checkpoint
        if event.step:
            self.job.notes.append(
                Text("went on after step {step} of a training that had not come to its end", step=event.step)
            )
        self.job.progress(event.step, event.num_steps, "training")

    def _note_photos(self, folder: PhotoFolder) -> None:
        self._folders.append(folder)
        self.job.notes += [
            Text("{name}: {text}", name=finding.path.name, text=finding.text) for finding in folder.findings
        ]
        self.job.notes += folder.warnings

    def _offer(self, style: Style) -> None:
        """Store the best style so far, so that it can be used, and show it to the client."""
        if self.request.instant or self.job.stop.is_set():
            return
        with suppress(AtelierError):  # at the end it is stored anyway, or that says why not
            self.store(style)
            names, pictures = self.pictures_of(style)
            told: dict[str, Any] = {"name": style.name, "pictures": names, "kind": style.kind}
            told["verdict"] = [self.job.translate(text) for text in verdict_lines(style)]
            self.job.tell(told, pictures)


def ending_of(job: Job) -> Ending | None:
    """Return how the client ends the training; None if it does not."""
    if job.client_gone:
        return Ending.PAUSE
    if not job.stop.is_set():
        return None
    return Ending.KEEP if job.keep else Ending.FORGET
