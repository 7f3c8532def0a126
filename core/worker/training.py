"""Training for a client: it may be stopped, forgotten or deserted, and what was learnt is lost only if it says so."""

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
from ..learning.prepared import prepare_photos
from ..learning.resuming import checkpoint_of
from ..photos.cache import keep_newest
from ..photos.folder import FolderSettings
from ..styles.style import Style
from .job import Cancelled, Job

_KEPT = 10  # checkpoints of trainings that nobody ended


def train(job: Job, result: InstantResult, name: str, settings: LookTrainSettings) -> Style:
    """Train a style on photos that were read; goes on where an earlier training of these photos was cut off.

    Args:
        job: is told the steps, and asked whether to go on.
        result: the instant style of the photos.
        name: of the style.
        settings: how.

    Raises:
        Cancelled: the client wants nothing of it. Had it only hung up, the checkpoint stays; else that goes too.
            Once the style is stored, `forget_training` removes it.
    """
    checkpoint = _Checkpoint(job, *checkpoint_of(name, result.photos.folder))
    prepared = prepare_photos(result.photos, progress=lambda done, total: job.progress(done, total, "faces"))
    job.notes += prepared.notes
    job.check()
    job.progress(0, settings.num_steps, "training")  # what comes first takes a while
    photos = TrainingPhotos.of(result.photos.proxies)
    learning = StyleTraining(photos, settings=settings, device=str(pick_device("auto")), check_cancelled=job.check)
    checkpoint.go_on(learning)
    finished = _run(job, learning, checkpoint)
    return learning.style(name, settings={"folder": asdict(FolderSettings()), "finished": finished})


def forget_training(style: Style, folder: Path) -> None:
    """Remove the checkpoint of a style that is safely stored, if its training came to its end."""
    if style.settings.get("finished"):
        with suppress(AtelierError, OSError):
            checkpoint_of(style.name, folder)[0].unlink(missing_ok=True)


class _Checkpoint:
    """The checkpoint of one training. That it cannot be written is told, and is no reason to end."""

    def __init__(self, job: Job, path: Path, key: str) -> None:
        self._job, self._path, self._key = job, path, key

    def go_on(self, learning: StyleTraining) -> None:
        """Take up what an earlier training reached, if it can be used."""
        if not self._path.exists():
            return
        try:
            learning.resume(self._path, self._key)
        except LearningError as error:
            self._job.notes.append(f"the checkpoint could not be used, so learning began anew ({error})")
        else:
            self._job.notes.append(f"went on after step {learning.step} of a training that had not come to its end")

    def save(self, learning: StyleTraining) -> None:
        """Write it in place of the one before."""
        try:
            learning.save(self._path, self._key)
            keep_newest(self._path.parent, _KEPT)
        except (AtelierError, OSError) as error:
            note = f"no checkpoint could be kept on the way ({error})"
            self._job.notes += [] if note in self._job.notes else [note]

    def forget(self) -> None:
        """Remove it."""
        self._path.unlink(missing_ok=True)


def _run(job: Job, learning: StyleTraining, checkpoint: _Checkpoint) -> bool:
    """Learn; whether it came to its end."""
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
            f"stopped after step {learning.step} of {settings.num_steps}; to go on, learn it once more and have it "
            "replaced"
        )
        return False
    checkpoint.save(learning)  # should the style find no room on the disk
    return True
