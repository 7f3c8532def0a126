"""What keeps a page that nobody touches from costing anything: of Gradio's server, and of its browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import gradio as gr
import gradio.queueing as queueing

from .guard import Message, Receive, Scope, Send

_WORKING, _RESTING = 0.05, 5.0  # seconds between two looks at a queue that has work, and at an empty one
_TICK = 0.5  # seconds between two looks of the server whether it is to end
_TICKS_OF_A_DAY = 864_000  # as uvicorn counts them, ten a second
# Gradio's clock of an event asks the browser for every next frame, and for ever where its component goes away
# meanwhile, as the first one of each page does. A clock that is seen changes the page, so each change lets all of them
# go on half a second later, and those that nobody sees rest while nothing else changes. It takes the function as it is
# when the page loads, so this stands before all other scripts.
_SLOW_CLOCK = b"""<script>(() => {
  const frame = window.requestAnimationFrame.bind(window), clocks = [];
  let timer = 0;
  const goOn = () => { timer = 0; clocks.splice(0).forEach((act) => frame(act)); };
  new MutationObserver(() => { if (clocks.length) timer ||= setTimeout(goOn, 500); })
    .observe(document, { childList: true, characterData: true, subtree: true });
  const isClock = (act) => /performance\\.now\\(\\)[^;]{0,40}\\/\\s*1e3/.test(Function.prototype.toString.call(act));
  window.requestAnimationFrame = (act) => (isClock(act) ? clocks.push(act) : frame(act));
})();</script>"""

_ASKS_FOR_PASSWORD = b'"auth_required":true'


class EarlyScript:
    """ASGI middleware that puts a script before all others of a page.

    Args:
        app: the wrapped ASGI app.
        login: HTML for the head of the page that asks for a password, which Gradio draws without ours.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], login: str = "") -> None:
        self._app, self._login = app, login.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["path"] == "/" and scope.get("method") == "GET"
        await self._app(scope, receive, _with_script(send, self._login) if is_page else send)


def _with_script(send: Send, login: bytes) -> Send:
    """Return a function that sends the messages of a page, with the script in it where it has a head."""
    held: list[Message] = []

    async def send_page(message: Message) -> None:
        if message["type"] == "http.response.start":
            held.append(message)
            return
        if held:
            start, body = held.pop(), message.get("body", b"")
            more = login if _ASKS_FOR_PASSWORD in body else b""
            found = body.replace(b"<head>", b"<head>" + _SLOW_CLOCK + more, 1) if _is_plain_html(start) else body
            added = len(found) - len(body)
            await send({**start, "headers": [_longer(header, added) for header in start.get("headers", ())]})
            message = {**message, "body": found}
        await send(message)

    return send_page


def _is_plain_html(start: Message) -> bool:
    headers = dict(start.get("headers", ()))
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers


def _longer(header: tuple[bytes, bytes], added: int) -> tuple[bytes, bytes]:
    name, value = header
    return (name, str(int(value) + added).encode()) if name == b"content-length" else header


class _Bell(float):
    """A pause of Gradio's queue, in seconds, which ends early when an event comes in."""

    rung: asyncio.Event
    is_busy: Callable[[], bool]


class _Asyncio:
    """The module asyncio for Gradio's queue, with pauses that a bell ends."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(delay: float, result: Any = None) -> Any:
        if not isinstance(delay, _Bell) or delay.is_busy():
            return await asyncio.sleep(delay, result)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(delay.rung.wait(), _RESTING)
        delay.rung.clear()
        return result


def tell_no_hidden_progress(blocks: gr.Blocks) -> None:
    """Have events that show no progress start no clocks in the components that they change, some of which they hide."""
    for event in blocks.fns.values():
        if event.show_progress == "hidden":
            event.show_progress_on = []


def rest_while_empty(queue: Any) -> None:
    """Have a queue of Gradio wait for events, instead of looking for them a thousand times a second.

    Its pauses are private parts of Gradio: where they are not what they were, it goes on as it is made.

    Args:
        queue: of Blocks, before it is started.
    """
    names = [name for name in ("sleep_when_free", "progress_update_sleep_when_free") if hasattr(queue, name)]
    if not names or not hasattr(queue, "push") or not hasattr(queue, "active_jobs"):
        return
    bells = []
    for name in names:
        bell = _Bell(_WORKING)
        bell.rung, bell.is_busy = asyncio.Event(), lambda: len(queue) > 0 or any(queue.active_jobs)
        setattr(queue, name, bell)
        bells.append(bell)
    push = queue.push

    async def push_and_ring(*given: Any, **named: Any) -> Any:
        found = await push(*given, **named)
        for bell in bells:
            bell.rung.set()
        return found

    queue.push = push_and_ring
    queueing.asyncio = _Asyncio()  # pyright: ignore[reportPrivateImportUsage, reportAttributeAccessIssue]


def tick_slowly(server_class: Any) -> None:
    """Have a server of uvicorn look twice a second whether it is to end, not ten times.

    Its loop is a private part of uvicorn: where it is not what it was, it goes on as it is made.

    Args:
        server_class: a class of servers.
    """
    if not all(asyncio.iscoroutinefunction(getattr(server_class, name, None)) for name in ("main_loop", "on_tick")):
        return

    async def main_loop(server: Any) -> None:
        counter = 0
        while not await server.on_tick(counter):  # which acts at every tenth
            await asyncio.sleep(_TICK)
            counter = (counter + round(10 * _TICK)) % _TICKS_OF_A_DAY

    server_class.main_loop = main_loop
