"""The adversarial game for one photographer: a small change of the generator against two discriminators, in turn."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..networks.discriminator import COLOR_SIZE, Discriminator, patch_critic
from ..networks.features import FeatureExtractor
from ..networks.generator import LookResidual
from ..networks.low_rank import LowRankDelta
from ..networks.style_encoder import coordinates
from ..styles.base_model import BaseModel
from .adversarial import discriminator_loss, generator_loss, r1_penalty
from .augmentation import draw_augmentation
from .checkpoint import optimizer_tensors, restore_optimizer, with_prefix, without_prefix
from .learn_material import Contents
from .learn_settings import LearnSettings
from .losses import (
    GeneratorTerms,
    TermScales,
    content_loss,
    mean_gram,
    set_style_loss,
    shapes_of,
    total_loss,
    total_variation,
)

_CRITIC_WIDTHS = (24, 48, 64)
_TABLE_STEP, _GRID_STEP = 0.05, 0.1  # changes of table and grid of which the pull is 1
_WARMUP = 10  # steps


class LookLearner:
    """Learns from one half of a photographer's photos; knows nothing of files.

    Args:
        base: the base model; it stays as it is.
        code: (C,) the style code.
        style: (P, 3, 64, 64) finished photos in [0, 1].
        contents: photos to restyle.
        features: the network of the content and style losses.
        settings: how.
    """

    def __init__(
        self,
        base: BaseModel,
        code: Tensor,
        style: Tensor,
        contents: Contents,
        features: FeatureExtractor,
        settings: LearnSettings,
    ) -> None:
        torch.manual_seed(settings.seed)
        self.base, self.code, self.style, self.contents = base, code, style, contents
        self.features, self.settings, self.step = features, settings, 0
        self.delta = LowRankDelta(base.generator, rank=settings.rank, seed=settings.seed).to(style.device)
        self.delta_ema = AveragedModel(self.delta, multi_avg_fn=get_ema_multi_avg_fn(settings.ema_decay))
        spectral = settings.use_spectral_norm
        # Photos come with their coordinates, so that light in places can be told.
        self.color_critic = Discriminator(num_channels=5, widths=_CRITIC_WIDTHS, use_spectral_norm=spectral)
        self.patch_layer = features.plan.style_layers[1]
        with torch.no_grad():
            grams = [mean_gram(features.style(part)) for part in style.split(settings.batch_size)]
            sizes = [len(part) / len(style) for part in style.split(settings.batch_size)]
            self.target_gram = {
                layer: torch.stack([size * gram[layer] for size, gram in zip(sizes, grams, strict=True)]).sum(0)
                for layer in grams[0]
            }
            num_features = features(style[:1], [self.patch_layer])[self.patch_layer].shape[1]
        self.patch_critic = patch_critic(num_features=num_features, widths=(48, 64), use_spectral_norm=spectral)
        self.critics = nn.ModuleList([self.color_critic, self.patch_critic]).to(style.device)
        self.optimizer = Adam(self.delta.parameters(), settings.learning_rate, (0.5, 0.99))
        self.critic_optimizer = Adam(
            self.critics.parameters(), settings.learning_rate * settings.discriminator_rate, (0.5, 0.99)
        )
        self.scales: TermScales | None = None

    @property
    def averaged(self) -> LowRankDelta:
        """The change averaged over the last steps."""
        module = self.delta_ema.module
        assert isinstance(module, LowRankDelta)
        return module

    def train_step(self) -> dict[str, float]:
        """One turn of the discriminators and one of the generator.

        Returns:
            The terms of the losses, by name.
        """
        random = torch.Generator().manual_seed(self.settings.seed + 1_000_003 * (self.step + 1))
        self._set_rates()
        contents = self.contents.pick(self._drawn(len(self.contents), random))
        real = self.style[self._drawn(len(self.style), random)]
        z = self.settings.noise * torch.randn(len(contents), len(self.code), generator=random)
        z = z * (torch.rand(len(z), 1, generator=random) < 0.5)
        residual = self._decoded(contents, z.to(real.device))
        fake = contents.restyled(residual).clamp(0, 1)
        terms = self._learn_critics(real, fake.detach(), random) if self._has_adversary else {}
        terms |= self._learn_delta(contents, residual, fake, random)
        self.delta_ema.update_parameters(self.delta)
        self.step += 1
        return terms

    @torch.no_grad()
    def restyled(self, contents: Contents, code: Tensor, keep: float = 1.0) -> Tensor:
        """Contents under the averaged change, of which so much is kept: (B, 3, 64, 64) in [0, 1]."""
        given = (contents.maps, code.expand(len(contents), -1), contents.evidence, contents.gray)
        base = self.base.generator.decode(*given)
        tuned = self.averaged.decode(self.base.generator, *given)
        mixed = LookResidual(base.table.lerp(tuned.table, keep), base.grid.lerp(tuned.grid, keep), subject=base.subject)
        return contents.restyled(mixed).clamp(0, 1)

    @property
    def _has_adversary(self) -> bool:
        return self.settings.weights.adversarial_weight > 0

    def _drawn(self, count: int, random: torch.Generator) -> Tensor:
        return torch.randperm(count, generator=random)[: self.settings.batch_size]

    def _decoded(self, contents: Contents, z: Tensor | None) -> LookResidual:
        code = self.code.expand(len(contents), -1)
        return self.delta.decode(self.base.generator, contents.maps, code, contents.evidence, contents.gray, z)

    def _learn_critics(self, real: Tensor, fake: Tensor, random: torch.Generator) -> dict[str, float]:
        # Discriminators: the photographer's photos up, restyled ones down.
        form = self.settings.form
        lazy = self.step % self.settings.r1_every == 0
        total, terms = torch.zeros((), device=real.device), {}
        for name, critic, seen, weight in self._views(real, random):
            photos = seen(real).requires_grad_(lazy)
            logits = critic(photos)
            loss = discriminator_loss(logits, critic(seen(fake)), form)
            terms[f"d_adversarial_{name}"] = float(loss.detach())
            if lazy:
                loss = loss + r1_penalty(logits, photos, gamma=self.settings.r1_gamma, interval=self.settings.r1_every)
            total = total + weight * loss
        self.critic_optimizer.zero_grad()
        total.backward()
        self.critic_optimizer.step()
        return terms

    def _views(self, photos: Tensor, random: torch.Generator) -> list[tuple]:
        """(name, critic, how it sees photos, weight); both see them changed alike, never in color."""
        change = draw_augmentation(len(photos), self.settings.augmentation, random)

        def small(batch: Tensor) -> Tensor:
            shown = nn.functional.interpolate(batch, (COLOR_SIZE, COLOR_SIZE), mode="area")
            # Its coordinates, in [0, 1] like colors, move along with what is in the photo.
            placed = torch.cat([shown, coordinates(shown) / 2 + 0.5], 1)
            return _changed(change, placed)

        def patches(batch: Tensor) -> Tensor:
            return self.features(_changed(change, batch), [self.patch_layer])[self.patch_layer]

        views = [("color", self.color_critic, small, 1.0)]
        if self.settings.patch_weight:
            views.append(("patch", self.patch_critic, patches, self.settings.patch_weight))
        return views

    def _learn_delta(
        self, contents: Contents, residual: LookResidual, fake: Tensor, random: torch.Generator
    ) -> dict[str, float]:
        # Generator: restyled photos up, near to the photographer's textures and colors, the person's shapes kept.
        adversarial = torch.zeros((), device=fake.device)
        if self._has_adversary:
            for _, critic, seen, weight in self._views(fake, random):
                adversarial = adversarial + weight * generator_loss(critic(seen(fake)), self.settings.form)
        measured = self._measured(contents, fake, adversarial)
        if self.scales is None:
            self.scales = TermScales.measured([measured])
        scaled = self.scales.scaled(measured)
        pull = self._pull(contents, residual)
        loss = total_loss(scaled, self.settings.weights) + self.settings.pull_weight * pull
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.delta.parameters(), 1.0)
        self.optimizer.step()
        found = {"adversarial": scaled.adversarial, "content": scaled.content, "style": scaled.style, "tv": scaled.tv}
        return {f"g_{name}": float(value.detach()) for name, value in {**found, "pull": pull}.items()}

    def _measured(self, contents: Contents, fake: Tensor, adversarial: Tensor) -> GeneratorTerms:
        nothing, weights = torch.zeros((), device=fake.device), self.settings.weights
        content = style = nothing
        if weights.content_weight or weights.style_weight:
            seen = self.features(fake)
            layer = self.features.plan.content_layer
            with torch.no_grad():
                untouched = shapes_of(self.features.content(contents.photos))
            content = content_loss(untouched, shapes_of(seen[layer]), reduction="mean")
            style = set_style_loss(self.target_gram, mean_gram(seen.only(self.features.plan.style_layers)))
        return GeneratorTerms(adversarial, content, style, total_variation(fake, reduction="mean"))

    def _pull(self, contents: Contents, residual: LookResidual) -> Tensor:
        """How far the look has gone from the base model's, in squared steps of table and grid."""
        with torch.no_grad():
            code = self.code.expand(len(contents), -1)
            base = self.base.generator.decode(contents.maps, code, contents.evidence, contents.gray)
        table = ((residual.table - base.table) / _TABLE_STEP).square().mean()
        return table + ((residual.grid - base.grid) / _GRID_STEP).square().mean()

    def _set_rates(self) -> None:
        part = min(1.0, self.step / self.settings.num_steps)
        rate = self.settings.learning_rate * min(1.0, (self.step + 1) / _WARMUP)
        falling = rate * (1 + math.cos(math.pi * part)) / 2
        self.optimizer.param_groups[0]["lr"] = falling
        self.critic_optimizer.param_groups[0]["lr"] = rate * self.settings.discriminator_rate

    def tensors(self) -> dict[str, Tensor]:
        """Everything that is needed to go on, by name."""
        return {
            **with_prefix("delta", self.delta.state_dict()),
            **with_prefix("delta_ema", self.delta_ema.state_dict()),
            **with_prefix("critics", self.critics.state_dict()),
            **with_prefix("optimizer", optimizer_tensors(self.optimizer)),
            **with_prefix("critic_optimizer", optimizer_tensors(self.critic_optimizer)),
        }

    def restore(self, tensors: Mapping[str, Tensor], step: int, scales: TermScales | None) -> None:
        """Put back what `tensors` gave."""
        self.delta.load_state_dict(without_prefix("delta", tensors))
        self.delta_ema.load_state_dict(without_prefix("delta_ema", tensors))
        self.critics.load_state_dict(without_prefix("critics", tensors))
        restore_optimizer(self.optimizer, without_prefix("optimizer", tensors))
        restore_optimizer(self.critic_optimizer, without_prefix("critic_optimizer", tensors))
        self.step, self.scales = step, scales


def _changed(change, photos: Tensor) -> Tensor:
    """Augment a batch that may be smaller than the change was drawn for."""
    if len(photos) == len(change.flips):
        return change(photos)
    kept = slice(0, len(photos))
    return type(change)(change.flips[kept], change.shifts[kept], change.holes[kept])(photos)
