"""Training for a client: if it is stopped or the connection is lost, its checkpoint stays for a resume."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ..errors import AtelierError, LearningError
from ..imaging.rendering.render_torch import pick_device
from ..learning.look.instant import InstantResult
from ..learning.look.photos import TrainingPhotos
from ..learning.look.settings import LookTrainSettings
from ..learning.look.training import StyleTraining
from ..learning.resuming import checkpoint_of
from ..photos.cache import keep_newest
from ..photos.face_check import check_faces
from ..photos.folder import FolderSettings
from ..styles.style import Style
from ..texts import Text
from .job import Cancelled, Job

_KEPT = 10  # checkpoints of unfinished trainings


def train(job: Job, result: InstantResult, name: str, settings: LookTrainSettings) -> Style:
    """Train a style on the photos of an instant style; resume an earlier training of the same photos.

    Args:
        job: for progress and cancelling.
        result: the instant style and its photos.
        name: of the style.
        settings: of training.

    Raises:
        Cancelled: the client cancelled without `keep`, and the checkpoint is deleted; or the connection was lost, and
            it stays. `forget_training` deletes it once the style is stored.
    """
    checkpoint = _Checkpoint(job, *checkpoint_of(name, result.photos.folder))
    found = check_faces(result.photos, progress=lambda done, total: job.progress(done, total, "faces"))
    job.notes += found.notes
    job.check()
    job.progress(0, settings.num_steps, "training")  # preparing takes a while
    photos = TrainingPhotos.of(result.photos.proxies)
    learning = StyleTraining(photos, settings=settings, device=str(pick_device("auto")), check_cancelled=job.check)
    checkpoint.go_on(learning)
    finished = _run(job, learning, checkpoint)
    return learning.style(name, settings={"folder": asdict(FolderSettings()), "finished": finished})


def forget_training(style: Style, folder: Path) -> None:
    """Delete the checkpoint of a stored style, if its training came to the end."""
    if style.settings.get("finished"):
        with suppress(AtelierError, OSError):
            checkpoint_of(style.name, folder)[0].unlink(missing_ok=True)


class _Checkpoint:
    """The checkpoint of one training; failures of writing become notes."""

    def __init__(self, job: Job, path: Path, key: str) -> None:
        self._job, self._path, self._key = job, path, key

    def go_on(self, learning: StyleTraining) -> None:
        """Resume from the checkpoint of an earlier training, if it is usable."""
        if not self._path.exists():
            return
        try:
            learning.resume(self._path, self._key)
        except LearningError as error:
            self._job.notes.append(
                Text("the checkpoint could not be used, so learning began anew ({cause})", cause=error)
            )
        else:
            self._job.notes.append(
                Text("went on after step {step} of a training that had not come to its end", step=learning.step)
            )

    def save(self, learning: StyleTraining) -> None:
        """Write the checkpoint."""
        try:
            learning.save(self._path, self._key)
            keep_newest(self._path.parent, _KEPT)
        except (AtelierError, OSError) as error:
            note = Text("no checkpoint could be kept on the way ({cause})", cause=error)
            self._job.notes += [] if note in self._job.notes else [note]

    def forget(self) -> None:
        """Delete the checkpoint."""
        self._path.unlink(missing_ok=True)


def _run(job: Job, learning: StyleTraining, checkpoint: _Checkpoint) -> bool:
    """Train; return whether it came to the end."""
    settings = learning.settings
    job.progress(learning.step, settings.num_steps, "training")
    try:
        for status in learning.run(job.check_unless_for_later):
            if status.step % settings.save_every == 0:
                checkpoint.save(learning)
            job.progress(status.step, status.num_steps, "training")
    except Cancelled:
        if job.keep or job.client_gone:
            checkpoint.save(learning)
        else:
            checkpoint.forget()
        if not job.keep:
            raise
        job.notes.append(
            Text(
                "stopped after step {step} of {total}; to go on, learn it once more and have it replaced",
                step=learning.step,
                total=settings.num_steps,
            )
        )
        return False
    checkpoint.save(learning)  # in case the style cannot be stored
    return True
