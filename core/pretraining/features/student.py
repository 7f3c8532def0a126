"""Distillation of a large feature network, the teacher, to a small one, the student."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import LearningError
from ...learning.checkpoint import load_checkpoint, save_checkpoint, with_prefix, without_prefix
from ...learning.losses.perceptual import gram_matrix
from ...learning.trainer_kit import TrainerState, averaged_copy, check_same_run, restoring, warm_cosine
from ...networks.feature_layers import vgg_shaped
from ...networks.features import LAYER_SELECTIONS, FeatureExtractor, Features
from .photos import draw_batch
from .streaming_least_squares import StreamingLeastSquares
from .teacher import TeacherEncoder

TAUGHT_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")
_VALIDATION_BATCHES, _VALIDATION_SEED = 6, 1_000_003
_EMA_WARMUP, _EMA_START = 9, 2  # of the averaged weights: steps with a smaller decay, number of the first update


@dataclass(frozen=True)
class DistillationSettings:
    """Settings of distillation."""

    widths: tuple[int, ...] = (16, 32, 64, 96, 96)  # feature maps of each block
    depths: tuple[int, ...] = (2, 2, 3, 2, 1)  # convolutions of each block
    crop_size: int = 96  # pixels of a side
    num_crops: int = 4  # of a step; each is used twice, in two looks
    steps: int = 2000
    learning_rate: float = 5e-3  # peak rate; linear warm-up for `warm_up` steps, then cosine decay to 0
    warm_up: int = 50  # steps
    apart_share: float = 0.7  # share of the steps in which layers are trained separately, before joint training
    lift_memory: float = 0.97  # decay of the lifts, the least-squares maps to the teacher
    gram_weight: float = 1.0  # of the loss of Gram distances, beside that of the maps
    gram_every: int = 2  # steps between computations of Gram distances, which are slow
    ema_decay: float = 0.995  # of the averaged weights, which are kept
    save_every: int = 100  # steps between checkpoints and validations
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.num_crops, self.save_every) < 1:
            raise ValueError("steps, num_crops and save_every must be at least 1")


def unexplained(lifted: Tensor, taught: Tensor) -> Tensor:
    """Return the unexplained share of a feature map's variance, 1 - R2.

    sum (lifted - taught)^2 / sum (taught - mean of its channel)^2

    Args:
        lifted, taught: (B, C, H, W).
    """
    spread = (taught - taught.mean((0, 2, 3), keepdim=True)).square().sum()
    return (lifted - taught).square().sum() / spread.clamp(min=1e-8)


def gram_distances(features: Tensor) -> Tensor:
    """Return Frobenius distances between the Gram matrices of all pairs of photos, divided by their mean.

    Args:
        features: (B, C, H, W), B at least 2.

    Returns:
        (B * (B - 1) / 2,).
    """
    distances = torch.pdist(gram_matrix(features).flatten(1) / features[0].numel())
    return distances / distances.mean().clamp(min=1e-12)


class Distillation:
    """A student, its least-squares maps (lifts) to the teacher, and its optimizer."""

    def __init__(self, teacher: TeacherEncoder, settings: DistillationSettings) -> None:
        if not set(TAUGHT_LAYERS) <= set(teacher.layer_names):
            raise LearningError(
                "the teacher has only the layers {layers}; give a deeper one", layers=", ".join(teacher.layer_names)
            )
        torch.manual_seed(settings.seed)
        self.teacher, self.settings = teacher, settings
        self.student = FeatureExtractor(vgg_shaped(settings.widths, settings.depths), LAYER_SELECTIONS["compact"])
        self.layers = self.student.layers.requires_grad_(True)
        _spread_weights(self.layers)
        for network in (self.teacher, self.layers):
            network.to(memory_format=torch.channels_last)
        self.lifts = {name: StreamingLeastSquares(settings.lift_memory) for name in TAUGHT_LAYERS}
        self.optimizer = torch.optim.Adam(self.layers.parameters(), lr=settings.learning_rate, betas=(0.9, 0.99))
        self._average = averaged_copy(
            self.layers, settings.ema_decay, warm_up_updates=_EMA_WARMUP, first_update=_EMA_START
        )
        rate = warm_cosine(settings.steps, warm_up_steps=settings.warm_up)
        self._state = TrainerState(
            {"layers": self.layers, "average": self._average}, {"optimizer": (self.optimizer, rate)}
        )
        self.best, self.best_score = _copy_of(self.average), -float("inf")

    @property
    def step(self) -> int:
        """Steps done."""
        return self._state.step

    @property
    def average(self) -> dict[str, Tensor]:
        """The averaged weights, by name, which are validated and kept."""
        return self._average.module.state_dict()

    def train_step(self, photos: Tensor) -> float:
        """Take one optimizer step on photos (B, 3, H, W) in [0, 1].

        Returns:
            The loss before the step.
        """
        photos = photos.contiguous(memory_format=torch.channels_last)
        taught = self._taught(photos)
        seen = self._seen(photos, apart=self.step < self.settings.apart_share * self.settings.steps)
        for name, lift in self.lifts.items():
            lift.add(seen[name], taught[name])
        loss = torch.stack([unexplained(self.lifts[name](seen[name]), taught[name]) for name in taught]).sum()
        if self.step % self.settings.gram_every == 0:
            errors = [(gram_distances(seen[name]) - gram_distances(taught[name])).square().mean() for name in taught]
            loss = loss + self.settings.gram_weight * torch.stack(errors).sum()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self._average.update_parameters(self.layers)
        self._state.advance()
        return float(loss.detach())

    @torch.no_grad()
    def select_checkpoint(self, photos: Sequence[np.ndarray]) -> float:
        """Measure the averaged weights on held-out photos, and keep them if they are the best so far.

        Lifts are fitted to one half of the photos and measured on the other half.

        Returns:
            The mean R2 of all layers, 1 at best.
        """
        own = _copy_of(self.layers.state_dict())
        self.layers.load_state_dict(self.average)
        lifts = {name: StreamingLeastSquares() for name in TAUGHT_LAYERS}
        for taught, seen in self._draw_validation(photos[::2]):
            for name, lift in lifts.items():
                lift.add(seen[name], taught[name])
        missed = [
            unexplained(lifts[name](seen[name]), taught[name])
            for taught, seen in self._draw_validation(photos[1::2])
            for name in taught
        ]
        self.layers.load_state_dict(own)
        score = 1 - float(torch.stack(missed).mean())
        if score > self.best_score:
            self.best_score, self.best = score, _copy_of(self.average)
        return score

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        tensors = {**self._state.tensors(), **with_prefix("best", self.best)}
        for name, lift in self.lifts.items():
            tensors |= with_prefix(f"lifts.{name}", lift.tensors())
        facts = {"step": self.step, "best_score": self.best_score, "settings": asdict(self.settings)}
        save_checkpoint(path, tensors, facts)

    def restore(self, path: Path) -> None:
        """Resume from a checkpoint.

        Raises:
            LearningError: there is none, it is damaged, or it was made with other settings.
        """
        tensors, facts = load_checkpoint(path)
        check_same_run(path, facts, {"settings": asdict(self.settings)})
        with restoring(path):
            self._state.restore(tensors, int(facts["step"]))
            for name, lift in self.lifts.items():
                lift.restore(without_prefix(f"lifts.{name}", tensors))
            self.best, self.best_score = without_prefix("best", tensors), float(facts["best_score"])

    def _seen(self, photos: Tensor, *, apart: bool) -> Features:
        """Return the student's maps; with `apart`, no gradient flows from one taught layer to those before it."""
        values, found = self.student.normalized(photos), Features()
        for name, layer in self.layers.named_children():
            values = layer(values)
            if name in self.lifts:
                found[name] = values
                values = values.detach() if apart else values
        return found

    @torch.no_grad()
    def _taught(self, photos: Tensor) -> Features:
        return self.teacher(photos, TAUGHT_LAYERS)

    def _draw_validation(self, photos: Sequence[np.ndarray]) -> Iterator[tuple[Features, Features]]:
        rng = np.random.default_rng(_VALIDATION_SEED)
        for _ in range(_VALIDATION_BATCHES):
            batch = draw_batch(photos, self.settings.crop_size, self.settings.num_crops, rng)
            yield self._taught(batch), self.student(batch, TAUGHT_LAYERS)


def _copy_of(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in tensors.items()}


def _spread_weights(layers: nn.Module) -> None:
    for module in layers.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.get_parameter("bias"))
