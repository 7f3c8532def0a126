"""The request to look through photos before a style is learnt from them: what is left out, and why."""

from __future__ import annotations

from pathlib import Path

from ..errors import AtelierError, LearningError
from ..imaging.contact_sheet import jpeg_of
from ..imaging.files.reading import read_proxy
from ..imaging.photo import Photo
from ..imaging.proxy import preview_of
from ..learning.look.settings import GOOD_PHOTOS, LEAST_PHOTOS
from ..photos.face_check import check_faces
from ..photos.findings import KEPT_KINDS, Finding
from ..photos.folder import read_photo_folder
from ..texts import Text
from .client_state import ClientState
from .job import Job
from .messages import Message

_MOST_SHOWN = 100  # findings
_THUMBNAIL, _QUALITY = 96, 85


def check_photos(job: Job, client: ClientState) -> Message:
    """Read the photos of a folder as learning does, and look for faces in them.

    The answer has the number of `photos` that can be used, what is said of the folder (`warnings`) and of that number
    (`advice`, may be empty), and `findings`, each with `photo`, `text` and whether it is `left_out`, the left-out ones
    first. Its blobs are their thumbnails as JPEG; empty where the photo cannot be read.
    """
    del client
    folder = Path(job.str_field("folder")).expanduser()
    if not folder.exists():
        raise LearningError("{folder}: no such folder; choose the folder with your finished photos", folder=folder)
    read = read_photo_folder(folder, progress=lambda done, total: job.progress(done, total, "photos"))
    faces = check_faces(read, lambda done, total: job.progress(done, total, "faces"))
    findings = sorted((*read.findings, *faces), key=lambda finding: finding.kind in KEPT_KINDS)
    told = [
        {
            "photo": finding.path.name,
            "text": job.translate(finding.text),
            "left_out": finding.kind not in KEPT_KINDS,
        }
        for finding in findings[:_MOST_SHOWN]
    ]
    advice = _advice(len(read.photos))
    facts = {"photos": len(read.photos), "total": len(findings), "findings": told}
    said = {"warnings": [job.translate(text.without_subject()) for text in read.warnings]}
    said["advice"] = [] if advice is None else [job.translate(advice)]
    return Message({**facts, **said}, [_thumbnail(finding, job) for finding in findings[:_MOST_SHOWN]])


def _advice(count: int) -> Text | None:
    if count < LEAST_PHOTOS:
        return Text(
            "fewer than {few} photos cannot make sure of a look; {good} give a good idea",
            few=LEAST_PHOTOS,
            good=GOOD_PHOTOS,
        )
    if count < GOOD_PHOTOS:
        return Text("{good} photos would give a better idea of the style", good=GOOD_PHOTOS)
    return None


def _thumbnail(finding: Finding, job: Job) -> bytes:
    job.check()
    try:
        proxy = read_proxy(finding.path)
    except AtelierError:
        return b""
    return jpeg_of(preview_of(Photo(pixels=proxy.pixels), _THUMBNAIL), _QUALITY)
