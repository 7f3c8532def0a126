"""Libraries of looks as color tables: procedural ones, films, mixtures; and common changes of exposure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from ...color.lab_tensors import lab_to_srgb, srgb_to_lab
from ...errors import LearningError

TABLE_SIDE = 17
_HUES = 6
_GRAY_PART = 0.33  # share of procedural looks that are black-and-white
_AT_ONCE = 100


@dataclass(frozen=True)
class LookLibrary:
    """Looks as tables of Lab results, float16 (L, 3, 17, 17, 17), indexed [b, g, r].

    Attributes:
        procedural: random looks.
        films: tables of films.
        mixed: films mixed, weakened, or with another exposure.
    """

    procedural: Tensor
    films: Tensor
    mixed: Tensor

    @classmethod
    def make(cls, films: np.ndarray, *, num_procedural: int = 6000, num_mixed: int = 6000) -> LookLibrary:
        """Make a library; films are (F, S, S, S, 3) in [0, 1], indexed [r, g, b]; F may be 0."""
        parts = [procedural_looks(_nodes(count)) for count in _parts(num_procedural)]
        if not len(films):
            tables = _tables_of(torch.cat(parts))
            return cls(tables, tables, tables)
        tables = torch.from_numpy(films).float().permute(0, 4, 3, 2, 1).contiguous()  # (F, 3, b, g, r)
        nodes = _nodes(1)
        pure = torch.cat([look_up(part, nodes.expand(len(part), -1, -1)) for part in tables.split(_AT_ONCE)])
        mixed = [_mixed_films(tables, count) for count in _parts(num_mixed)]
        return cls(_tables_of(torch.cat(parts)), _tables_of(pure), _tables_of(torch.cat(mixed)))

    def draw(self, rng: np.random.Generator, count: int, film_share: float) -> Tensor:
        """Draw looks (count, 3, 17, 17, 17) float32; the expected share of films and mixtures is `film_share`."""
        chosen = []
        for chance in rng.random(count):
            source = self.procedural if chance > film_share else self.mixed if chance > film_share / 2 else self.films
            chosen.append(source[int(rng.integers(len(source)))])
        return torch.stack(chosen).float()


def identity_table() -> Tensor:
    """Return the look that changes nothing, as a library has it: (1, 3, 17, 17, 17) of Lab."""
    return _tables_of(_nodes(1)).float()


def look_up(tables: Tensor, colors: Tensor) -> Tensor:
    """Interpolate tables trilinearly: tables (R, 3, S, S, S) indexed [b, g, r], colors (R, K, 3) in [0, 1]."""
    return grid_sample(tables, (colors.clamp(0, 1) * 2 - 1)[:, None, None], align_corners=True)[:, :, 0, 0].mT


def read_films(path: Path) -> np.ndarray:
    """Read an npz of color tables.

    Args:
        path: one array (S, S, S, 3) per film, uint8 indexed [b, g, r]; or `tables` (F, S, S, S, 3) in [0, 1] indexed
            [r, g, b].

    Returns:
        (F, 17, 17, 17, 3) float32 indexed [r, g, b].

    Raises:
        LearningError: the file cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            if "tables" in found:
                return found["tables"].astype(np.float32)
            tables = np.stack([found[name].transpose(2, 1, 0, 3) for name in found.files]).astype(np.float32) / 255
    except (OSError, ValueError, KeyError) as error:
        raise LearningError("{path}: is no npz of color tables ({cause})", path=path, cause=error) from error
    step = (tables.shape[1] - 1) // (TABLE_SIDE - 1)
    return np.ascontiguousarray(tables[:, ::step, ::step, ::step])


def hand(colors: Tensor, strength: Tensor) -> Tensor:
    """Apply a random exposure, white balance, contrast and veil to each row: (R, K, 3) in [0, 1]; strength (R,)."""
    count, s = len(colors), strength[:, None]
    gamma = (0.22 * s * torch.randn(count, 1) + 0.04 * s * torch.randn(count, 3)).exp()[:, None]
    slope = (1.2 + 0.6 * s * torch.rand(count, 1)).expand(count, 3)[:, None]
    low = (0.06 * s * torch.rand(count, 1) * (torch.rand(count, 1) < 0.3)).expand(count, 3)[:, None]
    lab = srgb_to_lab(_curve(colors, gamma, slope, low, torch.ones(3)))
    cast = (torch.randn(count, 2) * torch.tensor([2.0, 3.5]) * s)[:, None]
    chroma = (0.15 * s * torch.randn(count, 1)).exp()[:, None]
    return lab_to_srgb(torch.cat([lab[..., :1], lab[..., 1:] * chroma + cast], -1)).clamp(0, 1)


def procedural_looks(colors: Tensor) -> Tensor:
    """Apply a random look to each row of colors (R, K, 3): curves, mixes, chroma by hue, tints; or a gray print."""
    count = len(colors)
    wild = torch.tensor([0.4, 1, 1.8])[torch.multinomial(torch.tensor([0.25, 0.5, 0.25]), count, True)][:, None, None]
    common = torch.randn(count, 1, 4) * torch.tensor([0.28, 0.5, 0.035, 0.04])
    drawn = common + torch.randn(count, 3, 4) * torch.tensor([0.08, 0.25, 0.025, 0.03]) * wild
    gray = (torch.rand(count) < _GRAY_PART)[:, None, None]
    printed = _curved(colors @ _gray_mixes(count).mT, drawn, gray=True)
    mix = torch.eye(3) + torch.randn(count, 3, 3) * 0.05 * wild
    mix = mix + (1 - mix.sum(2, keepdim=True)) / 3 * 0.75
    curved = _curved(colors @ mix.mT, drawn, gray=False)
    tinted = lab_to_srgb(_tinted(_turned(srgb_to_lab(curved), wild), wild))
    strength = torch.rand(count, 1, 1) * 0.55 + 0.5
    color = (colors + strength * (tinted - colors)).clamp(0, 1)
    return torch.where(gray, _on_paper(printed), color)


