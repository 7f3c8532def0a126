"""The adversarial game for one photographer: a small change of the generator against two discriminators, in turn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..networks.discriminator import Discriminator, PointCritic, patch_critic
from ..networks.features import FeatureExtractor
from ..networks.generator import LookResidual
from ..networks.low_rank import LowRankDelta
from ..networks.style_encoder import coordinates
from ..styles.base_model import BaseModel
from .adversarial import discriminator_loss, generator_loss, r1_penalty
from .asking import Asked, still_wanted
from .augmentation import draw_augmentation
from .checkpoint import optimizer_tensors, restore_optimizer, with_prefix, without_prefix
from .face_crops import face_crop
from .learn_material import Contents, Half
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

FACE_SIDE = 32  # pixels of a face that its critic sees
_PAIR_WIDTHS = (24, 48, 64)
_TABLE_STEP, _GRID_STEP = 0.05, 0.1  # changes of table and grid of which the pull is 1
_STEP = 0.05  # of colors, of which the self-pairs' loss is 1
_WARMUP = 10  # steps


@dataclass(frozen=True)
class Shown:
    """What discriminators are shown: finished photos, or restyled ones.

    Attributes:
        photos: (B, 3, 64, 64).
        boxes: (B, 4) around the faces.
        before: (B, 3, 64, 64) what they were made from: contents, or the self-pairs of finished photos.
    """

    photos: Tensor
    boxes: Tensor
    before: Tensor


View = Callable[[Shown], Tensor]


class LookLearner:
    """Learns from one half of a photographer's photos; knows nothing of files.

    Args:
        base: the base model; it stays as it is.
        half: the photos, on the device where to learn, as the base model is.
        features: the network of the content and style losses.
        settings: how.
    """

    def __init__(self, base: BaseModel, half: Half, features: FeatureExtractor, settings: LearnSettings) -> None:
        self.base, self.half, self.code, self.contents = base, half, half.code, half.contents
        style = half.style
        self.features, self.settings, self.step = features, settings, 0
        self.delta = LowRankDelta(base.generator, rank=settings.rank, seed=settings.seed).to(style.device)
        self.delta_ema = AveragedModel(self.delta, multi_avg_fn=get_ema_multi_avg_fn(settings.ema_decay))
        self.patch_layer = features.plan.style_layers[1]
        with torch.no_grad():
            grams = [mean_gram(features.style(part)) for part in style.split(settings.batch_size)]
            sizes = [len(part) / len(style) for part in style.split(settings.batch_size)]
            self.target_gram = {
                layer: torch.stack([size * gram[layer] for size, gram in zip(sizes, grams, strict=True)]).sum(0)
                for layer in grams[0]
            }
            num_features = features(style[:1], [self.patch_layer])[self.patch_layer].shape[1]
        with torch.random.fork_rng(devices=()):  # the caller's own random numbers stay as they are
            torch.manual_seed(settings.seed)
            spectral = settings.use_spectral_norm
            # Photos come with their coordinates, so that light in places can be told.
            self.color_critic = PointCritic(use_spectral_norm=spectral)
            self.patch_critic = patch_critic(num_features=num_features, widths=(48, 64), use_spectral_norm=spectral)
            self.face_critic = PointCritic(use_spectral_norm=spectral)
            # D(x, y): the content as three more channels.
            self.pair_critic = Discriminator(num_channels=6, widths=_PAIR_WIDTHS, use_spectral_norm=spectral)
        critics = [self.color_critic, self.face_critic, self.patch_critic, self.pair_critic]
        self.critics = nn.ModuleList(critics).to(style.device)
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

    def train_step(self, ask: Asked = still_wanted) -> dict[str, float]:
        """One turn of the discriminators and one of the generator; `ask` comes before each turn.

        Returns:
            The terms of the losses, by name.
        """
        random = torch.Generator().manual_seed(self.settings.seed + 1_000_003 * (self.step + 1))
        self._set_rates()
        terms: dict[str, float] = {}
        for _ in range(self._num_turns):
            ask()
            terms = self._learn_critics(random)
        terms |= self._learn_delta(random)
        self.delta_ema.update_parameters(self.delta)
        self.step += 1
        return terms

    @torch.no_grad()
    def restyled(self, contents: Contents, code: Tensor, keep: float = 1.0) -> Tensor:
        """Contents under the averaged change, of which so much is kept: (B, 3, 64, 64) in [0, 1]."""
        given = (contents.maps, code.expand(len(contents), -1), *contents.known)
        base = self.base.generator.decode(*given)
        tuned = self.averaged.decode(self.base.generator, *given)
        mixed = LookResidual(base.table.lerp(tuned.table, keep), base.grid.lerp(tuned.grid, keep), subject=base.subject)
        return contents.restyled(mixed).clamp(0, 1)

    def change(self, contents: Contents, code: Tensor) -> Tensor:
        """What the averaged change does to the looks of contents, in steps of table and grid, as one long vector."""
        given = (contents.maps, code.expand(len(contents), -1), *contents.known)
        base, tuned = self.base.generator.decode(*given), self.averaged.decode(self.base.generator, *given)
        parts = ((tuned.table - base.table) / _TABLE_STEP, (tuned.grid - base.grid) / _GRID_STEP)
        return torch.cat([part.flatten() / part[0].numel() ** 0.5 for part in parts])

    @property
    def _has_adversary(self) -> bool:
        return self.settings.weights.adversarial_weight > 0

    @property
    def _num_turns(self) -> int:
        """Of the discriminators in this step: they get ahead before the generator moves at all."""
        if not self._has_adversary:
            return 0
        return self.settings.critic_warmup if self.step == 0 else self.settings.critic_steps

    def _drawn(self, count: int, random: torch.Generator) -> Tensor:
        return torch.randperm(count, generator=random)[: self.settings.batch_size]

    def _decoded(self, contents: Contents, random: torch.Generator) -> LookResidual:
        """Looks for contents, for half of them with noise z."""
        z = self.settings.noise * torch.randn(len(contents), len(self.code), generator=random)
        z = z * (torch.rand(len(z), 1, generator=random) < 0.5)
        code = self.code.expand(len(contents), -1)
        return self.delta.decode(self.base.generator, contents.maps, code, *contents.known, z.to(code.device))

    def _learn_critics(self, random: torch.Generator) -> dict[str, float]:
        # Discriminators: the photographer's photos up, restyled ones down; no gradient reaches the generator here.
        contents = self.contents.pick(self._drawn(len(self.contents), random))
        picked = self._drawn(len(self.half.style), random)
        real = Shown(self.half.style[picked], self.half.boxes[picked], self.half.pairs.photos[picked])
        with torch.no_grad():
            restyled = contents.restyled(self._decoded(contents, random)).clamp(0, 1)
        fake = Shown(restyled, contents.boxes, contents.photos)
        form = self.settings.form
        lazy = self.step % self.settings.r1_every == 0
        total, terms = torch.zeros((), device=restyled.device), {}
        for name, critic, seen, weight in self._views(random):
            photos = seen(real).requires_grad_(lazy)
            logits = critic(photos)
            loss = discriminator_loss(logits, critic(seen(fake)), form)
            terms[f"d_adversarial_{name}"] = float(loss.detach())
            if lazy:
                # A photo's logit is the mean over its pixels or patches.
                per_photo = logits.flatten(1).mean(1)
                gamma, interval = self.settings.r1_gamma, self.settings.r1_every
                loss = loss + r1_penalty(per_photo, photos, gamma=gamma, interval=interval)
            total = total + weight * loss
        self.critic_optimizer.zero_grad()
        total.backward()
        self.critic_optimizer.step()
        return terms

    def _views(self, random: torch.Generator) -> list[tuple[str, nn.Module, View, float]]:
        """(name, critic, what it sees, weight); changed alike for all, never in color."""
        settings = self.settings
        change = draw_augmentation(settings.batch_size, settings.augmentation, random)

        def whole(shown: Shown) -> Tensor:
            return change.first(len(shown.photos))(_placed(shown.photos))

        def faces(shown: Shown) -> Tensor:
            return _placed(face_crop(shown.photos, shown.boxes, FACE_SIDE))

        def patches(shown: Shown) -> Tensor:
            changed = change.first(len(shown.photos))(shown.photos)
            return self.features(changed, [self.patch_layer])[self.patch_layer]

        def pairs(shown: Shown) -> Tensor:
            return change.first(len(shown.photos))(torch.cat([shown.photos, shown.before], 1))

        views: list[tuple[str, nn.Module, View, float]] = [
            ("color", self.color_critic, whole, 1.0),
            ("face", self.face_critic, faces, settings.face_weight),
            ("patch", self.patch_critic, patches, settings.patch_weight),
            ("pair", self.pair_critic, pairs, settings.conditional_weight),
        ]
        return [view for view in views if view[-1]]

    def _learn_delta(self, random: torch.Generator) -> dict[str, float]:
        # Generator: restyled photos up, near to the photographer's textures and colors, the person's shapes kept.
        contents = self.contents.pick(self._drawn(len(self.contents), random))
        residual = self._decoded(contents, random)
        fake = contents.restyled(residual).clamp(0, 1)
        adversarial = torch.zeros((), device=fake.device)
        if self._has_adversary:
            shown = Shown(fake, contents.boxes, contents.photos)
            for _, critic, seen, weight in self._views(random):
                adversarial = adversarial + weight * generator_loss(critic(seen(shown)), self.settings.form)
        measured = self._measured(contents, fake, adversarial)
        if self.scales is None:
            self.scales = TermScales.measured([measured])
        scaled = self.scales.scaled(measured)
        pull = self._pull(contents, residual)
        loss = total_loss(scaled, self.settings.weights) + self.settings.pull_weight * pull
        if self.settings.pair_weight:
            loss = loss + self.settings.pair_weight * self._pair_loss(random)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.delta.parameters(), 1.0)
        self.optimizer.step()
        found = {**vars(scaled), "pull": pull}
        return {f"g_{name}": float(value.detach()) for name, value in found.items()}

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

    def _pair_loss(self, random: torch.Generator) -> Tensor:
        """Self-pairs, whose right answer is known: the photographer's own photos, pushed toward neutral, restyled."""
        picked = self._drawn(len(self.half.style), random)
        pairs = self.half.pairs.pick(picked)
        return (pairs.restyled(self._decoded(pairs, random)).clamp(0, 1) - self.half.style[picked]).abs().mean() / _STEP

    def _pull(self, contents: Contents, residual: LookResidual) -> Tensor:
        """How far the look has gone from the base model's, in squared steps of table and grid."""
        with torch.no_grad():
            code = self.code.expand(len(contents), -1)
            base = self.base.generator.decode(contents.maps, code, *contents.known)
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


def _placed(photos: Tensor) -> Tensor:
    """(B, 5, H, W): photos with their coordinates, in [0, 1] like colors; both move along when photos are shifted."""
    return torch.cat([photos, coordinates(photos) / 2 + 0.5], 1)
