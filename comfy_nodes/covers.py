"""Styles for ComfyUI's page: the list of styles, the cover of each, and its file to download."""

from __future__ import annotations

import asyncio
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..core.errors import AtelierError
from ..core.styles.library import StyleEntry
from .folders import style_entries, style_entry
from .style_store import file_key, read_style

FILE = "atelier_file"  # key of such a file in what a node shows
_MOST_COVERS = 512  # of about 15 KB each
_KEPT_BY_THE_BROWSER = {"Cache-Control": "private, max-age=86400"}  # its address changes with the file

_NEVER_KEPT = {"Cache-Control": "no-store"}


def style_file(name: str, path: Path) -> list[dict[str, str]]:
    """Return what the page needs for a button that downloads a style: `name` with its origin."""
    return [{"name": path.name, "url": f"/portrait_atelier/file?{urlencode({'name': name})}"}]


def output_file(path: Path, root: Path) -> list[dict[str, str]]:
    """Return what the page needs for a button that downloads a file in ComfyUI's output folder `root`."""
    place = {"filename": path.name, "subfolder": path.parent.relative_to(root).as_posix(), "type": "output"}
    return [{"name": path.name, "url": f"/view?{urlencode(place)}"}]


def add_routes() -> None:
    """Serve styles and covers to ComfyUI's page; do nothing without a server."""
    instance = getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)
    if instance is None:
        return
    from aiohttp import web

    async def styles(_request: Any) -> Any:
        return web.json_response(await asyncio.to_thread(styles_told))

    async def cover(request: Any) -> Any:
        try:
            picture = await asyncio.to_thread(lambda: cover_of(style_entry(request.query.get("name", ""))))
        except (AtelierError, OSError) as error:
            return web.Response(status=404, text=str(error))
        return web.Response(body=picture, content_type="image/jpeg", headers=_KEPT_BY_THE_BROWSER)

    async def file(request: Any) -> Any:
        try:
            path = await asyncio.to_thread(lambda: style_entry(request.query.get("name", "")).path)
        except (AtelierError, OSError) as error:
            return web.Response(status=404, text=str(error))
        return web.FileResponse(path, headers={"Content-Disposition": "attachment", **_NEVER_KEPT})

    instance.routes.get("/portrait_atelier/styles")(styles)
    instance.routes.get("/portrait_atelier/file")(file)
    instance.routes.get("/portrait_atelier/cover")(cover)


def styles_told() -> list[dict[str, str]]:
    """Return name, origin and state of the file of each style; the state changes when the file is replaced."""
    return [{"name": entry.name, "origin": entry.origin, "state": _state(entry)} for entry in style_entries()]


def cover_of(entry: StyleEntry) -> bytes:
    """Return the cover of a style as JPEG; rendered if its file has none, as color tables have not.

    Raises:
        AtelierError: the file is damaged.
        OSError: the file was just deleted.
    """
    return _cover_of(entry, file_key(entry.path))


@lru_cache(maxsize=_MOST_COVERS)
def _cover_of(entry: StyleEntry, _state: str) -> bytes:
    from ..core.styles.cover import with_cover

    style = read_style(entry)
    return style.cover or with_cover(style).cover


def _state(entry: StyleEntry) -> str:
    path: Path = entry.path
    try:
        return str(path.stat().st_mtime_ns)
    except OSError:  # just deleted
        return ""
