"""Pictures of docs/method.md about looks: a look's parts, strength and prints, pixel styles."""

from __future__ import annotations

import numpy as np
from portrait_atelier.core.color.lab import lab_to_srgb
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.look_tensors import apply_look, tensors_of
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.library import find_style, list_styles
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import load_style

from .method_drawing import Captioned, pixels_of, sheet_of, tensor_of, to_bytes

_LIT, _SLID = "northern-window", "cool-cinema"
_CELL = 220  # pixels of a picture on a sheet


def parts_of_look() -> np.ndarray:
    """A ready look taken apart, on a portrait and on a chart of colors."""
    look = ready_look(_LIT)
    table, light = Look(look.table, np.zeros_like(look.grid)), Look(np.zeros_like(look.table), look.grid)
    photo, chart, card = astronaut(), _chart(), np.full((_CELL, _CELL, 3), 128, np.uint8)
    pictures: list[Captioned] = [("before", photo.pixels)]
    named = (("color table alone", table), ("light alone", light), (f"both: {_LIT}", look))
    pictures += [(name, restyle_photo(photo, part).pixels) for name, part in named]
    pictures += [("hues across, tones down", chart)]
    pictures += [
        ("the table moves each color", _through(table, chart)),
        ("the light on an even gray card", _through(light, card)),
        ("both on the chart", _through(look, chart)),
    ]
    return sheet_of(pictures, 4, _CELL)


def strength_and_prints() -> np.ndarray:
    """A designed look at several strengths, and other prints of it."""
    pictures = []
    for strength in (0.0, 0.5, 1.0, 1.5):
        made = apply_style(astronaut(), _ready(_SLID), Controls(strength=strength))
        pictures.append((f"{_SLID}, strength {strength:g}", made.pixels))
    for seed in range(4):
        made = apply_style(astronaut(), _ready(_SLID), Controls(variation=seed))
        pictures.append((f"{_SLID}, variation {seed}", made.pixels))
    return sheet_of(pictures, 4, _CELL)


def pixel_styles() -> np.ndarray:
    """A photo and two pixel styles, close by."""
    photo, rows, columns = astronaut(), slice(20, 280), slice(100, 360)
    pictures = [("before", photo.pixels[rows, columns])]
    for name, strength in (("red-chalk", 1.0), ("copper-engraving", 1.0), ("copper-engraving", 0.5)):
        painted = apply_style(photo, _ready(name), Controls(strength=strength)).pixels[rows, columns]
        pictures.append((name if strength == 1 else f"{name}, strength {strength:g}", painted))
    return sheet_of(pictures, 4, _CELL)


def _ready(name: str) -> Style:
    return load_style(find_style(name).path)


def ready_look(name: str) -> Look:
    """What a designed look does."""
    look = _ready(name).look
    assert look is not None
    return look


def ready_looks() -> list[str]:
    """The ready styles that are designed looks."""
    entries = [entry for entry in list_styles() if entry.origin == "bundled"]
    return [entry.path.stem for entry in entries if load_style(entry.path).look is not None]


def _through(look: Look, pixels: np.ndarray) -> np.ndarray:
    return pixels_of(apply_look(tensor_of(pixels), *tensors_of(look)))


def _chart() -> np.ndarray:
    """(220, 220, 3) uint8: hues across, from light to dark down, one chroma."""
    turn, tone = np.meshgrid(np.linspace(0, 2 * np.pi, _CELL), np.linspace(95, 15, _CELL))
    lab = np.stack([tone, 30 * np.cos(turn), 30 * np.sin(turn)], -1).astype(np.float32)
    return to_bytes(lab_to_srgb(lab))
