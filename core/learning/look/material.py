"""The training data of a look as tensors: the finished photos, and contents as the set network encodes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...color.lab_tensors import lab_to_srgb
from ...estimation.color_set import ColorSet, sample_colors
from ...estimation.people import load_people
from ...estimation.set_model import SetModel
from ...networks.set_network import SetNetwork
from ...networks.token_layout import LAB
from ..request import CancelCheck, never_cancelled
from .contents import Contents, read_contents
from .kept_contents import kept_contents
from .photos import PICTURE_SIZE, TrainingPhotos, lattice_tokens, neutral_lab

_STYLE_COLORS = 192  # of each finished photo
_CONTENT_COLORS = 96  # of each content
_MAX_PICTURES = 48
LEAST_OWN = 8  # own untouched photos that suffice as content; with fewer, people at large are the content


@dataclass(frozen=True)
class Material:
    """The training data that all folds share.

    Attributes:
        network: the frozen set network.
        style: (P, M, 12) tokens of the finished photos.
        contents: people at large, or the photographer's own.
        is_own: whether `contents` are the photographer's own photos, of which all are used.
        pictures: contents whose tokens are the pixels of a small square picture.
        style_pictures: (P', 3, 32, 32) finished photos in [0, 1].
        picture_photos: (P',) indices of these photos in `style`.
    """

    network: SetNetwork
    style: Tensor
    contents: Contents
    is_own: bool
    pictures: Contents
    style_pictures: Tensor
    picture_photos: Tensor


def read_material(
    model: SetModel,
    photos: TrainingPhotos,
    own: TrainingPhotos | None,
    device: torch.device,
    check_cancelled: CancelCheck = never_cancelled,
) -> Material:
    """Prepare the training data.

    Args:
        model: the set network.
        photos: the finished photos.
        own: untouched photos by the same photographer; None for people at large.
        device: of the tensors.
        check_cancelled: called before each photo.
    """
    style = sample_colors(_proxies(photos, check_cancelled))
    untouched = None if own is None else sample_colors(_proxies(own, check_cancelled))
    reading = model.read_style(style, untouched)
    is_own = untouched is not None and len(untouched.colors) >= LEAST_OWN
    people = untouched if untouched is not None and is_own else load_people()
    shown = np.linspace(0, len(photos) - 1, min(len(photos), _MAX_PICTURES)).round().astype(int)
    finished = lattice_tokens(photos.part(shown.tolist()), check_cancelled=check_cancelled)
    before = _pictures_before(model, style, finished, own if is_own else None, check_cancelled)
    return Material(
        torch_network(model).to(device),
        torch.from_numpy(style.tokens[:, :_STYLE_COLORS]).to(device),
        kept_contents(model, reading, _content_tokens(people), check_cancelled).to(device),
        is_own,
        read_contents(model, reading, before, check_cancelled).to(device),
        pictures_of(torch.from_numpy(finished[..., LAB])).to(device),
        torch.from_numpy(shown),
    )


def count_checks(photos: TrainingPhotos, own: TrainingPhotos | None) -> int:
    """Return how often `read_material` calls `check_cancelled`, which tells how much of its work is done."""
    num_own = 0 if own is None else len(own)
    is_own, num_shown = num_own >= LEAST_OWN, min(len(photos), _MAX_PICTURES)
    num_contents = num_own if is_own else len(load_people().colors)
    num_before = min(num_own, _MAX_PICTURES) if is_own else num_shown
    return len(photos) + num_own + num_shown + num_contents + num_before * (2 if is_own else 1)


def torch_network(model: SetModel) -> SetNetwork:
    """Return the set network as a frozen torch module."""
    with torch.random.fork_rng(devices=()):  # do not change the caller's random state
        network = SetNetwork(dropout=0.0).eval().requires_grad_(False)
    names = set(network.state_dict())
    arrays = {name: torch.from_numpy(value.copy()) for name, value in model.arrays.items() if name in names}
    network.load_state_dict(arrays)
    return network


def pictures_of(lab: Tensor) -> Tensor:
    """Convert Lab pixels (B, S * S, 3), row by row, to sRGB pictures (B, 3, S, S)."""
    side = round(lab.shape[1] ** 0.5)
    return lab_to_srgb(lab).mT.unflatten(-1, (side, side))


def _proxies(photos: TrainingPhotos, check_cancelled: CancelCheck):
    for proxy in photos.proxies:
        check_cancelled()
        yield proxy


def _content_tokens(people: ColorSet) -> np.ndarray:
    return people.tokens[:, :_CONTENT_COLORS]


def _pictures_before(
    model: SetModel, style: ColorSet, finished: np.ndarray, own: TrainingPhotos | None, check_cancelled: CancelCheck
) -> np.ndarray:
    """Return tokens of untouched pictures: the photographer's own, else the finished ones with the look removed."""
    if own is not None:
        return lattice_tokens(own.part(range(min(len(own), _MAX_PICTURES))), PICTURE_SIZE, check_cancelled)
    before = finished.copy()
    before[..., LAB] = neutral_lab(finished, style, model).clip((0, -60, -60), (100, 60, 60))
    return before
