"""Calls of nodes in this process, as the tests of nodes make them."""

from __future__ import annotations

import comfy_host
import numpy as np
import torch


def atelier_error(name: str = "StyleError") -> type[Exception]:
    return getattr(comfy_host.part("core.errors"), name)


def load_style(nodes: dict, name: str = "golden-hour"):
    return nodes["AtelierLoadStyle"].execute(name)[0]


def image_batch(count: int = 1, size: int = 40) -> torch.Tensor:
    return torch.rand((count, size, size, 3), generator=torch.Generator().manual_seed(count))


def portrait_batch() -> torch.Tensor:
    """(1, 256, 256, 3), the astronaut."""
    photo = comfy_host.part("core.styles.cover").astronaut()
    return torch.from_numpy(photo.pixels[::2, ::2] / np.float32(255))[None]


def output_of_apply(nodes: dict, image: torch.Tensor, strength: float, variation: int, **given):
    """What Apply gives for inputs that are no lists, which ComfyUI wraps."""
    inputs = {"image": image, "strength": strength, "variation": variation, "series": False, **given}
    return nodes["AtelierApplyStyle"].execute(**{name: [value] for name, value in inputs.items()})


def applied(nodes: dict, image: torch.Tensor, strength: float, variation: int, **given) -> tuple[torch.Tensor]:
    return tuple(output_of_apply(nodes, image, strength, variation, **given)[0])


def from_photos(nodes: dict, **given):
    return nodes["AtelierStyleFromPhotos"].execute(
        folder=[given.pop("folder", "(none)")], content_folder=[given.pop("content_folder", "(none)")], **given
    )[0]
