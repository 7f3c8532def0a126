"""The texture of a look: gains of detail, a glow of highlights, and grain. All of it is optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

NUM_BANDS = 4
NUM_DETAIL_TONES = 3  # black, middle gray, white
NUM_GROUPS = 2  # skin, everything else
MIN_GAIN, MAX_GAIN = 0.5, 2.0
NUM_GRAIN_TONES = 5
MAX_GRAIN = 0.25  # standard deviation, of white
MIN_SIZE, MAX_SIZE = 1 / 20000, 1 / 100  # of grain, as a part of the longer side of the photo
MAX_RADIUS = 1 / 8  # of glow, likewise
MAX_GLOWS = 64  # of a texture, blends included; a style file with more would keep a computer busy for hours


@dataclass(frozen=True, eq=False)
class Detail:
    """Gains of the bands of luma.

    Attributes:
        gains: (4, 2, 3) float32, indexed [band, group, tone], 0.5 to 2: 1 leaves a band as it is. Bands from fine to
            coarse; groups are skin and everything else; tones are luma 0, 0.5 and 1, interpolated linearly.
    """

    gains: np.ndarray

    def __post_init__(self) -> None:
        _check("gains", self.gains, (NUM_BANDS, NUM_GROUPS, NUM_DETAIL_TONES), MIN_GAIN, MAX_GAIN)

    @classmethod
    def of(cls, *, skin: Sequence[float], other: Sequence[float]) -> Detail:
        """Make detail whose gains are the same for all tones.

        Args:
            skin: gain of each band, fine to coarse.
            other: the same of everything else.
        """
        gains = np.stack([np.asarray(skin, np.float32), np.asarray(other, np.float32)], 1)
        return cls(np.repeat(gains[..., None], NUM_DETAIL_TONES, -1))

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing."""
        return bool((self.gains == 1).all())

    @property
    def knows_skin(self) -> bool:
        """Whether skin is treated otherwise than the rest."""
        return bool((self.gains[:, 0] != self.gains[:, 1]).any())


@dataclass(frozen=True, eq=False)
class Glow:
    """Light that spreads from highlights: bloom is wide and pale, halation narrow and red.

    Attributes:
        threshold: luma at which highlights begin to glow, 0 to 1.
        radius: standard deviation of the spread, as a part of the longer side of the photo.
        amount: part of the light that spreads, 0 to 1.
        color: (3,) float32 factors of the spread light, linear, 0 to 1.
    """

    threshold: float
    radius: float
    amount: float
    color: np.ndarray

    def __post_init__(self) -> None:
        _check("color", self.color, (3,), 0, 1)
        limits = {"threshold": (0, 1), "radius": (0, MAX_RADIUS), "amount": (0, 1)}
        for name, (least, most) in limits.items():
            _check_number(name, getattr(self, name), least, most)


@dataclass(frozen=True, eq=False)
class Grain:
    """Grain as of film.

    Attributes:
        strength: (5,) float32 standard deviation at luma 0, 0.25, 0.5, 0.75 and 1, where white is 1.
        size: of a grain, as a part of the longer side of the photo.
        roughness: share of the variance in clumps, 0 to 1.
        color: share of the variance that differs by channel, 0 (gray grain) to 1.
    """

    strength: np.ndarray
    size: float
    roughness: float = 0.0
    color: float = 0.0

    def __post_init__(self) -> None:
        _check("strength", self.strength, (NUM_GRAIN_TONES,), 0, MAX_GRAIN)
        limits = {"size": (MIN_SIZE, MAX_SIZE), "roughness": (0, 1), "color": (0, 1)}
        for name, (least, most) in limits.items():
            _check_number(name, getattr(self, name), least, most)


