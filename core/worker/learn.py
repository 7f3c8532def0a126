"""Learning a style for a client that shows how far it is, as `atelier learn` does for the command line."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ..errors import LearningError
from ..imaging.render_torch import pick_device
from ..learning.instant import InstantResult, learn_instant
from ..learning.learn_material import LearningPhotos
from ..learning.learn_settings import LearnSettings
from ..learning.learning import LEAST_PHOTOS, Learning
from ..learning.photo_folder import FolderSettings
from ..learning.prepared import prepare_photos
from ..styles.library import own_style_path
from ..styles.style import Style
from ..styles.style_file import save_style
from .desk import Desk
from .job import BadRequest, Cancelled, Job
from .messages import Message

WAYS = ("instant", "trained")


def learn(job: Job, desk: Desk) -> Message:
    """Learn a style into the user's library; it is there when the answer comes, and not before.

    A cancel that says `keep` ends training and keeps the best so far, as Ctrl-C does; any other keeps nothing.
    """
    del desk
    folder, name, way = Path(job.text("folder")).expanduser(), job.text("name"), job.text("training")
    overwrite = job.flag("overwrite")
    if way not in WAYS:
        raise BadRequest(f"training must be one of {', '.join(WAYS)}, got {way!r}")
    target = own_style_path(name, overwrite=True)
    if target.exists() and not overwrite:
        raise LearningError(f"{name}: a style of that name exists; choose another name, or have it replaced")
    if not folder.exists():
        raise LearningError(f"{folder}: no such folder; choose the folder with your finished photos")
    result = learn_instant(folder, name, progress=lambda done, total: job.progress(done, total, "photos"))
    job.notes += [f"{finding.path.name}: {finding.text}" for finding in result.photos.findings]
    job.notes += result.photos.warnings
    style = result.style
    if way == "trained" and len(result.photos.photos) < LEAST_PHOTOS:
        job.notes.append(f"fewer than {LEAST_PHOTOS} photos teach no more than an instant style; this is one")
    elif way == "trained":
        style = _trained(job, result, name)
    job.check_unless_kept()
    path = save_style(style, target, overwrite=overwrite)
    return Message({"name": name, "path": str(path), "photos": style.num_photos, "kind": style.kind}, [style.cover])


def _trained(job: Job, result: InstantResult, name: str) -> Style:
    prepared = prepare_photos(result.photos, progress=lambda done, total: job.progress(done, total, "faces"))
    job.notes += prepared.notes
    job.check()
    photos = LearningPhotos.of(result.photos.proxies, prepared)
    settings = LearnSettings()
    job.progress(0, settings.num_steps, "training")  # what comes first takes a while
    learning = Learning(photos, settings=settings, device=str(pick_device("auto")))
    finished = True
    try:
        for status in learning.run():
            job.progress(status.step, status.num_steps, "training")
    except Cancelled:
        if not job.keep:
            raise
        finished = False
    return learning.style(name, settings={"folder": asdict(FolderSettings()), "finished": finished})
