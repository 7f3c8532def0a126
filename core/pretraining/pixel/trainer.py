"""One step of pretraining: the pixel generator toward the painters' answers, and against a critic of patches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW

from ...color.lab_tensors import lab_distance
from ...learning.losses.adversarial import discriminator_loss, generator_loss
from ...learning.losses.perceptual import (
    GeneratorTerms,
    LossWeights,
    TermScales,
    content_loss,
    style_loss,
    total_loss,
    total_variation,
)
from ...learning.trainer_kit import LazyR1, TrainerState, averaged_copy, warm_cosine
from ...networks.discriminator import patch_critic
from ...networks.features import FeatureExtractor
from ...networks.pixel_generator import PixelGenerator
from .cases import PixelBatch
from .settings import PixelSettings

_WARMUP = 50  # steps


class PixelTrainer:
    """The networks, their optimizers and the average; knows nothing of files and people.

    Args:
        settings: how.
        features: the frozen network of the content and style losses.
        generator: to begin with; None for a new one.
        device: where.
    """

    def __init__(
        self,
        settings: PixelSettings,
        features: FeatureExtractor,
        generator: PixelGenerator | None = None,
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, torch.device(device)
        self.features = features.to(self.device)
        self.generator = (generator or PixelGenerator()).to(self.device)
        self.generator_ema = averaged_copy(self.generator, settings.ema_decay)
        self.optimizer = AdamW(self._groups(), settings.learning_rate, (0.9, 0.99), weight_decay=1e-3)
        self.critic = patch_critic(conditional=True, widths=(32, 64, 96)).to(self.device)
        rate = settings.learning_rate * settings.discriminator_rate
        self.critic_optimizer = AdamW(self.critic.parameters(), rate, (0.0, 0.99), weight_decay=0.0)
        self.r1 = LazyR1(settings.r1_gamma, settings.r1_every)
        self.state = self._state()
        self.scales: TermScales | None = None  # measured in the first step

    @property
    def step(self) -> int:
        """Steps done."""
        return self.state.step

    @property
    def averaged(self) -> PixelGenerator:
        """The generator whose weights are averaged over the last steps: the one that is judged and kept."""
        module = self.generator_ema.module
        assert isinstance(module, PixelGenerator)
        return module

    def measure_styles(self, traits: Tensor, patches: Tensor) -> None:
        """Show the generator, before its first step, what is usual of painters and their paintings."""
        for network in (self.generator, self.averaged):
            network.measure_styles(traits.to(self.device), patches.to(self.device))

    def train_step(self, batch: PixelBatch) -> dict[str, float]:
        """Learn from one batch.

        Returns:
            The terms of the losses, by name.
        """
        settings = self.settings
        torch.manual_seed(settings.seed + 1_000_003 * (self.step + 1))  # resuming needs no other random state
        batch = on_device(batch, self.device)
        plays = settings.adversarial_weight > 0 and self.step >= settings.adversarial_from
        fake, reported = self._learn_generator(batch, plays=plays)
        if plays:
            reported |= self._learn_critic(batch, fake)
        self.generator_ema.update_parameters(self.generator)
        self.state.advance()
        return reported

    def _learn_generator(self, batch: PixelBatch, *, plays: bool) -> tuple[Tensor, dict[str, float]]:
        settings = self.settings
        # Half of the sets are described rather than shown, so that painting need not wait for reading; and what is read
        # off patches is to be what a description says.
        seen = self.generator.encode_style(batch.patches, batch.counts)
        told = self.generator.design_style(batch.traits)
        codes = torch.where(torch.rand(len(seen), 1, device=self.device) < 0.5, seen, told)
        z = settings.noise * torch.randn_like(codes) * (torch.rand(len(codes), 1, device=self.device) < 0.5)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.half_precision):
            fake = paint_coded(self.generator, batch, codes + z).float()
            known = self.features(batch.answer)
            found = self.features(fake)
        adversarial = fake.new_zeros(())
        if plays:
            # Generator: fake up. The critic's own turn comes after, on the same paintings, detached.
            adversarial = generator_loss(self.critic(fake, batch.content))
        plan = self.features.plan
        known, found = ({name: maps.float() for name, maps in part.items()} for part in (known, found))
        style = [{name: part[name] for name in plan.style_layers} for part in (known, found)]
        terms = GeneratorTerms(
            adversarial,
            content_loss(known[plan.content_layer], found[plan.content_layer], reduction="mean"),
            style_loss(style[0], style[1], reduction="mean"),
            total_variation(fake, reduction="mean"),
        )
        if self.scales is None:
            self.scales = TermScales.measured([_detached(terms)])
        terms = self.scales.scaled(terms)
        pixel = (fake - batch.answer).abs().mean()
        lab = lab_distance(fake, batch.answer).mean()
        reading = (seen - told.detach()).square().mean()
        loss = total_loss(terms, self._weights()) + settings.pixel_weight * pixel + settings.lab_weight * lab
        _descend(self.optimizer, self.generator, loss + settings.reading_weight * reading)
        named = {"g_pixel": pixel, "g_lab": lab, "g_reading": reading, "g_adversarial": terms.adversarial}
        named |= {"g_content": terms.content, "g_style": terms.style, "g_tv": terms.tv}
        return fake.detach(), {name: float(value.detach()) for name, value in named.items()}

    def _learn_critic(self, batch: PixelBatch, fake: Tensor) -> dict[str, float]:
        # Critic: the painter's own up, the network's down; the photo is known to both.
        real = batch.answer.clone().requires_grad_(self.r1.is_due(self.step))
        logits = self.critic(real, batch.content)
        terms = {"d_adversarial": discriminator_loss(logits, self.critic(fake, batch.content))}
        if real.requires_grad:
            terms["d_r1"] = self.r1.penalty(logits, real)
        _descend(self.critic_optimizer, self.critic, torch.stack(list(terms.values())).sum())
        return {name: float(value.detach()) for name, value in terms.items()}

    def _groups(self) -> list[dict[str, Any]]:
        """Convolutions, and what turns codes into modulations: many numbers act at once there, so it goes slower."""
        slow = [*self.generator.modulating.parameters(), *self.generator.design.parameters()]
        chosen = {id(parameter) for parameter in slow}
        others = [parameter for parameter in self.generator.parameters() if id(parameter) not in chosen]
        rate = self.settings.learning_rate
        return [{"params": others, "lr": rate}, {"params": slow, "lr": rate * self.settings.modulation_rate}]

    def _weights(self) -> LossWeights:
        settings = self.settings
        return LossWeights(
            settings.adversarial_weight, settings.content_weight, settings.style_weight, settings.tv_weight
        )

    def _state(self) -> TrainerState:
        rate = warm_cosine(self.settings.num_steps, warm_up_steps=_WARMUP)
        return TrainerState(
            {"generator": self.generator, "generator_ema": self.generator_ema, "critic": self.critic},
            {"optimizer": (self.optimizer, rate), "critic_optimizer": (self.critic_optimizer, rate)},
        )

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor that is needed to go on, by name; `scales` is beside them."""
        return self.state.tensors()

    def restore(self, tensors: Mapping[str, Tensor], step: int, scales: Mapping[str, float]) -> None:
        """Put back what `tensors` gave."""
        self.state.restore(tensors, step)
        self.scales = TermScales.from_json(scales)


