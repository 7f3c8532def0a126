"""Synthetic people and looks for pretraining."""

import numpy as np
import torch
from people_material import portrait
from portrait_atelier.core.pretraining.look.looks import LookLibrary
from portrait_atelier.core.pretraining.look.people import SIDE, People
from portrait_atelier.core.pretraining.look.settings import PretrainSettings

SHORT = PretrainSettings(num_steps=4, num_sets=2, num_contents=2, save_every=2, score_every=2, ema_decay=0.5)


def people(count: int = 12, first: int = 0) -> People:
    """Two kinds, half of the people each; regions as the pictures are made."""
    photos = np.stack([portrait(first + number, SIDE, SIDE) for number in range(count)])
    y, x = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE), indexing="ij")
    face = ((x - 0.5) / 0.17) ** 2 + ((y - 0.42) / 0.23) ** 2 < 1
    hair = (((x - 0.5) / 0.24) ** 2 + ((y - 0.36) / 0.27) ** 2 < 1) & ~face
    cloth = (((x - 0.5) / 0.42) ** 2 + ((y - 1.05) / 0.35) ** 2 < 1) & ~face & ~hair
    maps = np.stack([face | hair | cloth, face, face, hair, cloth], -1).astype(np.uint8) * 255
    pixels, regions = (photos * 255).astype(np.uint8), np.repeat(maps[None], count, 0)
    half = count // 2
    return People.gather([(pixels[:half], regions[:half]), (pixels[half:], regions[half:])])


def looks(seed: int = 0) -> LookLibrary:
    """A few looks, and two films."""
    torch.manual_seed(seed)
    axis = np.linspace(0, 1, 17, dtype=np.float32)
    colors = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    return LookLibrary.make(np.stack([colors**0.7, colors**1.4]), num_procedural=20, num_mixed=10)
