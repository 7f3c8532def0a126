"""Look generators with random heads for the tests: a tiny one, and base models of the shipped size."""

import numpy as np
import torch
from base_material import made_up_people
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.networks.generator import NUM_PLACE_CHANNELS, LookGenerator
from portrait_atelier.core.styles.base_model import BaseModel
from portrait_atelier.core.styles.remainder import NUM_REMAINDER
from torch import Tensor, nn

D, C = 7, 6
NUM_EVIDENCE = 386 + NUM_REMAINDER


def tiny_generator(**changes) -> LookGenerator:
    """A small generator as training starts with it."""
    torch.manual_seed(0)
    sizes = {"num_evidence": D, "code_size": C, "hidden_size": 16, "content_widths": (4, 4, 4), "style_widths": (4, 4)}
    return LookGenerator(**{**sizes, **changes})


def moved(generator: LookGenerator, spread: float = 0.1) -> LookGenerator:
    """The same with heads that are no longer zero, and maps of a mean portrait."""
    torch.manual_seed(1)
    for head in (generator.table_head, generator.grid_head):
        nn.init.normal_(head.weight, std=spread)
    generator.typical_maps.normal_()
    return generator.eval()


def tiny_inputs(count: int = 2) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Content, code, evidence, places, gray."""
    random = torch.Generator().manual_seed(1)
    content = torch.rand(count, 3, 32, 32, generator=random)
    code, evidence = (torch.randn(count, size, generator=random) for size in (C, D))
    places = torch.randn(count, NUM_PLACE_CHANNELS, 16, 16, generator=random)
    return content, code, evidence, places, torch.zeros(count, dtype=torch.bool)


def random_base(spread: float = 0.1, name: str = "here") -> BaseModel:
    """A base model of the shipped size with heads so far from zero."""
    torch.manual_seed(0)
    return BaseModel(moved(LookGenerator(num_evidence=NUM_EVIDENCE), spread).requires_grad_(False), name)


def photos_of_people(count: int) -> list[Proxy]:
    """Small photos of made-up people, each unlike the others."""
    return [Proxy.opaque(photo.astype(np.float32) / 255) for photo in made_up_people((count,)).small]
