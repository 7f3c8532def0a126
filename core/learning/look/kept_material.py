"""Training data of a look, kept by the content of its photos, so that another training of them begins at once."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache

import cv2
import torch

from ...errors import AtelierError, LearningError
from ...estimation.people import load_people
from ...estimation.set_model import SetModel
from ...folders import cache_folder, weights_folder
from ...photos.cache import keep_newest, mark_used, photos_key
from ...version import installed_version
from ..checkpoint import load_checkpoint, save_checkpoint
from ..request import CancelCheck, never_cancelled
from .material import Material, read_material
from .photos import TrainingPhotos

_VERSION = 1  # increment when the same photos give other data
_MOST_KEPT = 16  # at 3 to 8 MB each


def material_of(
    model: SetModel,
    photos: TrainingPhotos,
    own: TrainingPhotos | None,
    device: torch.device,
    check_cancelled: CancelCheck = never_cancelled,
) -> Material:
    """Return what `read_material` does, from the cache if the same photos were prepared before.

    Names, steps and other settings of a training do not matter, nor do the paths of the photos; their pixels do, and
    all that reads them. The least recently used data is deleted.
    """
    path = cache_folder() / "preparations" / f"{_key_of(model, photos, own)}.safetensors"
    with suppress(LearningError):  # none, or damaged: read anew below
        tensors, facts = load_checkpoint(path)
        mark_used(path)
        return Material.from_tensors(model, tensors, is_own=bool(facts["is_own"]), device=device)
    material = read_material(model, photos, own, device, check_cancelled)
    tensors = material.tensors()
    with suppress(AtelierError, OSError):  # a cache that cannot be written only costs time
        path.parent.mkdir(parents=True, exist_ok=True)
        save_checkpoint(path, tensors, {"is_own": material.is_own})
        keep_newest(path.parent, _MOST_KEPT)
    return Material.from_tensors(model, tensors, is_own=material.is_own, device=device)  # as the next training gets it


def _key_of(model: SetModel, photos: TrainingPhotos, own: TrainingPhotos | None) -> str:
    others = "none" if own is None else photos_key(own.proxies)
    made_with = f"{_VERSION}|{installed_version()}|{cv2.__version__}|{model.hash}|{_regions_key()}"
    subject = f"{made_with}|{photos_key(photos.proxies)}|{others}|"
    return hashlib.sha256(subject.encode() + load_people().tokens.tobytes()).hexdigest()[:32]


@cache
def _regions_key() -> str:
    """Of the network that finds skin, hair and so on in the photos."""
    return hashlib.sha256((weights_folder() / "regions.onnx").read_bytes()).hexdigest()
