"""What can be asked for, and who answers. Imported only when the first request comes: it brings torch."""

from __future__ import annotations

from collections.abc import Callable

from . import learn, preview, restyle, styles
from .client_state import ClientState
from .job import BadRequest, Job
from .messages import Message

Handler = Callable[[Job, ClientState], Message]

HANDLERS: dict[str, Handler] = {
    "styles": styles.list_all,
    "style": styles.describe,
    "style-from-images": styles.learn_from_images,
    "memory": restyle.make_memory,
    "add-to-series": restyle.add_to_series,
    "restyle": restyle.restyle,
    "show": preview.show,
    "show-large": preview.show_large,
    "preview": preview.draw,
    "learn": learn.learn,
}


def answer(job: Job, client: ClientState) -> Message:
    """Carry out a request.

    Raises:
        AtelierError: the user's problem.
        BadRequest: the client's.
        Cancelled: the answer is not wanted any more.
    """
    handler = HANDLERS.get(job.request.type)
    if handler is None:
        raise BadRequest(f"no such request: {job.request.type!r}")
    return handler(job, client)


def warm_up() -> None:
    """Load networks, compile or load the renderer, and look at the ready styles, before the first request."""
    restyle.warm_up()
    styles.warm_up()
