"""The handlers of requests by type. Imported with the first request; torch is, with what needs it."""

from __future__ import annotations

from collections.abc import Callable

from . import crop, preview, restyle, styles
from .client_state import ClientState
from .job import BadRequest, Job
from .messages import Message

Handler = Callable[[Job, ClientState], Message]


def _learn(job: Job, client: ClientState) -> Message:
    from . import learn  # imports torch

    return learn.learn(job, client)


def _batch(job: Job, client: ClientState) -> Message:
    from . import batch

    return batch.restyle_files(job, client)


def _check_photos(job: Job, client: ClientState) -> Message:
    from . import photo_check

    return photo_check.check_photos(job, client)


HANDLERS: dict[str, Handler] = {
    "styles": styles.list_all,
    "style": styles.describe,
    "save-style": styles.save,
    "style-from-images": styles.learn_from_images,
    "memory": restyle.make_memory,
    "add-to-series": restyle.add_to_series,
    "restyle": restyle.restyle,
    "mask": restyle.find_mask,
    "show": preview.show,
    "show-large": preview.show_large,
    "preview": preview.draw,
    "thumbnail": preview.draw_thumbnail,
    "show-whole": crop.show,
    "crop": crop.draw,
    "batch": _batch,
    "check-photos": _check_photos,
    "learn": _learn,
}


def answer(job: Job, client: ClientState) -> Message:
    """Handle a request.

    Raises:
        AtelierError: a problem that the user can fix.
        BadRequest: the request is invalid.
        Cancelled: the request was cancelled.
    """
    handler = HANDLERS.get(job.request.type)
    if handler is None:
        raise BadRequest(f"no such request: {job.request.type!r}")
    return handler(job, client)


def warm_up() -> None:
    """Load networks, renderer and ready styles before the first request."""
    restyle.warm_up()
    styles.warm_up()
