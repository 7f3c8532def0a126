"""Training steps of the region network: losses, validation, checkpoints."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...errors import LearningError
from ...learning.checkpoint import load_checkpoint, save_checkpoint, with_prefix, without_prefix
from ...learning.trainer_kit import TrainerState, averaged_copy, check_same_run, restoring, warm_cosine
from ...networks.region_net import RegionNet
from ...networks.regions import REGIONS
from .augmentation import varied
from .photos import LabelledPhotos
from .settings import RegionSettings

_LEAST_SHARE = 0.02  # share of the peak learning rate at the end
_EMA_WARMUP = 30  # steps with a smaller decay of the averaged weights
_MEASURING_SEED = 1_000_003
Batch = tuple[Tensor, Tensor, Tensor]


def region_loss(logits: Tensor, values: Tensor, weights: Tensor, dice_weight: float) -> Tensor:
    """Binary cross entropy and soft Dice (Milletari et al. 2016), both only where labels are known.

    Args:
        logits: (B, R, H, W).
        values: the same shape, labels in [0, 1].
        weights: the same shape; 0 where a label is unknown.
        dice_weight: of the Dice term.

    Returns:
        A scalar.
    """
    entropy = F.binary_cross_entropy_with_logits(logits, values, weights)
    shares = torch.sigmoid(logits)
    shared = (shares * values * weights).sum((0, 2, 3))
    total = (shares * weights).sum((0, 2, 3)) + (values * weights).sum((0, 2, 3))
    return entropy + dice_weight * (1 - (2 * shared + 1) / (total + 1)).mean()


def draw_examples(photos: LabelledPhotos, members: np.ndarray, size: int, rng: np.random.Generator) -> Batch:
    """Draw augmented photos (B, 3, S, S), and values and weights (B, 5, S/2, S/2)."""
    examples = [varied(photos, int(index), size, rng) for index in members]
    stacked = (torch.from_numpy(np.stack(column)).permute(0, 3, 1, 2) for column in zip(*examples, strict=True))
    inputs, values, weights = stacked
    return inputs.contiguous(memory_format=torch.channels_last), values.contiguous(), weights.contiguous()


def overlaps(predicted: Tensor, values: Tensor, weights: Tensor) -> list[float]:
    """Return the intersection over union at 0.5 of each region over a batch, for known pixels.

    Args:
        predicted: (B, R, H, W) in [0, 1].
        values: labels of the same shape.
        weights: the same shape.
    """
    ours, theirs = predicted > 0.5, values > 0.5
    shared = (weights * (ours & theirs)).sum((0, 2, 3))
    either = (weights * (ours | theirs)).sum((0, 2, 3))
    return (shared / either.clamp(min=1e-6)).tolist()


class RegionTrainer:
    """The network, its averaged weights, the optimizer and the state of training.

    Attributes:
        settings: of training.
        network: being trained.
        best: averaged weights of the best validation, by name.
        best_score: its mean intersection over union.
    """

    def __init__(self, settings: RegionSettings) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.best_score = settings, -1.0
        self.network = RegionNet(settings.widths).to(memory_format=torch.channels_last)
        self._average = averaged_copy(self.network, settings.averaging, warm_up_updates=_EMA_WARMUP, first_update=1)
        self.best = {name: value.clone() for name, value in self.average.items()}
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
        )
        rate = warm_cosine(settings.num_steps, warm_up_steps=settings.warm_up, last=_LEAST_SHARE)
        self._state = TrainerState(
            {"network": self.network, "average": self._average}, {"optimizer": (self._optimizer, rate)}
        )
        weights = [settings.subject_weight if region == "subject" else 1.0 for region in REGIONS]
        self._region_weights = torch.tensor(weights).view(1, -1, 1, 1)

    @property
    def step(self) -> int:
        """Steps done."""
        return self._state.step

    @property
    def average(self) -> dict[str, Tensor]:
        """The averaged weights, by name, which are validated and kept."""
        return self._average.module.state_dict()

    def train_step(self, batch: Batch) -> float:
        """Take one step; return its loss."""
        inputs, values, weights = batch
        self.network.train()
        loss = region_loss(self.network(inputs), values, weights * self._region_weights, self.settings.dice_weight)
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._average.update_parameters(self.network)
        self._state.advance()
        return float(loss.detach())

    @torch.no_grad()
    def measure(self, photos: LabelledPhotos) -> list[float]:
        """Validate on photos with a fixed augmentation; keep the weights if they are the best; return the overlaps."""
        network = RegionNet(self.settings.widths)
        network.load_state_dict(self.average)
        network.eval()
        rng, size = np.random.default_rng(_MEASURING_SEED), self.settings.last_size
        members = np.array_split(np.arange(len(photos.pixels)), math.ceil(len(photos.pixels) / 16))
        batches = [draw_examples(photos, part, size, rng) for part in members]
        predicted = torch.cat([torch.sigmoid(network(batch[0])) for batch in batches])
        scores = overlaps(predicted, *(torch.cat([batch[index] for batch in batches]) for index in (1, 2)))
        if np.mean(scores) > self.best_score:
            self.best_score = float(np.mean(scores))
            self.best = {name: value.clone() for name, value in self.average.items()}
        return scores

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        tensors = {**self._state.tensors(), **with_prefix("best", self.best)}
        facts = {"step": self.step, "best_score": self.best_score, "settings": self.settings.as_facts()}
        save_checkpoint(path, tensors, facts)

    def start_from(self, best: Path) -> None:
        """Start from the best network of another run.

        Raises:
            LearningError: the file is missing, damaged, or has other widths.
        """
        tensors, facts = load_checkpoint(best)
        if facts.get("settings", {}).get("widths") != list(self.settings.widths):
            raise LearningError("{best}: is of a network of other widths; start without it", best=best)
        self.network.load_state_dict(tensors)
        self._average.module.load_state_dict(tensors)

    def restore(self, path: Path) -> None:
        """Resume from a checkpoint.

        Raises:
            LearningError: the file is missing, damaged, or has other settings.
        """
        tensors, facts = load_checkpoint(path)
        check_same_run(path, facts, {"settings": self.settings.as_facts()})
        with restoring(path):
            self._state.restore(tensors, int(facts["step"]))
            self.best, self.best_score = without_prefix("best", tensors), float(facts["best_score"])
