"""What the set network makes of many contents for a style, kept, so that another training of its photos begins at once.

It takes most of the preparation. No picture of the photos is kept: only what the network computes from statistics of
their colors.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import AtelierError, LearningError
from ...estimation.set_model import SetModel
from ...estimation.set_readings import StyleReading
from ...folders import cache_folder
from ...networks.set_network import Context
from ...photos.cache import keep_newest, mark_used
from ...version import installed_version
from ..checkpoint import load_checkpoint, save_checkpoint
from ..request import CancelCheck, never_cancelled
from .contents import Contents, read_contents

_VERSION = 2  # increment when the same readings and contents give other data
_MOST_KEPT = 16  # at 1 to 2 MB each


def kept_contents(
    model: SetModel, style: StyleReading, tokens: np.ndarray, check_cancelled: CancelCheck = never_cancelled
) -> Contents:
    """Return what `read_contents` does, from the cache if it was computed before.

    Names, steps and other settings of a training do not matter, nor do the paths of the photos; what the network reads
    of them does. The least recently used data is deleted.
    """
    path = cache_folder() / "preparations" / f"{_key_of(model, style, tokens)}.safetensors"
    with suppress(LearningError):  # none, or damaged: computed anew below
        found, _ = load_checkpoint(path)
        mark_used(path)
        return _contents_of(tokens, found)
    contents = read_contents(model, style, tokens, check_cancelled)
    computed = {item.name: getattr(contents.context, item.name) for item in fields(Context)}
    with suppress(AtelierError, OSError):  # a cache that cannot be written only costs time
        path.parent.mkdir(parents=True, exist_ok=True)
        save_checkpoint(path, computed, {})
        keep_newest(path.parent, _MOST_KEPT)
    return _contents_of(tokens, computed)  # as the next training gets it


def _contents_of(tokens: np.ndarray, parts: dict[str, Tensor]) -> Contents:
    """Put together contents in memory of their own: sums come out alike to the last bit."""
    own = {name: part.clone(memory_format=torch.contiguous_format) for name, part in parts.items()}
    return Contents(torch.from_numpy(np.ascontiguousarray(tokens)), Context(**own))


def _key_of(model: SetModel, style: StyleReading, tokens: np.ndarray) -> str:
    digest = hashlib.sha256(f"{_VERSION}|{installed_version()}|{model.hash}|".encode())
    for value in (style, tokens):
        _add(digest, value)
    return digest.hexdigest()[:32]


def _add(digest: Any, value: Any) -> None:
    """Add an array, a number, or the fields of a dataclass of these to a digest."""
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value):
        for item in fields(value):
            _add(digest, getattr(value, item.name))
    else:
        digest.update(f"{value!r}|".encode())