def _gray_mixes(count: int) -> Tensor:
    weights = torch.distributions.Dirichlet(torch.tensor([3.2, 5, 2])).sample((count,)) + torch.randn(count, 3) * 0.06
    return (weights / weights.sum(1, keepdim=True))[:, None].expand(count, 3, 3)


def _curved(colors: Tensor, drawn: Tensor, *, gray: bool) -> Tensor:
    values = drawn[:, :1].expand_as(drawn) if gray else drawn
    slope = (2.5 + 1.6 * values[..., 1]).clamp(0.2, 6)
    low = (0.01 + values[..., 2].abs() * torch.where(torch.rand(len(colors), 1) < 0.2, 2.5, 1.0)).clamp(0, 0.3)
    high = (1 - values[..., 3].abs()).clamp(0.7, 1)
    return _curve(colors.clamp(0, 1), values[..., 0].exp()[:, None], slope[:, None], low[:, None], high[:, None])


def _curve(colors: Tensor, gamma: Tensor, slope: Tensor, low: Tensor, high: Tensor) -> Tensor:
    bent = colors.clamp(1e-4, 1) ** gamma
    return (low + (high - low) * (torch.tanh(slope * (bent - 0.5)) / torch.tanh(slope / 2) / 2 + 0.5)).clamp(0, 1)


def _turned(lab: Tensor, wild: Tensor) -> Tensor:
    """Change chroma and hue by hue."""
    count = len(lab)
    chroma = ((1 + 0.22 * torch.randn(count, 1)) * (0.12 * wild[:, 0] * torch.randn(count, _HUES)).exp()).clamp(
        0.05, 2.2
    )
    turn = 0.06 * torch.randn(count, 1) + 0.12 * wild[:, 0] * torch.randn(count, _HUES)
    hue = torch.atan2(lab[..., 2], lab[..., 1]) * (_HUES / (2 * math.pi))
    below, part = hue.floor().long() % _HUES, hue - hue.floor()
    smooth = part * part * (3 - 2 * part)
    gain, angle = (
        values.gather(1, below) * (1 - smooth) + values.gather(1, (below + 1) % _HUES) * smooth
        for values in (chroma, turn)
    )
    cos, sin, a, b = gain * torch.cos(angle), gain * torch.sin(angle), lab[..., 1], lab[..., 2]
    return torch.stack([lab[..., 0], a * cos - b * sin, a * sin + b * cos], -1)


def _tinted(lab: Tensor, wild: Tensor) -> Tensor:
    """Tint shadows, middle tones and highlights."""
    tone = (lab[..., :1] / 100).clamp(0, 1)
    tints = torch.randn(len(lab), 3, 2) * 3.5 * wild + torch.randn(len(lab), 1, 2) * 3 * wild
    shares = torch.cat([(1 - tone) ** 2, 2 * tone * (1 - tone), tone**2], -1)
    return torch.cat([lab[..., :1], lab[..., 1:] + shares @ tints], -1)


def _on_paper(printed: Tensor) -> Tensor:
    """Tone some of the gray prints."""
    paper = torch.randn(len(printed), 1, 2) * 6 * (torch.rand(len(printed), 1, 1) < 0.15)
    lab = srgb_to_lab(printed)
    tone = lab[..., :1] / 100
    toned = lab_to_srgb(torch.cat([lab[..., :1], paper * (tone * 4 * (1 - tone))], -1)).clamp(0, 1)
    return torch.where(paper.abs().sum(-1, keepdim=True) > 0, toned, printed)


def _mixed_films(tables: Tensor, count: int) -> Tensor:
    first, second = torch.randint(len(tables), (2, count))
    weight = (torch.rand(count) * (torch.rand(count) < 0.35))[:, None, None, None, None]
    nodes = _nodes(count)
    exposed = torch.where((torch.rand(count) < 0.5)[:, None, None], hand(nodes, torch.full((count,), 0.8)), nodes)
    strength = torch.where(torch.rand(count) < 0.4, torch.rand(count) * 0.7 + 0.6, torch.ones(count))[:, None, None]
    result = look_up(tables[first] * (1 - weight) + tables[second] * weight, exposed)
    printed = (nodes + strength * (result - nodes)).clamp(0, 1)
    graded = hand(printed, torch.full((count,), 0.6))  # a film with another exposure and contrast
    return torch.where((torch.rand(count) < 0.3)[:, None, None], graded, printed)


def _tables_of(colors: Tensor) -> Tensor:
    """(L, 17^3, 3) sRGB at the nodes to (L, 3, 17, 17, 17) float16 of Lab."""
    lab = srgb_to_lab(colors)
    return lab.mT.reshape(len(lab), 3, TABLE_SIDE, TABLE_SIDE, TABLE_SIDE).half().contiguous()


def _nodes(count: int) -> Tensor:
    axis = torch.linspace(0, 1, TABLE_SIDE)
    nodes = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3).flip(-1)  # [b, g, r]
    return nodes.expand(count, -1, -1)


def _parts(count: int) -> list[int]:
    return [min(_AT_ONCE, count - start) for start in range(0, count, _AT_ONCE)]
