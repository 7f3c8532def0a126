"""What keeps an idle page idle: Gradio's displays of waiting and its queue would use a part of a core for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

    from .guard import Message, Receive, Scope, Send

_QUEUE_SLEEPS = {"sleep_when_free": 0.25, "progress_update_sleep_when_free": 0.25}  # seconds; Gradio's are 1 and 10 ms
_HEAD = b"<head>"


class EarlyScript:
    """ASGI middleware: puts `idle.js` before Gradio's own scripts, which the head of a Gradio page comes after.

    Args:
        app: the wrapped ASGI app.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app
        code = (Path(__file__).resolve().parent / "idle.js").read_bytes()
        self._script = _HEAD + b"<script>" + code + b"</script>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope.get("method") == "GET" and scope["path"] == "/"
        await self._app(scope, receive, self._with_script(send) if is_page else send)

    def _with_script(self, send: Send) -> Send:
        start: Message = {}
        body = bytearray()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body).replace(_HEAD, self._script, 1)
            others = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*others, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        return sent


def calm(blocks: gr.Blocks) -> None:
    """Make the queue look for work less often, and events that show no progress tell none to their parts.

    A part that is taken away while it counts the seconds of an event would count for ever.
    """
    for event in blocks.fns.values():
        if event.show_progress == "hidden":
            event.show_progress_on = []
    for name, seconds in _QUEUE_SLEEPS.items():
        if hasattr(blocks._queue, name):  # a private part of Gradio, which may go away
            setattr(blocks._queue, name, seconds)
