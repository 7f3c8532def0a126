"""Checkpoints to resume training from: one safetensors file with the optimizer's state, facts as JSON inside it.

Those of users' trainings are in one folder, named by photos and settings, so that every host finds them.
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
from ..imaging.files.atomic import atomic_write
from ..imaging.proxy import Proxy
from ..photos.cache import keep_newest, photos_key
from .stored_settings import StoredSettings

_MAX_CHECKPOINTS = 50  # of unfinished trainings; the newest are kept
_KEY_VERSION = 1  # increment when the same photos and settings are trained on differently
_NOT_IN_KEY = ("num_steps",)  # settings that may differ on a resume, so the key leaves them out
_SUFFIX = ".safetensors"
_MAX_HEAD = 16 << 20  # bytes of JSON before the tensors that are looked into
_KEY = "portrait_atelier_checkpoint"


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint atomically, in place of the one before.

    Args:
        path: the file.
        tensors: by name, of any device and type.
        facts: JSON values that resuming needs, such as the step and the settings.
    """
    kept = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    payload = save(kept, {_KEY: json.dumps(dict(facts), sort_keys=True)})
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(payload)


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint's tensors and facts.

    Raises:
        LearningError: the file is missing, damaged, or no checkpoint.
    """
    return unpack_checkpoint(read_checkpoint(path), path)


def read_checkpoint(path: Path) -> bytes:
    """Read the bytes of a checkpoint, to be unpacked in this process or another.

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
    """Parse the bytes that `read_checkpoint` returned; `path` is only named in errors.

    Raises:
        LearningError: the bytes are damaged, or no checkpoint.
    """
    try:
        tensors, facts = load(payload), _facts_of(payload)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise LearningError(
            "{path}: is not a checkpoint ({cause}); delete it and start anew", path=path, cause=error
        ) from error
    return tensors, facts


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return an optimizer's state as tensors, named by the parameter's number: `3.exp_avg`."""
    state = optimizer.state_dict()["state"]
    return {f"{index}.{key}": torch.as_tensor(value) for index, part in state.items() for key, value in part.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load what `optimizer_tensors` returned into an optimizer of the same parameters; its settings stay."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name tensors `prefix.name`, so that several sets fit in one file."""
    return {f"{prefix}.{name}": value for name, value in tensors.items()}


def without_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors under a prefix, by their names without it."""
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}


def training_key(
    generator: str,
    settings: StoredSettings,
    photos: Sequence[Proxy],
    content: Sequence[Proxy] = (),
) -> str:
    """Return the key of a training, from the pixels of its photos and its settings.

    It does not depend on the paths of the photos, the name of the style and the number of steps.

    Args:
        generator: `look` or `pixel`.
        settings: of training.
        photos: to train on, as the training gets them.
        content: untouched photos; empty for none.

    Returns:
        32 hexadecimal digits.
    """
    facts = json.dumps(_settings_in_key(settings), sort_keys=True)
    subject = f"{_KEY_VERSION}|{generator}|{facts}|{photos_key(photos, content)}"
    return hashlib.sha256(subject.encode()).hexdigest()[:32]


def checkpoint_path(key: str) -> Path:
    """Return the path of the checkpoint of a training, the same for every host."""
    return _folder() / f"{key}{_SUFFIX}"


def checkpoints() -> list[Path]:
    """Return the checkpoints of all unfinished trainings."""
    return list(_folder().glob(f"[!.]*{_SUFFIX}"))  # one that is being written begins with a dot


def require_checkpoint_like(settings: StoredSettings) -> None:
    """Check that a training with these settings has a checkpoint, whatever its photos, which are not read yet.

    Raises:
        LearningError: there is none.
    """
    wanted = json.loads(json.dumps(_settings_in_key(settings)))
    if not any(_may_be_of(path, wanted) for path in checkpoints()):
        raise LearningError("{path}: no such checkpoint; start without --resume", path=_folder())


def keep_newest_checkpoints() -> None:
    """Delete the least recently written checkpoints."""
    keep_newest(_folder(), _MAX_CHECKPOINTS)


def _settings_in_key(settings: StoredSettings) -> dict[str, Any]:
    return {name: value for name, value in settings.to_json().items() if name not in _NOT_IN_KEY}


def _may_be_of(path: Path, settings: Mapping[str, Any]) -> bool:
    """Whether a checkpoint has these settings; also true for a damaged one, which is told of when it is used."""
    try:
        with path.open("rb") as file:
            length = file.read(8)
            head = file.read(min(int.from_bytes(length, "little"), _MAX_HEAD))
        theirs = _facts_of(length + head)["settings"]
        return all(theirs.get(name) == value for name, value in settings.items())
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return True


def _facts_of(payload: bytes) -> dict[str, Any]:
    size = int.from_bytes(payload[:8], "little")
    return json.loads(json.loads(payload[8 : 8 + size])["__metadata__"][_KEY])


def _folder() -> Path:
    return cache_folder() / "learning"