def paint_batch(generator: PixelGenerator, batch: PixelBatch) -> Tensor:
    """Encode the patches, paint the contents: (B, 3, S, S)."""
    return paint_coded(generator, batch, generator.encode_style(batch.patches, batch.counts))


def paint_described(generator: PixelGenerator, batch: PixelBatch) -> Tensor:
    """Paint the contents as the painters are described: (B, 3, S, S)."""
    return paint_coded(generator, batch, generator.design_style(batch.traits))


def paint_coded(generator: PixelGenerator, batch: PixelBatch, codes: Tensor) -> Tensor:
    """Paint the contents by the codes (sets, C) of their sets: (B, 3, S, S)."""
    codes = codes.repeat_interleave(batch.num_crops, 0)
    return generator(batch.content, batch.textures, codes, group_size=batch.num_crops)


def on_device(batch: PixelBatch, device: torch.device) -> PixelBatch:
    """The batch with its tensors there."""
    return replace(
        batch,
        content=batch.content.to(device),
        textures=batch.textures.to(device),
        answer=batch.answer.to(device),
        patches=batch.patches.to(device),
        traits=batch.traits.to(device),
    )


def _detached(terms: GeneratorTerms) -> GeneratorTerms:
    return GeneratorTerms(*(value.detach() for value in vars(terms).values()))


def _descend(optimizer: torch.optim.Optimizer, network: nn.Module, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
