"""Fit the transport's regressions on looks without end; the command that makes weights/transport.safetensors.

    python -m portrait_atelier.core.learning.transport_fitting FOLDER... -o weights/transport.safetensors

The folders are those of the prior, one kind of portraits each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor, nn

from ..errors import AtelierError
from ..imaging.files import replacing
from ..imaging.reading import read_proxy
from ..styles.candidates import NUM_CANDIDATES
from ..styles.population import draw_colors
from ..styles.regression import COLOR_UNIT, GRAY_UNIT, NUM_TERMS, REGRESSION_FILE, Regression
from .prior import photos_of
from .transport_cases import Case, People, draw_case

NUM_LAYERS = 3
_CHUNK = 100  # cases that share a seed


@dataclass(frozen=True)
class FitConfig:
    """How the regressions are fitted.

    Attributes:
        num_cases: drawn at random, about a third of them black-and-white.
        num_hidden: width of the two hidden layers.
        num_epochs: passes over the cases; few, because the people are few.
        num_pixels: of each content, drawn anew for each batch.
        dropout: of the hidden layers.
        seed: same seed and threads, same numbers.
    """

    num_cases: int = 60_000
    num_hidden: int = 96
    num_epochs: int = 12
    batch_size: int = 64
    num_pixels: int = 96
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.1
    ema_decay: float = 0.995
    seed: int = 0

    def __post_init__(self) -> None:
        if self.num_cases < self.batch_size:
            raise ValueError(f"num_cases must be at least batch_size {self.batch_size}, got {self.num_cases}")


class WeightNet(nn.Module):
    """Evidence to the shares of the closed forms and the residual's coefficients; starts as their plain mean.

    Shape: (B, D) -> (B, K) summing to 1, (B, 11, out).
    """

    def __init__(self, num_inputs: int, num_outputs: int, config: FitConfig) -> None:
        super().__init__()
        width = config.num_hidden
        self.layers = nn.ModuleList(
            [
                nn.Linear(num_inputs, width),
                nn.Linear(width, width),
                nn.Linear(width, NUM_CANDIDATES + NUM_TERMS * num_outputs),
            ]
        )
        self.dropout = nn.Dropout(config.dropout)
        for tensor in self.layers[-1].parameters():
            nn.init.zeros_(tensor)

    def forward(self, evidence: Tensor) -> tuple[Tensor, Tensor]:
        """Weigh; see the class."""
        for index, layer in enumerate(self.layers):
            evidence = layer(self.dropout(nn.functional.silu(evidence)) if index else evidence)
        shares = evidence[:, :NUM_CANDIDATES].softmax(1)
        return shares, evidence[:, NUM_CANDIDATES:].unflatten(1, (NUM_TERMS, -1))


@dataclass(frozen=True)
class CaseSet:
    """Cases as tensors: vector (C, D), maps (C, K, 3, 4), tones (C, K, 2), content and answer (C, P, 3)."""

    vector: Tensor
    maps: Tensor
    tones: Tensor
    content: Tensor
    answer: Tensor

    @classmethod
    def of(cls, cases: Sequence[Case]) -> CaseSet:
        """Stack cases."""
        names = ("vector", "maps", "tones", "content", "answer")
        return cls(*(torch.from_numpy(np.stack([getattr(case, name) for case in cases])).float() for name in names))

    def batch(self, cases: Tensor, pixels: Tensor) -> CaseSet:
        """Some cases and some of their pixels."""
        return CaseSet(
            self.vector[cases],
            self.maps[cases],
            self.tones[cases],
            self.content[cases][:, pixels],
            self.answer[cases][:, pixels],
        )


def read_people(folders: Sequence[str]) -> People:
    """Read the portraits of some folders, each a kind; `FOLDER:N` as for the prior."""
    kinds = [[draw_colors(read_proxy(photo)) for photo in photos_of(folder)] for folder in folders]
    numbers = np.concatenate([np.full(len(kind), index) for index, kind in enumerate(kinds)])
    return People.gather(np.concatenate([np.stack(kind) for kind in kinds]), numbers)


def draw_cases(people: People, config: FitConfig, *, processes: int = 1) -> list[Case]:
    """Draw all cases; the same ones, however many processes share the work."""
    jobs = [[config.seed, chunk] for chunk in range(-(-config.num_cases // _CHUNK))]
    draw = partial(_draw_chunk, people)
    if processes == 1:
        chunks = [draw(job) for job in jobs]
    else:
        with ProcessPoolExecutor(processes) as pool:
            chunks = list(pool.map(draw, jobs))
    return [case for chunk in chunks for case in chunk][: config.num_cases]


def fit_regression(cases: CaseSet, config: FitConfig, *, gray: bool) -> Regression:
    """Fit one regression; its numbers are averaged over the last steps."""
    torch.manual_seed(config.seed)
    center, scale = cases.vector.mean(0), cases.vector.std(0) + 0.05
    cases = replace(cases, vector=((cases.vector - center) / scale).clamp(-4, 4))
    net = WeightNet(len(center), 1 if gray else 3, config)
    ema = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.ema_decay)
    )
    optimizer = torch.optim.AdamW(net.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    per_epoch = len(cases.vector) // config.batch_size
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=per_epoch * config.num_epochs, pct_start=0.03
    )
    for _ in range(config.num_epochs):
        for picked in torch.randperm(len(cases.vector))[: per_epoch * config.batch_size].split(config.batch_size):
            pixels = torch.randperm(cases.content.shape[1])[: config.num_pixels]
            batch = cases.batch(picked, pixels)
            loss = color_distance(predict(net, batch, gray=gray), batch.answer).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            ema.update_parameters(net)
    state = {key: value.numpy() for key, value in ema.module.state_dict().items()}
    layers = tuple((state[f"layers.{index}.weight"], state[f"layers.{index}.bias"]) for index in range(NUM_LAYERS))
    return Regression(center.numpy(), scale.numpy(), layers)


def predict(net: WeightNet, cases: CaseSet, *, gray: bool) -> Tensor:
    """What the transport makes of the content's colors: (B, P, 3) Lab; the same as `styles.transport` in numpy."""
    shares, residual = net(cases.vector)
    rest = _residual_terms(cases.content) @ residual  # (B, P, out)
    if gray:
        gain, offset = (shares[..., None] * cases.tones).sum(1)[..., None].unbind(1)  # (B, 1)
        lightness = (gain * cases.content[..., 0] + offset + GRAY_UNIT * rest[..., 0]).clamp(0, 100)
        return torch.stack([lightness, torch.zeros_like(lightness), torch.zeros_like(lightness)], -1)
    mean = torch.einsum("bk,bkij->bij", shares, cases.maps)
    return cases.content @ mean[..., :3].mT + mean[:, None, :, 3] + COLOR_UNIT * rest


