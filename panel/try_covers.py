"""The covers of the Try tab: every style on a photo of one's own."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

import gradio as gr

from ..core.errors import AtelierError
from .context import Panel
from .photo_states import data_of
from .restyling import restyle_thumbnail
from .stage import address
from .try_photos import TryPhoto

_MOST_COVERS = 8  # thumbnails of one request


class Covers:
    """Makes them.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def make(self, event: gr.EventData, request: gr.Request, photos: list[TryPhoto], token: str) -> Any:
        """Return the asked photo in the asked styles, as thumbnails."""
        asked = data_of(event)
        names = [name for name in asked.get("styles", ()) if isinstance(name, str)][:_MOST_COVERS]
        photo = next((photo for photo in photos if photo.thumbnail.stem == asked.get("photo")), None)
        pictures = {}
        for name in names if photo else ():
            assert photo is not None
            pictures[name] = ""
            with suppress(AtelierError):  # its own cover stays
                style = self._panel.style(name, token)
                found = restyle_thumbnail(photo.thumbnail, style, self._panel.sessions.folder(request))
                pictures[name] = address(found)
        return {"photo": asked.get("photo"), "pictures": pictures, "number": secrets.token_hex(4)}
