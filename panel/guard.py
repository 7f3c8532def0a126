"""Middleware in front of Gradio: rejects foreign hosts and origins, and sets a content security policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
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


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
        await send(message)

    return sent
