"""Procedural painters: each converts a photo to a print, drawing or painting, as a known answer.

All are local; screens and grain are those of `imaging.textures`, which the network gets as input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ...color.srgb import luma_of
from ...imaging.textures import ANGLES, PERIODS, Place, grain_noise, line_screen
from .painter_tools import along_flow, blurred, flow_of, patched, printed, soft_step

Painter = Callable[[np.ndarray, Place], np.ndarray]
MARGIN = 16  # pixels around a crop that its painting depends on, approximately


@dataclass(frozen=True)
class Sheet:
    """Ink, paper and paper texture of prints and drawings; colors are sRGB-encoded."""

    ink: tuple[float, float, float] = (0.1, 0.1, 0.1)
    paper: tuple[float, float, float] = (0.95, 0.93, 0.88)
    grain: float = 0.0  # strength of the paper texture
    grain_size: int = 2

    def pull(self, coverage: np.ndarray, place: Place) -> np.ndarray:
        """Print a coverage (H, W): (H, W, 3)."""
        result = printed(coverage, np.array(self.ink, np.float32), np.array(self.paper, np.float32))
        return self.roughened(result, place)

    def roughened(self, pixels: np.ndarray, place: Place) -> np.ndarray:
        """Add the paper texture to pixels."""
        if not self.grain:
            return pixels
        return pixels * (1 + self.grain * grain_noise(place, self.grain_size)[..., None])


@dataclass(frozen=True)
class Strokes:
    """Brush strokes along edges, with relief of the bristles (after Hertzmann 1998; Litwinowicz 1997)."""

    radius: int = 4  # pixels: radius of patches of paint
    length: int = 8  # pixels: half of the length of strokes
    bristle: float = 0.12  # strength of the relief
    bristle_size: int = 4
    spread: float = 3.0  # pixels: smoothing of directions
    saturation: float = 1.25
    contrast: float = 1.05
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    sheet: Sheet = field(default_factory=Sheet)

    def __call__(self, pixels: np.ndarray, place: Place) -> np.ndarray:
        """Paint (H, W, 3) in [0, 1] at its place."""
        flow = flow_of(luma_of(blurred(pixels, 1.0))[..., 0], self.spread)
        paint = along_flow(patched(pixels, self.radius), flow, self.length)
        relief = along_flow(grain_noise(place, self.bristle_size), flow, 2 * self.length)
        gray = luma_of(paint)
        paint = gray + self.saturation * (paint - gray)
        paint = 0.5 + self.contrast * (paint - 0.5) + self.bristle * 2 * relief[..., None]
        return self.sheet.roughened(paint * np.array(self.tint, np.float32), place).clip(0, 1).astype(np.float32)


@dataclass(frozen=True)
class Watercolor:
    """Areas of color that darken toward their edges, on white textured paper (after Bousseau et al. 2006)."""

    radius: int = 6
    edge: float = 1.5  # strength of pigment at edges
    wash: float = 0.25  # transparency of the paint
    granulation: float = 0.12
    grain_size: int = 4
    saturation: float = 1.1
    sheet: Sheet = field(default_factory=Sheet)

    def __call__(self, pixels: np.ndarray, place: Place) -> np.ndarray:
        """Paint (H, W, 3) in [0, 1] at its place."""
        pools = patched(patched(pixels, self.radius), max(2, self.radius // 2))
        gray = luma_of(pools)
        pools = (gray + self.saturation * (pools - gray)).clip(0, 1)
        soft = blurred(luma_of(pools)[..., 0], 1.2)
        slope = np.hypot(np.gradient(soft, axis=0), np.gradient(soft, axis=1))
        density = 1 + self.edge * slope.clip(0, 0.3) * 2 + self.granulation * grain_noise(place, self.grain_size)
        paper = np.array(self.sheet.paper, np.float32)
        washed = pools ** density[..., None] * (1 - self.wash) + self.wash
        return self.sheet.roughened(washed * paper, place).clip(0, 1).astype(np.float32)


@dataclass(frozen=True)
class Halftone:
    """A screen of dots that grow with darkness: one ink, or one screen for each primary."""

    period: int = 1  # index into PERIODS
    angle: int = 1  # index into ANGLES, of the first primary
    colored: bool = False
    softness: float = 0.25
    gamma: float = 1.0  # above 1 prints lighter
    sheet: Sheet = field(default_factory=Sheet)

    def __call__(self, pixels: np.ndarray, place: Place) -> np.ndarray:
        """Print (H, W, 3) in [0, 1] at its place."""
        tones = blurred(pixels, 0.8) if self.colored else blurred(luma_of(pixels)[..., 0], 0.8)
        if not self.colored:
            return self.sheet.pull(self._covered(tones, self.angle, place), place).clip(0, 1).astype(np.float32)
        inks = [self._covered(tones[..., channel], self.angle + channel, place) for channel in range(3)]
        light = 1 - 0.92 * np.stack(inks, -1)
        return self.sheet.roughened(light * np.array(self.sheet.paper), place).clip(0, 1).astype(np.float32)

    def _covered(self, tones: np.ndarray, angle: int, place: Place) -> np.ndarray:
        first, second = line_screen(place, PERIODS[self.period], ANGLES[angle % len(ANGLES)])
        screen = 0.5 + 0.25 * (first + second)
        return soft_step(screen - 0.04 - 0.92 * tones.clip(0, 1) ** (1 / self.gamma), self.softness)


@dataclass(frozen=True)
class Engraving:
    """Lines whose width grows with darkness, crossed in the shadows, as in engravings and pen drawings."""

    period: int = 1
    angle: int = 1
    num_layers: int = 2  # layers of lines; the further ones only in shadows
    softness: float = 0.3
    wobble: float = 0.1  # variation of the width of lines
    outline: float = 1.0  # strength of lines at edges
    gamma: float = 1.1
    sheet: Sheet = field(default_factory=Sheet)

    def __call__(self, pixels: np.ndarray, place: Place) -> np.ndarray:
        """Engrave (H, W, 3) in [0, 1] at its place."""
        luma = luma_of(pixels)[..., 0]
        tones = blurred(luma, 0.8).clip(0, 1) ** (1 / self.gamma) + self.wobble * grain_noise(place, 8)
        free = 1 - self._outlines(luma)
        for layer in range(self.num_layers):
            waves = line_screen(place, PERIODS[self.period], ANGLES[(self.angle + layer // 2) % len(ANGLES)])
            # The first layer covers all tones from white down, each further one starts at a darker tone.
            start = 1.0 - layer / self.num_layers
            line = soft_step(0.5 + 0.5 * waves[layer % 2] - 0.05 - tones / start, self.softness)
            free = free * (1 - line)
        return self.sheet.pull(1 - free, place).clip(0, 1).astype(np.float32)

    def _outlines(self, luma: np.ndarray) -> np.ndarray:
        """Draw outlines by differences of Gaussians, dark side only (Winnemoeller 2011)."""
        edges = blurred(luma, 2.0) - blurred(luma, 1.0)
        return (self.outline * soft_step(edges - 0.03, 0.04)).clip(0, 1)


@dataclass(frozen=True)
class Stipple:
    """Tones by grains, as in mezzotint, aquatint, crayon and charcoal, with outlines."""

    grain_size: int = 1
    spread: float = 0.9  # range of the thresholds of the grains; small posterizes
    softness: float = 0.3
    outline: float = 0.5
    smudge: float = 1.2  # pixels: blur of the tones
    gamma: float = 1.0
    sheet: Sheet = field(default_factory=Sheet)

    def __call__(self, pixels: np.ndarray, place: Place) -> np.ndarray:
        """Draw (H, W, 3) in [0, 1] at its place."""
        luma = luma_of(pixels)[..., 0]
        tones = blurred(luma, self.smudge).clip(0, 1) ** (1 / self.gamma)
        edges = blurred(luma, 2.0) - blurred(luma, 1.0)
        dark = 0.5 + self.spread * 0.5 * grain_noise(place, self.grain_size) - tones
        covered = 1 - (1 - soft_step(dark, self.softness)) * (1 - self.outline * soft_step(edges - 0.03, 0.04))
        return self.sheet.pull(covered, place).clip(0, 1).astype(np.float32)


@dataclass(frozen=True)
class Linocut:
    """Two to four flat tones between ink and paper with smooth borders, as in a linocut."""

    num_tones: int = 2
    smooth: float = 2.0
    softness: float = 0.06
    level: float = 0.45  # tone of the middle threshold
    range: float = 0.5  # range of tones from the first to the last threshold
    sheet: Sheet = field(default_factory=Sheet)

    def __call__(self, pixels: np.ndarray, place: Place) -> np.ndarray:
        """Cut (H, W, 3) in [0, 1] at its place."""
        tones = blurred(luma_of(patched(pixels, 3))[..., 0], self.smooth)
        cuts = self.level + self.range * (np.arange(self.num_tones - 1) - (self.num_tones - 2) / 2) / self.num_tones
        covered = np.mean([soft_step(cut - tones, self.softness) for cut in cuts], 0)
        return self.sheet.pull(covered, place).clip(0, 1).astype(np.float32)
