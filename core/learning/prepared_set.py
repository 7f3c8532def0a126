"""A set of prepared photos, and its cache: one file for each folder as it was."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import AtelierError, LearningError
from ..folders import cache_folder
from ..photos.cache import cache_key, keep_newest, mark_used
from ..photos.folder import Finding, PhotoFolder
from ..texts import Text, text_from_json
from .checkpoint import load_checkpoint, save_checkpoint

WHOLE_SIZE, FACE_SIZE = 128, 64
MAX_FILES = 20  # in the cache; a full one has 31 MB

_log = logging.getLogger(__name__)
_VERSION = 1  # raise when the same photos would be prepared in another way
_PRIVATE = 0o700
_TENSORS = ("whole", "face", "boxes", "has_face")


@dataclass(frozen=True, eq=False)
class PreparedSet:
    """Prepared photos, stacked.

    Attributes:
        whole: (P, 3, 128, 128) uint8, sRGB-encoded: whole photos, squeezed.
        face: (P, 3, 64, 64) uint8: what lies in the boxes, cut from larger photos than `whole`, so sharper.
        boxes: (P, 4) float32: (top, left, height, width) of what was cut, in parts of the photo.
        has_face: (P,) bool: whether that is a face; else it is the middle of the photo.
        names: of the photos.
        findings: "no face" and "sideways", in the order of the photos.
        notes: about the set.
    """

    whole: Tensor
    face: Tensor
    boxes: Tensor
    has_face: Tensor
    names: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    notes: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.names)
        for name, shape, dtype in (
            ("whole", (count, 3, WHOLE_SIZE, WHOLE_SIZE), torch.uint8),
            ("face", (count, 3, FACE_SIZE, FACE_SIZE), torch.uint8),
            ("boxes", (count, 4), torch.float32),
            ("has_face", (count,), torch.bool),
        ):
            tensor: Tensor = getattr(self, name)
            if tuple(tensor.shape) != shape or tensor.dtype != dtype:
                raise ValueError(f"{name} must be {dtype} {shape}, got {tensor.dtype} {tuple(tensor.shape)}")

    def __len__(self) -> int:
        return len(self.names)

    def part(self, indices: np.ndarray | Sequence[int]) -> PreparedSet:
        """Some of the photos, in the order of their indices, with what was found about them."""
        members = torch.as_tensor(np.asarray(indices, np.int64))
        names = tuple(self.names[member] for member in members.tolist())
        about = {Path(name) for name in names}
        findings = tuple(finding for finding in self.findings if finding.path in about)
        parts = {name: getattr(self, name)[members] for name in _TENSORS}
        return PreparedSet(**parts, names=names, findings=findings, notes=self.notes)


def prepared_path(folder: PhotoFolder, names: Sequence[str], cache: Path | None = None) -> Path | None:
    """Where the photos of a folder are cached as they are now; None if that cannot be told.

    Args:
        folder: as it was read.
        names: of its photos.
        cache: the folder of the cache; None for the usual one.
    """
    crops = [astuple(photo.crop) for photo in folder.photos]  # other settings of the folder give other photos
    subject = f"prepared|{_VERSION}|{folder.folder.resolve()}|{crops}|{list(names)}"
    try:
        key = cache_key(subject, (photo.path for photo in folder.photos))
    except OSError:  # a photo has gone since it was read
        return None
    return (cache or cache_folder() / "prepared") / f"{key}.safetensors"


def load_prepared(path: Path) -> PreparedSet | None:
    """Read prepared photos; None if they were not kept, or their file is damaged."""
    if not path.is_file():
        return None
    try:
        tensors, facts = load_checkpoint(path)
        findings = tuple(Finding(Path(where), kind, text_from_json(text)) for where, kind, text in facts["findings"])
        notes = tuple(text_from_json(note) for note in facts["notes"])
        parts = {name: tensors[name] for name in _TENSORS}
        prepared = PreparedSet(**parts, names=tuple(facts["names"]), findings=findings, notes=notes)
    except (LearningError, AttributeError, KeyError, TypeError, ValueError):
        _log.info("%s: damaged; the photos are prepared anew", path)
        return None
    mark_used(path)
    return prepared


def store_prepared(prepared: PreparedSet, path: Path) -> None:
    """Keep prepared photos, and delete those longest not used; a cache that cannot be written costs time only.

    They show people, so the folder is for its owner alone.
    """
    facts = {
        "names": list(prepared.names),
        "findings": [[str(finding.path), finding.kind, finding.text.to_json()] for finding in prepared.findings],
        "notes": [note.to_json() for note in prepared.notes],
    }
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(_PRIVATE)  # also of one that was there
    with suppress(AtelierError):
        save_checkpoint(path, {name: getattr(prepared, name) for name in _TENSORS}, facts)
        keep_newest(path.parent, MAX_FILES)
