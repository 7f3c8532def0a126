"""Portraits for the pictures of docs/method.md: the bundled colors of neutral portraits, and synthetic people."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from portrait_atelier.core.color.lab import srgb_to_lab
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.estimation.people import load_people
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.look_tensors import apply_table, tensors_of
from portrait_atelier.core.networks.light import apply_light
from portrait_atelier.core.pretraining.look.cases import CaseMaker, CaseSettings
from portrait_atelier.core.pretraining.look.looks import LookLibrary
from portrait_atelier.core.pretraining.look.people import SIDE, People
from portrait_atelier.core.pretraining.look.random_light import LightNumbers
from torch import Tensor

_SKINS = ((0.93, 0.78, 0.68), (0.80, 0.60, 0.47), (0.55, 0.38, 0.28), (0.36, 0.24, 0.18))
_NUM_MADE_UP = 60
_NUM_LOOKS = 300


def finished(count: int, look: Look, seed: int, light: LightNumbers | None = None) -> ColorSet:
    """Return the colors of `count` people in a look, then in a light."""
    people = load_people()
    chosen = np.random.default_rng(seed).choice(len(people.colors), count, replace=False)
    part = people.part(chosen)
    assert part.places is not None
    colors = torch.from_numpy(part.colors.astype(np.float32) / 255)
    table, _ = tensors_of(look)
    made = apply_table(colors.permute(2, 0, 1)[None], table)[0].permute(1, 2, 0).clamp(0, 1)
    if light is not None:
        places = torch.from_numpy(part.places.astype(np.float32) / 255).flatten(0, 1)
        made = apply_light(made.flatten(0, 1), light_at(light, places)).clamp(0, 1).view_as(made)
    return ColorSet((made.numpy() * 255 + 0.5).astype(np.uint8), part.weights, part.places, part.regions)


def light_at(light: LightNumbers, places: Tensor) -> Tensor:
    """Evaluate a light that does not depend on the person at positions (K, 2): (K, 5)."""
    return light.values(places[None], torch.zeros(1, len(places), 2))[0]


def vignette_and_side() -> LightNumbers:
    """Return a light: a stop less at the edges, half a stop more from the left."""
    zeros = torch.zeros(1, 5)
    vignette, side = torch.tensor([[-1.0, 0.75, 0.8, 0.48, 0.5]]), torch.tensor([[0.5, 0.0, -1.0]])
    pool = torch.tensor([[0.0, 0.5, 0.5, 0.3, 0.3]])
    return LightNumbers(vignette, side, pool, zeros[:, :4], torch.ones(1, 3))


def no_light() -> LightNumbers:
    """Return a light of 0 stops."""
    light = vignette_and_side()
    return LightNumbers(
        light.vignette * torch.tensor([0, 1, 1, 1, 1]), light.side * 0, light.pool, light.person, light.tones
    )


def case_maker() -> CaseMaker:
    """Return the case maker of pretraining for synthetic people and random looks."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        looks = LookLibrary.make(np.zeros((0, 17, 17, 17, 3), np.float32), num_procedural=_NUM_LOOKS)
    settings = CaseSettings(hand=1.0, photo_hand=0.0, backdrop=0.7, spatial=0.6, own=0.0)
    return CaseMaker(_made_up_people(), looks, settings, np.random.default_rng(5))


@cache
def _made_up_people() -> People:
    drawn = [_made_up(seed) for seed in range(_NUM_MADE_UP)]
    return People.gather([(np.stack([pixels for pixels, _ in drawn]), np.stack([maps for _, maps in drawn]))])


def _made_up(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a head, clothes and a backdrop, lit from a side: (96, 96, 3) and regions (96, 96, 5), uint8."""
    rng = np.random.default_rng(seed)
    y, x = (part / SIDE for part in np.mgrid[:SIDE, :SIDE] + 0.5)
    middle = 0.5 + rng.uniform(-0.05, 0.05)

    def oval(row: float, height: float, width: float, column: float = middle) -> np.ndarray:
        return ((x - column) / width) ** 2 + ((y - row) / height) ** 2 < 1

    face, neck = oval(0.42, 0.21, 0.15), oval(0.62, 0.16, 0.075)
    hair = oval(0.36, 0.26, 0.2 + rng.uniform(0, 0.05)) & ~face & (y < rng.uniform(0.45, 0.75))
    cloth = oval(1.02, 0.33, 0.42) & ~neck & ~face
    skin = np.array(_SKINS[seed % 4]) * rng.uniform(0.92, 1.06)
    photo = np.ones((SIDE, SIDE, 3)) * rng.uniform(0.15, 0.9, 3)
    lips = oval(0.53, 0.018, 0.045)
    eyes = oval(0.39, 0.014, 0.025, middle - 0.06) | oval(0.39, 0.014, 0.025, middle + 0.06)
    parts = (
        (cloth, rng.uniform(0, 1, 3)),
        (neck, skin * 0.88),
        (hair, rng.uniform(0.03, 0.4) * np.array([1, 0.8, 0.6])),
    )
    for where, color in (*parts, (face, skin), (lips, skin * (0.9, 0.6, 0.6)), (eyes, skin * 0.3)):
        photo[where] = color
    photo *= (1.1 - 0.3 * (x if seed % 2 else 1 - x))[..., None]
    maps = np.stack([face | neck | hair | cloth, face, (face | neck) & ~eyes, hair, cloth], -1)
    return (photo.clip(0, 1) * 255).astype(np.uint8), maps.astype(np.uint8) * 255


def lab_of(colors: ColorSet) -> np.ndarray:
    """(P * M, 3)."""
    return srgb_to_lab(colors.colors.reshape(-1, 3))