@dataclass(frozen=True, eq=False)
class Texture:
    """What a look does beyond colors and light.

    Attributes:
        detail: None for none.
        glows: at most MAX_GLOWS.
        grain: None for none.
        seed: another seed gives other grain.
    """

    detail: Detail | None = None
    glows: tuple[Glow, ...] = ()
    grain: Grain | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if len(self.glows) > MAX_GLOWS:
            raise ValueError(f"a texture has at most {MAX_GLOWS} glows, got {len(self.glows)}")

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        plain_detail = self.detail is None or self.detail.is_neutral
        plain_glow = all(glow.amount == 0 for glow in self.glows)
        return plain_detail and plain_glow and (self.grain is None or not self.grain.strength.any())

    @property
    def needs_skin(self) -> bool:
        """Whether its effect depends on where skin is."""
        return self.detail is not None and self.detail.knows_skin

    def reseeded(self, seed: int) -> Texture:
        """Return the same texture with other grain."""
        return replace(self, seed=seed)

    def with_grain(self, factor: float) -> Texture:
        """Return the same texture with its grain stronger or weaker, at most MAX_GRAIN; a factor of 0 removes it."""
        if self.grain is None or factor == 0:
            return replace(self, grain=None)
        strength = (np.float32(factor) * self.grain.strength).clip(0, MAX_GRAIN)
        return replace(self, grain=replace(self.grain, strength=strength))

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the arrays that `from_tensors` reads, by name."""
        found: dict[str, np.ndarray] = {}
        if self.detail is not None:
            found["detail"] = self.detail.gains
        if self.glows:
            rows = [[glow.threshold, glow.radius, glow.amount, *glow.color] for glow in self.glows]
            found["glow"] = np.array(rows, np.float32)
        if self.grain is not None:
            grain = self.grain
            found["grain"] = np.array([*grain.strength, grain.size, grain.roughness, grain.color], np.float32)
        return found

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> Texture:
        """Read what `tensors` gave.

        Raises:
            ValueError: an array has a wrong shape, type or range.
        """
        detail, glow, grain = (tensors.get(name) for name in ("detail", "glow", "grain"))
        glows = () if glow is None else tuple(_glow_of(row) for row in _rows(glow, "glow", 6))
        return cls(None if detail is None else Detail(detail), glows, None if grain is None else _grain_of(grain))


def mix_textures(parts: Sequence[tuple[float, Texture | None]]) -> Texture | None:
    """Interpolate textures by weights that sum to 1: gains, amounts and strengths linearly, sizes by strength."""
    known = [(weight, texture) for weight, texture in parts if texture is not None and weight > 0]
    if not known:
        return None
    details = [(weight, texture.detail) for weight, texture in known if texture.detail is not None]
    detail = None
    if details:
        gains = 1 + sum(np.float32(weight) * (part.gains - 1) for weight, part in details)
        detail = Detail(np.clip(gains, MIN_GAIN, MAX_GAIN).astype(np.float32))
    glows = tuple(
        replace(glow, amount=min(1.0, weight * glow.amount)) for weight, texture in known for glow in texture.glows
    )
    grains = [(weight, texture.grain) for weight, texture in known if texture.grain is not None]
    strongest = sorted(glows, key=lambda glow: -glow.amount)[:MAX_GLOWS]
    return Texture(detail, tuple(strongest), _mixed_grain(grains), known[0][1].seed)


def _mixed_grain(grains: Sequence[tuple[float, Grain]]) -> Grain | None:
    if not grains:
        return None
    strength = sum((np.float32(weight) * grain.strength for weight, grain in grains), np.zeros(NUM_GRAIN_TONES))
    shares = np.array([weight * float(grain.strength.mean()) + 1e-12 for weight, grain in grains])
    shares /= shares.sum()
    size, roughness, color = (
        float(sum(share * getattr(grain, name) for share, (_, grain) in zip(shares, grains, strict=True)))
        for name in ("size", "roughness", "color")
    )
    return Grain(strength.clip(0, MAX_GRAIN).astype(np.float32), size, min(roughness, 1.0), min(color, 1.0))


def _grain_of(values: np.ndarray) -> Grain:
    _check("grain", values, (NUM_GRAIN_TONES + 3,), 0, 1)
    size, roughness, color = values[NUM_GRAIN_TONES:].tolist()
    size = float(np.clip(size, MIN_SIZE, MAX_SIZE))  # rounded to float32
    return Grain(values[:NUM_GRAIN_TONES].copy(), size, roughness, color)


def _glow_of(row: np.ndarray) -> Glow:
    threshold, radius, amount = (float(value) for value in row[:3])
    return Glow(threshold, radius, amount, row[3:].copy())


def _rows(values: np.ndarray, name: str, length: int) -> np.ndarray:
    if not isinstance(values, np.ndarray) or values.ndim != 2 or values.shape[1] != length:
        raise ValueError(f"{name} must be (N, {length}), got {getattr(values, 'shape', None)}")
    return values


def _check(name: str, values: np.ndarray, shape: tuple[int, ...], least: float, most: float) -> None:
    if not isinstance(values, np.ndarray) or values.shape != shape or values.dtype != np.float32:
        found = f"{getattr(values, 'dtype', type(values).__name__)} {tuple(getattr(values, 'shape', ()))}"
        raise ValueError(f"{name} must be a float32 array {shape}, got {found}")
    if not ((values >= least) & (values <= most)).all():  # false for NaN
        raise ValueError(f"{name} must be {least} to {most}, got {values.min()} to {values.max()}")


def _check_number(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} must be {least:g} to {most:g}, got {value}")
