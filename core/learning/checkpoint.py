"""Checkpoints to resume training from: one safetensors file with the optimizer's state, facts as JSON inside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ..errors import LearningError
from ..imaging.files.atomic import atomic_write

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
        tensors = load(payload)
        size = int.from_bytes(payload[:8], "little")
        facts = json.loads(json.loads(payload[8 : 8 + size])["__metadata__"][_KEY])
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
