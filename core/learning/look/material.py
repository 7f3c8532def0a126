"""What the fine-tuning of a look sees, as tensors: contents as the set network reads them, and folds of the photos."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from ...color.lab_tensors import lab_to_srgb
from ...estimation.color_set import ColorSet, sample_colors
from ...estimation.people import load_people
from ...estimation.set_model import SetModel, StyleReading
from ...networks.set_network import EMBEDDING_SIZE, Context, SetNetwork
from ...networks.token_layout import LAB
from ..request import Asked, still_wanted
from .photos import PICTURE_SIZE, LearningPhotos, lattice_tokens, neutral_lab

_STYLE_COLORS = 192  # of each finished photo
_CONTENT_COLORS = 96  # of each content
_MAX_PICTURES = 48
_CONTEXT_PARTS = ("color", "place", "maps", "curves", "tint")
LEAST_OWN = 8  # untouched photos that are content by themselves; fewer are only read, beside people at large


@dataclass(frozen=True)
class Contents:
    """Contents as the set network reads them under one style.

    Attributes:
        tokens: (C, M, 12), untouched.
        context: of C pairs of the style and a content.
    """

    tokens: Tensor
    context: Context

    def __len__(self) -> int:
        return len(self.tokens)

    def pick(self, index: Tensor) -> Contents:
        """Some of them."""
        parts = {item.name: getattr(self.context, item.name)[index] for item in fields(Context)}
        return Contents(self.tokens[index], Context(**parts))

    def part(self, colors: slice) -> Contents:
        """Some colors of each; its context stays."""
        return replace(self, tokens=self.tokens[:, colors])

    def to(self, device: torch.device) -> Contents:
        """The same, there."""
        parts = {item.name: getattr(self.context, item.name).to(device) for item in fields(Context)}
        return Contents(self.tokens.to(device), Context(**parts))


@dataclass(frozen=True)
class Material:
    """All that both folds learn from.

    Attributes:
        network: the set network as it is; nothing in it is trained.
        style: (P, M, 12) tokens of the finished photos.
        contents: people at large, or the photographer's own.
        is_own: whether they are the photographer's own.
        pictures: contents that are whole pictures, their tokens on a lattice.
        style_pictures: (P', 3, 32, 32) in [0, 1].
        picture_photos: (P',) which finished photos these are.
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
    photos: LearningPhotos,
    own: LearningPhotos | None,
    device: torch.device,
    ask: Asked = still_wanted,
) -> Material:
    """Read the photos.

    Args:
        model: the set network.
        photos: finished ones.
        own: untouched ones by the same hand; None for people at large.
        device: where learning is.
        ask: before each photo.
    """
    style = sample_colors(_asking(photos, ask))
    untouched = None if own is None else sample_colors(_asking(own, ask))
    reading = model.read_style(style, untouched)
    is_own = untouched is not None and len(untouched.colors) >= LEAST_OWN
    people = untouched if untouched is not None and is_own else load_people()
    shown = np.linspace(0, len(photos) - 1, min(len(photos), _MAX_PICTURES)).round().astype(int)
    finished = lattice_tokens(photos.part(shown.tolist()), ask=ask)
    before = _pictures_before(model, style, finished, own if is_own else None, ask)
    return Material(
        torch_network(model).to(device),
        torch.from_numpy(style.tokens[:, :_STYLE_COLORS]).to(device),
        read_contents(model, reading, _content_tokens(people), ask).to(device),
        is_own,
        read_contents(model, reading, before, ask).to(device),
        pictures_of(torch.from_numpy(finished[..., LAB])).to(device),
        torch.from_numpy(shown),
    )


def read_contents(model: SetModel, style: StyleReading, tokens: np.ndarray, ask: Asked = still_wanted) -> Contents:
    """Read contents (C, M, 12), each by itself."""
    cells, found = np.zeros((16, 16, 2), np.float32), []
    for content in tokens:
        ask()
        found.append(model.context(style, model.read_content(content, cells)))
    stacked = {name: np.stack([np.float32(getattr(one, name)) for one in found]) for name in _CONTEXT_PARTS}
    parts = {name: torch.from_numpy(values) for name, values in stacked.items()}
    gray = torch.tensor([one.is_gray for one in found])
    every = torch.from_numpy(style.every[: 2 * EMBEDDING_SIZE]).expand(len(found), -1)
    context = Context(**parts, gray=gray, style=every)
    return Contents(torch.from_numpy(np.ascontiguousarray(tokens)), context)


def torch_network(model: SetModel) -> SetNetwork:
    """The set network as a torch module, frozen."""
    with torch.random.fork_rng(devices=()):  # the caller's own random numbers stay as they are
        network = SetNetwork(dropout=0.0).eval().requires_grad_(False)
    names = set(network.state_dict())
    arrays = {name: torch.from_numpy(value.copy()) for name, value in model.arrays.items() if name in names}
    network.load_state_dict(arrays)
    return network


def pictures_of(lab: Tensor) -> Tensor:
    """Lab on a lattice (B, S * S, 3), row by row, to pictures (B, 3, S, S)."""
    side = round(lab.shape[1] ** 0.5)
    return lab_to_srgb(lab).mT.unflatten(-1, (side, side))


def _asking(photos: LearningPhotos, ask: Asked):
    for proxy in photos.proxies:
        ask()
        yield proxy


def _content_tokens(people: ColorSet) -> np.ndarray:
    return people.tokens[:, :_CONTENT_COLORS]


def _pictures_before(
    model: SetModel, style: ColorSet, finished: np.ndarray, own: LearningPhotos | None, ask: Asked
) -> np.ndarray:
    """Tokens of whole pictures that are untouched: the photographer's own, else finished ones carried back."""
    if own is not None:
        return lattice_tokens(own.part(range(min(len(own), _MAX_PICTURES))), PICTURE_SIZE, ask)
    before = finished.copy()
    before[..., LAB] = neutral_lab(finished, style, model).clip((0, -60, -60), (100, 60, 60))
    return before
