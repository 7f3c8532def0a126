"""One step of base training: the generator toward the known answers, and against an adversary if one is wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..imaging.look_tensors import apply_look
from ..networks.discriminator import color_critic
from ..networks.generator import LookGenerator, LookResidual
from ..styles.local_light import grid_of_stops
from .adversarial import discriminator_loss, generator_loss, r1_penalty
from .base_cases import BaseBatch
from .base_settings import BaseSettings
from .base_team import Team
from .checkpoint import optimizer_tensors, restore_optimizer, with_prefix, without_prefix
from ..color.lab_tensors import srgb_to_lab
from .transport_fitting import color_distance

_WARMUP = 100  # steps
_LEAST_SPREAD = 0.05  # of a number of the evidence
_RANK_SEED = 15_485_863  # a prime far from the steps', so that no two processes share their noise
_SCALE = 10.0  # Lab: distances are divided by this, so that the loss is about 1


@dataclass(frozen=True)
class Rendered:
    """What a generator made of a batch.

    Attributes:
        photos: (B, 3, 64, 64) the contents under the looks.
        residual: what the generator added to the closed forms.
    """

    photos: Tensor
    residual: LookResidual


class BaseTrainer:
    """The networks, their optimizers and their averages; knows nothing of files and people.

    Args:
        settings: how.
        num_evidence: numbers of the closed form's evidence.
        device: where.
        team: the processes that train together; None is this one alone.
    """

    def __init__(
        self, settings: BaseSettings, num_evidence: int, device: str = "cpu", team: Team | None = None
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device, self.step = settings, torch.device(device), 0
        self.team = team or Team(device)
        self.bfloat16 = uses_bfloat16(settings.precision, self.device)
        self.generator = LookGenerator(num_evidence=num_evidence, dropout=settings.dropout).to(self.device)
        average = get_ema_multi_avg_fn(settings.ema_decay)
        self.generator_ema = AveragedModel(self.generator, multi_avg_fn=average)
        decay = settings.weight_decay
        self.optimizer = AdamW(self.generator.parameters(), settings.learning_rate, (0.9, 0.99), weight_decay=decay)
        self.critic = color_critic(conditional=True).to(self.device)
        rate = settings.learning_rate * settings.discriminator_rate
        self.critic_optimizer = AdamW(self.critic.parameters(), rate, (0.5, 0.99), weight_decay=0.0)

    @property
    def averaged(self) -> LookGenerator:
        """The generator whose weights are averaged over the last steps: the one that is judged and kept."""
        module = self.generator_ema.module
        assert isinstance(module, LookGenerator)
        return module

    def measure_evidence(self, evidence: Tensor) -> None:
        """Learn from the first cases, (B, D), what numbers of evidence are usual."""
        for network in (self.generator, self.averaged):
            network.center.copy_(evidence.mean(0))
            network.scale.copy_(evidence.std(0) + _LEAST_SPREAD)

    def train_step(self, batch: BaseBatch) -> dict[str, float]:
        """Learn from one batch.

        Returns:
            The terms of the losses, by name, over the batches of all processes.
        """
        # Resuming needs no other random state than this.
        torch.manual_seed(self.settings.seed + 1_000_003 * (self.step + 1) + _RANK_SEED * self.team.rank)
        self.generator.train()
        for optimizer, rate in ((self.optimizer, 1.0), (self.critic_optimizer, self.settings.discriminator_rate)):
            optimizer.param_groups[0]["lr"] = rate * self._rate()
        batch = on_device(batch, self.device)
        terms = self._learn_generator(batch)
        self.generator_ema.update_parameters(self.generator)
        self.step += 1
        return terms

    def _learn_generator(self, batch: BaseBatch) -> dict[str, float]:
        answer, content = batch.answer.float() / 255, _small(batch)
        settings = self.settings
        z = settings.noise * torch.randn(len(batch.content), self.generator.code_size, device=self.device)
        z = z * (torch.rand(len(z), 1, device=self.device) < 0.5)
        rendered = render_batch(self.generator, batch, z, bfloat16=self.bfloat16)
        distance = lab_distance(rendered.photos, answer).mean()
        terms = {
            "g_lab": distance / _SCALE,
            "g_pixel": settings.pixel_weight * (rendered.photos.clamp(0, 1) - answer).abs().mean(),
            "g_smooth": settings.smoothness_weight * grid_roughness(rendered.residual.grid),
            "g_subject": settings.subject_weight * subject_loss(rendered.residual.subject, batch.subject),
        }
        if settings.adversarial_weight:
            # The generator here: fake up. The discriminator's turn is below, on the same photos, detached.
            logits = self._judged(rendered.photos, content)
            terms["g_adversarial"] = settings.adversarial_weight * generator_loss(logits)
        loss = torch.stack(list(terms.values())).sum()
        told = self._descend(self.optimizer, self.generator, loss, {"distance": distance, **terms}, len(content))
        if settings.adversarial_weight:
            told |= self._learn_critic(answer, rendered.photos.detach(), content)
        return told

    def _learn_critic(self, real: Tensor, fake: Tensor, content: Tensor) -> dict[str, float]:
        # Discriminator: the true answer up, the generated one down; content is known to both.
        terms = {"d_adversarial": discriminator_loss(self._judged(real, content), self._judged(fake, content))}
        if self.step % self.settings.r1_every == 0:
            photos = real.clone().requires_grad_()  # and in float32: a gradient of a gradient is small
            terms["d_r1"] = r1_penalty(
                self.critic(photos, content), photos, gamma=self.settings.r1_gamma, interval=self.settings.r1_every
            )
        loss = torch.stack(list(terms.values())).sum()
        return self._descend(self.critic_optimizer, self.critic, loss, terms, len(content))

    def _judged(self, photos: Tensor, content: Tensor) -> Tensor:
        with _autocast(self.device, self.bfloat16):
            logits = self.critic(photos, content)
        return logits.float()

    def _descend(
        self, optimizer: torch.optim.Optimizer, network: nn.Module, loss: Tensor, terms: dict[str, Tensor], cases: int
    ) -> dict[str, float]:
        """Take the step of the mean gradient over the cases of all processes; returns the terms' means over them."""
        optimizer.zero_grad()
        loss.backward()
        values = torch.stack([value.detach() for value in terms.values()])
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        self.team.average([*gradients, values], cases)
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        return dict(zip(terms, values.tolist(), strict=True))

    def _rate(self) -> float:
        """The learning rate of this step: up over the first steps, then down along half a cosine."""
        part = min(1.0, self.step / self.settings.num_steps)
        return self.settings.learning_rate * min(1.0, (self.step + 1) / _WARMUP) * (1 + math.cos(math.pi * part)) / 2

    def tensors(self) -> dict[str, Tensor]:
        """Everything that is needed to go on, by name."""
        return {
            **with_prefix("generator", self.generator.state_dict()),
            **with_prefix("generator_ema", self.generator_ema.state_dict()),
            **with_prefix("critic", self.critic.state_dict()),
            **with_prefix("optimizer", optimizer_tensors(self.optimizer)),
            **with_prefix("critic_optimizer", optimizer_tensors(self.critic_optimizer)),
        }

    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Put back what `tensors` gave."""
        self.generator.load_state_dict(without_prefix("generator", tensors))
        self.generator_ema.load_state_dict(without_prefix("generator_ema", tensors))
        self.critic.load_state_dict(without_prefix("critic", tensors))
        restore_optimizer(self.optimizer, without_prefix("optimizer", tensors))
        restore_optimizer(self.critic_optimizer, without_prefix("critic_optimizer", tensors))
        self.step = step


@torch.no_grad()
def measure_typical_maps(generator: LookGenerator, batches: Sequence[BaseBatch], device: torch.device) -> None:
    """Keep the mean of the maps of untouched contents: what stands in where no content photo is given."""
    total = torch.zeros_like(generator.typical_maps)
    for batch in batches:
        total += generator.encode_content(batch.content.to(device).float() / 255).mean(0)
    generator.typical_maps.copy_(total / len(batches))


def on_device(batch: BaseBatch, device: torch.device) -> BaseBatch:
    """The batch with its tensors there; the counts stay on the CPU, where they are read as numbers."""
    moved = {name: value if name == "counts" else value.to(device) for name, value in vars(batch).items()}
    return BaseBatch(**moved)


def uses_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether networks compute in bfloat16: where asked for, and of itself on GPUs that are built for it."""
    if precision != "auto":
        return precision == "bfloat16"
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


