"""What belongs to each photo of the Try tab: its mask, and settings of its own; and what events of the page say."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from typing import Any

import gradio as gr

from .crops import CROP_SIZE, Spot
from .masks import MASK_PARTS, Mask, limited_feather, mask_picture, read_mask
from .stage import strip_html
from .try_photos import TryPhoto
from .words import Words

SHARED = ""  # key of the settings of all photos that have none of their own
Masks = dict[str, Mask]  # by the path of a photo
Settings = tuple[Any, ...]  # of all controls, in their order on the page
Own = dict[str, Settings]  # settings by the path of a photo, or SHARED


def kept_by_name(states: dict[str, Any], photos: Sequence[TryPhoto]) -> dict[str, Any]:
    """Return what earlier photos had for those of the same names that are here now, and what is shared."""
    by_name = {path.replace("\\", "/").rpartition("/")[2]: state for path, state in states.items() if path}
    found = {str(photo.path): by_name[photo.path.name] for photo in photos if photo.path.name in by_name}
    return found | ({SHARED: states[SHARED]} if SHARED in states else {})


def with_mask(masks: Masks, photo: TryPhoto, mask: Mask | None) -> Masks:
    """Return masks with that of a photo replaced."""
    others = {path: kept for path, kept in masks.items() if path != str(photo.path)}
    return others if mask is None else {**others, str(photo.path): mask}


def with_settings(own: Own, photo: TryPhoto, settings: Settings) -> Own:
    """Return settings with those that a photo has replaced: its own, or the shared ones."""
    path = str(photo.path)
    return {**own, path if path in own else SHARED: settings}


def settings_of(own: Own, photo: TryPhoto, otherwise: Settings) -> Settings:
    """Return the settings of a photo: its own, or the shared ones."""
    return own.get(str(photo.path), own.get(SHARED, otherwise))


def alone(own: Own, photo: TryPhoto, settings: Settings) -> Own:
    """Return settings with a photo's own, which are at first what it had."""
    return {SHARED: settings, **own, str(photo.path): settings}


def strip_of(photos: Sequence[TryPhoto], index: int, masks: Masks, own: Own, words: Words) -> str:
    """Return the strip of photos, with marks."""
    listed = [(photo.path.name, photo.thumbnail) for photo in photos]
    marks = [(str(photo.path) in masks, str(photo.path) in own) for photo in photos]
    return strip_html(listed, index, marks, words)


def mask_feed(photo: TryPhoto | None, masks: Masks) -> dict[str, Any]:
    """Return what the page is told of the mask of a photo."""
    if photo is None:
        return {}
    mask = masks.get(str(photo.path))
    told = {"photo": photo.thumbnail.stem, "picture": mask_picture(mask, photo.preview), "number": secrets.token_hex(4)}
    return {**told, "region": mask.region if mask else "", "feather": mask.feather if mask else 0}


def data_of(event: gr.EventData) -> dict[str, Any]:
    """Return what the page sent with an event."""
    data = event._data  # Gradio has no other way to what is optional
    return data if isinstance(data, dict) else {}


def mask_of_event(event: gr.EventData) -> Mask | None:
    """Return the mask that the page sent: a region, or what was painted; None for none.

    Raises:
        PhotoError: it cannot be read.
    """
    asked = data_of(event)
    feather, region = limited_feather(asked.get("feather")), asked.get("part") or asked.get("region")
    if region in MASK_PARTS:
        return Mask(region=region, feather=feather)
    return read_mask(asked.get("picture"), feather)


def spot_of(event: gr.EventData) -> Spot | None:
    """Return the place that an event names, in fractions of the photo; None if it names none."""
    x, y = (data_of(event).get(axis) for axis in "xy")
    if not isinstance(x, int | float) or not isinstance(y, int | float) or not math.isfinite(x + y):
        return None
    return min(max(float(x), 0.0), 1.0), min(max(float(y), 0.0), 1.0)


def length_of(event: gr.EventData) -> int:
    """Return how long a side of a crop the page asks for."""
    length = data_of(event).get("length")
    return length if isinstance(length, int) else CROP_SIZE


def chosen_feed(photos: Sequence[TryPhoto], index: int, masks: Masks, own: Own, settings: Settings) -> Any:
    """Return what the page shows of a chosen photo: all settings, whether it has its own, its mask, and they."""
    if not photos:
        return own, False, {}, *(gr.skip() for _ in settings)
    photo = photos[min(index, len(photos) - 1)]
    found = settings_of(own, photo, settings)
    updates = [value if value != before else gr.skip() for value, before in zip(found, settings, strict=True)]
    return own, str(photo.path) in own, mask_feed(photo, masks), *updates
