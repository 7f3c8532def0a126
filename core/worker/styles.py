"""The requests about styles: the list of installed styles, one style, and instant styles of open images."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import StyleError
from ..folders import cache_folder
from ..imaging.photo import Photo
from ..imaging.proxy import PROXY_SIZE, proxy_of
from ..learning.look.instant import style_from_proxies
from ..learning.resolve import open_entry
from ..photos.cache import keep_newest
from ..styles.cover import with_cover
from ..styles.library import StyleEntry, list_styles, own_style_path
from ..styles.style import Style, checked_name, description_of
from ..styles.style_file import SUFFIX, save_style
from ..texts import text_of
from .client_state import ClientState
from .job import BadRequest, Job
from .messages import Message

_KEPT = 50  # cached styles of open images


def list_all(job: Job, client: ClientState) -> Message:
    """List name, origin, path, kind, description and cover of all installed styles; unreadable ones become notes."""
    del client
    described, covers = [], []
    for entry in list_styles():
        job.check()
        try:
            style = _opened(entry.path, entry.path.stat().st_mtime_ns, entry)
        except (StyleError, OSError) as error:
            job.notes.append(text_of(error))
            continue
        described.append({**_facts(style, job), "name": entry.name, "origin": entry.origin, "path": str(entry.path)})
        covers.append(style.cover)
    return Message({"styles": described}, covers)


def describe(job: Job, client: ClientState) -> Message:
    """Describe one style: a name, a style file, a photo, a folder of photos or a color table, as of `NamedStyles`."""
    style = client.styles.of(job).style
    return Message({"style": {**_facts(style, job), "origin": ""}}, [style.cover])


def save(job: Job, client: ClientState) -> Message:
    """Save a style, or a blend, as of `NamedStyles`, in the user's library, under `name`; `overwrite` replaces one."""
    style, name = client.styles.of(job).style, job.str_field("name")
    path = free_style_path(name, overwrite=job.bool_field("overwrite"))
    own = with_cover(style.renamed(name)) if style.name != name else with_cover(style)
    save_style(own, path, overwrite=True)
    return Message({"style": {**_facts(own, job), "origin": "library", "path": str(path)}}, [own.cover])


def free_style_path(name: str, *, overwrite: bool) -> Path:
    """Return the path of a new style in the user's library.

    Raises:
        StyleError: the name cannot be used, or is taken, also by a ready style: a script that names that would get
            the new one.
    """
    target = own_style_path(name, overwrite=True)
    if overwrite:
        return target
    if target.exists():
        raise StyleError("{name}: a style of that name exists; choose another name, or have it replaced", name=name)
    if any(entry.path.name == target.name for entry in list_styles()):
        raise StyleError(
            "{name}: is the name of a ready style, which would then mean yours everywhere, in scripts too; choose "
            "another name, or have it replaced",
            name=name,
        )
    return target


def learn_from_images(job: Job, client: ClientState) -> Message:
    """Compute an instant style of images: each blob is one, (H, W, 4) float32, sRGB-encoded RGB and alpha."""
    del client
    proxies = [proxy_of(photo, PROXY_SIZE) for photo in photos_of(job)]
    sizes, blobs = job.request.head["sizes"], job.request.blobs
    digest = hashlib.sha256(repr(sizes).encode())
    for blob in blobs:
        digest.update(blob)
    path = cache_folder() / "open-images" / f"{digest.hexdigest()[:32]}{SUFFIX}"
    style = style_from_proxies(proxies, _name(job.str_field("name")), settings={"method": "set network"})
    save_style(style, path, overwrite=True)
    keep_newest(path.parent, _KEPT)
    return Message({"style": {**_facts(style, job), "origin": ""}, "path": str(path)}, [style.cover])


def warm_up() -> None:
    """Load the installed styles, so that the first list is fast."""
    for entry in list_styles():
        _opened(entry.path, entry.path.stat().st_mtime_ns, entry)


@lru_cache(maxsize=256)
def _opened(path: Path, changed: int, entry: StyleEntry) -> Style:
    """Load a style file; `changed` is part of the cache key."""
    del path, changed
    return open_entry(entry)


def _facts(style: Style, job: Job) -> dict[str, object]:
    description = job.translate(description_of(style)).partition("\n")[0]
    return {"name": style.name, "kind": style.kind, "description": description, "photos": style.num_photos}


def _name(text: str) -> str:
    try:
        return checked_name(text[:80].strip())
    except StyleError:
        return "open image"


def photos_of(job: Job) -> list[Photo]:
    """Return the images of a request, each a blob of (H, W, 4) float32, sRGB-encoded RGB and alpha.

    Raises:
        BadRequest: there are none, or they do not fit `sizes`.
    """
    sizes, blobs = job.request.head.get("sizes"), job.request.blobs
    if not isinstance(sizes, list) or len(sizes) != len(blobs) or not blobs:
        raise BadRequest("images must be at least one, each with its size")
    return [_photo(blob, size) for blob, size in zip(blobs, sizes, strict=True)]


def _photo(blob: bytes, size: list[int]) -> Photo:
    if not (isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) and side > 0 for side in size)):
        raise BadRequest(f"a size must be [width, height], got {size!r}")
    width, height = size
    if len(blob) != width * height * 16:
        raise BadRequest(f"an image of {width} x {height} has {width * height * 16} bytes, got {len(blob)}")
    pixels = np.frombuffer(blob, np.float32).reshape(height, width, 4)
    return Photo(np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]))