def render_batch(
    generator: LookGenerator, batch: BaseBatch, z: Tensor | None = None, *, bfloat16: bool = False
) -> Rendered:
    """Encode styles and contents, decode looks on top of the closed form, apply them.

    Args:
        generator: a `LookGenerator`.
        batch: the cases.
        z: (B, C) noise, or None.
        bfloat16: compute the generator in it; looks are applied in float32 all the same.
    """
    content = batch.content.float() / 255
    with _autocast(batch.content.device, bfloat16):
        codes = generator.encode_style(batch.style.float() / 255, batch.counts.tolist())
        residual = generator(content, codes[batch.owner], batch.evidence, batch.places, batch.gray, z).float()
    grid = _light(batch) + residual.grid
    return Rendered(apply_look(_small(batch), batch.start + residual.table, grid), residual)


def render_start(batch: BaseBatch) -> Tensor:
    """The contents under the closed forms alone: (B, 3, 64, 64)."""
    return apply_look(_small(batch), batch.start, _light(batch))


def lab_distance(found: Tensor, true: Tensor) -> Tensor:
    """How far colors are apart, in units of just visible differences (CIE94).

    Args:
        found, true: (B, 3, H, W) sRGB-encoded.

    Returns:
        (B,) the mean over each photo.
    """
    first, second = (srgb_to_lab(photos.movedim(1, -1)) for photos in (found, true))
    return color_distance(first, second).mean((1, 2))


def grid_roughness(grid: Tensor) -> Tensor:
    """Mean squared differences of neighboring cells, times the number of cells a side: a scalar."""
    down, across = grid[:, 1:] - grid[:, :-1], grid[:, :, 1:] - grid[:, :, :-1]
    return (down.square().mean() + across.square().mean()) * grid.shape[1] ** 2


def subject_loss(logits: Tensor, subject: Tensor) -> Tensor:
    """Cross entropy of the map of the person, (B, 1, 16, 16) each; photos of which nothing is known count nothing."""
    known = (subject.amax((1, 2, 3), keepdim=True) > 0).float()
    entropy = nn.functional.binary_cross_entropy_with_logits(logits, subject.to(logits.dtype) / 255, reduction="none")
    return (entropy * known).mean()


def _small(batch: BaseBatch) -> Tensor:
    """(B, 3, 64, 64): the contents at the places where the answer is known."""
    return batch.content[:, :, ::2, ::2].float() / 255


def _light(batch: BaseBatch) -> Tensor:
    """(B, 16, 16, 8, 3, 4): the light of the closed forms."""
    return torch.from_numpy(grid_of_stops(batch.stops.cpu().numpy())).to(batch.stops.device)


def _autocast(device: torch.device, bfloat16: bool) -> torch.autocast | nullcontext:
    return torch.autocast(device.type, torch.bfloat16) if bfloat16 else nullcontext()