def color_distance(found: Tensor, true: Tensor) -> Tensor:
    """CIE94 (graphic arts) between Lab colors, rounded off at zero so that its gradient is finite there."""
    difference = found - true
    chroma = true[..., 1:].norm(dim=-1)
    chroma_step = (found[..., 1:].square().sum(-1) + 1e-3).sqrt() - chroma
    hue = (difference[..., 1:].square().sum(-1) - chroma_step.square()).clamp(min=0)
    parts = (
        difference[..., 0].square() + (chroma_step / (1 + 0.045 * chroma)).square() + hue / (1 + 0.015 * chroma) ** 2
    )
    return (parts + 0.05).sqrt()


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit both regressions on folders of untouched portraits."""
    parser = argparse.ArgumentParser(description="Fit the transport on untouched portraits under random looks.")
    parser.add_argument("folders", nargs="+", help="FOLDER, or FOLDER:N for its first N photos")
    parser.add_argument("-o", "--output", type=Path, default=REGRESSION_FILE)
    parser.add_argument("--num-cases", type=int, default=FitConfig.num_cases)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    config = FitConfig(num_cases=options.num_cases)
    try:
        cases = draw_cases(read_people(options.folders), config, processes=options.processes)
        tensors: dict[str, np.ndarray] = {}
        for name, gray in (("color", False), ("gray", True)):
            chosen = CaseSet.of([case for case in cases if case.is_gray == gray])
            fitted = fit_regression(chosen, config, gray=gray).tensors()
            tensors |= {f"{name}.{key}": value for key, value in fitted.items()}
        with replacing(options.output, overwrite=True) as temporary:
            temporary.write_bytes(save(tensors))
    except AtelierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _draw_chunk(people: People, seed: Sequence[int]) -> list[Case]:
    rng = np.random.Generator(np.random.PCG64(seed))
    neutral = people.neutral()
    return [draw_case(rng, people, neutral) for _ in range(_CHUNK)]


def _residual_terms(lab: Tensor) -> Tensor:
    tone = (lab[..., 0] - 50) / 25
    a, b = ((lab[..., channel] / 20) / (1 + (lab[..., channel] / 40) ** 2).sqrt() for channel in (1, 2))
    terms = [torch.ones_like(tone), tone, tone**2, tone**3, a, b, tone * a, tone * b, a * a, b * b, a * b]
    return torch.stack(terms, -1)


if __name__ == "__main__":
    sys.exit(main())
