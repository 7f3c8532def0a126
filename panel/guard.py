"""Middleware in front of Gradio: rejects foreign hosts and origins, sets a content security policy, slows guessing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_ONLY_READ = ("GET", "HEAD", "OPTIONS")
_FREE_TRIES, _FIRST_WAIT, _LONGEST_WAIT = 3, 1.0, 30.0  # wrong passwords in a row; seconds after each further one
_MOST_WAITING, _FORGIVEN_AFTER, _MOST_VISITORS = 5, 900.0, 1000
_FETCHES = ("/file=http:", "/file=https:", "/proxy=")  # routes of Gradio that fetch arbitrary pages


class Guard:
    """ASGI middleware.

    Args:
        app: the wrapped ASGI app.
        hosts: allowed host names, without port; empty for any.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], hosts: tuple[str, ...] = ()) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not self._is_allowed(scope):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"not allowed"})
        else:
            await self._app(scope, receive, _with_headers(send))

    def _is_allowed(self, scope: Scope) -> bool:
        """Return False for requests that a page of another origin could send, by DNS rebinding or a form."""
        path = scope["path"].lower()
        if any(part in path for part in _FETCHES):
            return False
        host, origin = _header(scope, b"host"), _header(scope, b"origin")
        if scope.get("method", "GET") not in _ONLY_READ and origin and origin.partition("://")[2] != host:
            return False
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return not self._hosts or name.strip("[]") in self._hosts


@dataclass
class _Tries:
    """Wrong passwords of one address."""

    failed: int = 0
    last: float = 0.0
    num_waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def wait(self, now: float) -> float:
        """Return the seconds until the next try may be made."""
        if self.failed < _FREE_TRIES:
            return 0.0
        pause = min(_FIRST_WAIT * 2.0 ** min(self.failed - _FREE_TRIES, 10), _LONGEST_WAIT)
        return max(self.last + pause - now, 0.0)


class LoginBrake:
    """ASGI middleware: after a few wrong passwords from one address its further tries wait, one after another.

    Args:
        app: the wrapped ASGI app.
        sleep: waits; for tests.
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._app, self._sleep = app, sleep
        self._visitors: dict[str, _Tries] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_login = scope["type"] == "http" and scope["path"].rstrip("/").endswith("/login")
        if not is_login or scope.get("method") != "POST":
            await self._app(scope, receive, send)
            return
        tries = self._tries_of(str((scope.get("client") or ("",))[0]))
        if tries.num_waiting >= _MOST_WAITING:
            await send({"type": "http.response.start", "status": 429, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"too many tries; wait a little"})
            return
        tries.num_waiting += 1
        try:
            async with tries.turn:
                await self._sleep(tries.wait(time.monotonic()))
                await self._app(scope, receive, _counting(send, tries))
        finally:
            tries.num_waiting -= 1

    def _tries_of(self, address: str) -> _Tries:
        now = time.monotonic()
        for other in [key for key, tries in self._visitors.items() if now - tries.last > _FORGIVEN_AFTER]:
            if not self._visitors[other].num_waiting:
                del self._visitors[other]
        if address not in self._visitors and len(self._visitors) >= _MOST_VISITORS:
            address = ""  # all further ones wait together
        return self._visitors.setdefault(address, _Tries(last=now))


def _counting(send: Send, tries: _Tries) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            tries.failed = tries.failed + 1 if message["status"] >= 400 else 0
            tries.last = time.monotonic()
        await send(message)

    return sent


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
        await send(message)

    return sent
