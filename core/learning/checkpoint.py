"""Checkpoints to resume learning from: one safetensors file, facts as JSON inside it, optimizer included.

Those of users' trainings lie in one folder, under a name that photos and settings give, so that every host finds them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ..errors import LearningError
from ..folders import cache_folder
from ..imaging.files.atomic import replacing
from ..imaging.proxy import Proxy
from ..photos.cache import keep_newest, photos_key
from .stored_settings import StoredSettings

_MAX_CHECKPOINTS = 50  # of trainings that nobody ended; the newest
_KEY_VERSION = 1  # raise when the same photos and settings would be trained on in another way
_FREE = ("num_steps", "save_every")  # settings that do not change what is learnt on the way
_SUFFIX = ".safetensors"
_KEY = "portrait_atelier_checkpoint"


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint in place of the one before, whole or not at all.

    Args:
        path: the file.
        tensors: by name, of any device and type.
        facts: what else is needed to go on: anything that JSON can hold.
    """
    kept = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    payload = save(kept, {_KEY: json.dumps(dict(facts), sort_keys=True)})
    with replacing(path, overwrite=True) as temporary:
        temporary.write_bytes(payload)


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint's tensors and facts.

    Raises:
        LearningError: the file is missing, damaged, or no checkpoint.
    """
    return unpack_checkpoint(read_checkpoint(path), path)


def read_checkpoint(path: Path) -> bytes:
    """Read a checkpoint as it stands, to be unpacked here or in another process.

    Raises:
        LearningError: the file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise LearningError("{path}: no such checkpoint; start without --resume", path=path) from error
    except OSError as error:
        raise LearningError(
            "{path}: is not a checkpoint ({cause}); delete it and start anew", path=path, cause=error
        ) from error


def unpack_checkpoint(payload: bytes, path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Take tensors and facts out of what `read_checkpoint` gave; `path` is named in errors.

    Raises:
        LearningError: it is damaged, or no checkpoint.
    """
    try:
        tensors = load(payload)
        size = int.from_bytes(payload[:8], "little")
        facts = json.loads(json.loads(payload[8 : 8 + size])["__metadata__"][_KEY])
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise LearningError(
            "{path}: is not a checkpoint ({cause}); delete it and start anew", path=path, cause=error
        ) from error
    return tensors, facts


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of an optimizer as tensors named by the parameter's number: `3.exp_avg`."""
    state = optimizer.state_dict()["state"]
    return {f"{index}.{key}": torch.as_tensor(value) for index, part in state.items() for key, value in part.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` took from an optimizer of the same parameters; its settings stay its own."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name tensors `prefix.name`, so that several sets fit in one file."""
    return {f"{prefix}.{name}": value for name, value in tensors.items()}


def without_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The set that `with_prefix` named, under its own names."""
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}


def training_key(
    generator: str,
    settings: StoredSettings,
    photos: Sequence[Proxy],
    content: Sequence[Proxy] = (),
) -> str:
    """Name a training by all that decides what it learns: the pixels of its photos, and its settings.

    Wherever the photos lie, whatever the style is called and however many steps it takes, the key is the same.

    Args:
        generator: `look` or `pixel`.
        settings: of its training.
        photos: those that are learnt from, as the training takes them.
        content: untouched ones; empty for none.

    Returns:
        32 hexadecimal digits.
    """
    facts = {name: value for name, value in settings.to_json().items() if name not in _FREE}
    subject = f"{_KEY_VERSION}|{generator}|{json.dumps(facts, sort_keys=True)}|{photos_key(photos, content)}"
    return hashlib.sha256(subject.encode()).hexdigest()[:32]


def checkpoint_path(key: str) -> Path:
    """Where the checkpoint of a training lies, for every host the same."""
    return _folder() / f"{key}{_SUFFIX}"


def checkpoints() -> list[Path]:
    """Those of all trainings that can be gone on with."""
    return list(_folder().glob(f"*{_SUFFIX}"))


def require_checkpoints() -> None:
    """Refuse to go on where no training was stopped at all.

    Raises:
        LearningError: there is no checkpoint.
    """
    if not checkpoints():
        raise LearningError("{path}: no such checkpoint; start without --resume", path=_folder())


def keep_newest_checkpoints() -> None:
    """Delete those of trainings that nobody has gone on with for long."""
    keep_newest(_folder(), _MAX_CHECKPOINTS)


def _folder() -> Path:
    return cache_folder() / "learning"
