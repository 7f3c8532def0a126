"""Pretraining steps of the pixel generator: losses to known answers, and adversarial losses of patches."""

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
    GeneratorLosses,
    LossNormalizer,
    LossWeights,
    content_loss,
    style_loss,
    total_loss,
    total_variation,
)
from ...learning.trainer_kit import LazyR1, TrainerState, averaged_copy, warm_cosine
from ...networks.discriminator import patch_discriminator
from ...networks.features import FeatureExtractor
from ...networks.pixel_generator import PixelGenerator
from .cases import PixelBatch
from .settings import PixelPretrainSettings

_WARMUP = 50  # steps


class PixelPretrainer:
    """The networks, their optimizers and the average; knows nothing of files and people.

    Args:
        settings: of training.
        features: frozen network of the content and style losses.
        generator: to start from; None for a new one.
        device: of torch, such as `cpu` or `cuda`.
    """

    def __init__(
        self,
        settings: PixelPretrainSettings,
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
        self.discriminator = patch_discriminator(conditional=True, widths=(32, 64, 96)).to(self.device)
        rate = settings.learning_rate * settings.discriminator_rate
        self.discriminator_optimizer = AdamW(self.discriminator.parameters(), rate, (0.0, 0.99), weight_decay=0.0)
        self.r1 = LazyR1(settings.r1_gamma, settings.r1_every)
        self.state = self._state()
        self.scales: LossNormalizer | None = None  # measured in the first step

    @property
    def step(self) -> int:
        """Steps done."""
        return self.state.step

    @property
    def averaged(self) -> PixelGenerator:
        """The generator with exponentially averaged weights, which is validated and kept."""
        module = self.generator_ema.module
        assert isinstance(module, PixelGenerator)
        return module

    def measure_styles(self, traits: Tensor, patches: Tensor) -> None:
        """Measure the standardization of the generator's encoders, before the first step."""
        for network in (self.generator, self.averaged):
            network.measure_styles(traits.to(self.device), patches.to(self.device))

    def train_step(self, batch: PixelBatch) -> dict[str, float]:
        """Train on one batch.

        Returns:
            The loss terms by name.
        """
        settings = self.settings
        torch.manual_seed(settings.seed + 1_000_003 * (self.step + 1))  # so that resuming needs no random state
        batch = on_device(batch, self.device)
        is_adversarial = settings.adversarial_weight > 0 and self.step >= settings.adversarial_from
        fake, reported = self._train_generator(batch, is_adversarial=is_adversarial)
        if is_adversarial:
            reported |= self._train_discriminator(batch, fake)
        self.generator_ema.update_parameters(self.generator)
        self.state.advance()
        return reported

    def _train_generator(self, batch: PixelBatch, *, is_adversarial: bool) -> tuple[Tensor, dict[str, float]]:
        settings = self.settings
        # Half of the sets use the code of the description, so that painting is trained before the encoder of patches
        # is; the encoder is trained to give the same code.
        seen = self.generator.encode_style(batch.patches, batch.counts)
        described = self.generator.design_style(batch.traits)
        codes = torch.where(torch.rand(len(seen), 1, device=self.device) < 0.5, seen, described)
        z = settings.noise * torch.randn_like(codes) * (torch.rand(len(codes), 1, device=self.device) < 0.5)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.half_precision):
            fake = paint_coded(self.generator, batch, codes + z).float()
            known = self.features(batch.answer)
            found = self.features(fake)
        adversarial = fake.new_zeros(())
        if is_adversarial:
            # Generator: fake up. The discriminator follows, on the same paintings, detached.
            adversarial = generator_loss(self.discriminator(fake, batch.content))
        layer_selection = self.features.layer_selection
        known, found = ({name: maps.float() for name, maps in part.items()} for part in (known, found))
        style = [{name: part[name] for name in layer_selection.style_layers} for part in (known, found)]
        terms = GeneratorLosses(
            adversarial,
            content_loss(known[layer_selection.content_layer], found[layer_selection.content_layer], reduction="mean"),
            style_loss(style[0], style[1], reduction="mean"),
            total_variation(fake, reduction="mean"),
        )
        if self.scales is None:
            self.scales = LossNormalizer.from_batch([_detached(terms)])
        terms = self.scales.scaled(terms)
        pixel = (fake - batch.answer).abs().mean()
        lab = lab_distance(fake, batch.answer).mean()
        reading = (seen - described.detach()).square().mean()
        loss = total_loss(terms, self._weights()) + settings.pixel_weight * pixel + settings.lab_weight * lab
        _descend(self.optimizer, self.generator, loss + settings.reading_weight * reading)
        named = {"g_pixel": pixel, "g_lab": lab, "g_reading": reading, "g_adversarial": terms.adversarial}
        named |= {"g_content": terms.content, "g_style": terms.style, "g_tv": terms.tv}
        return fake.detach(), {name: float(value.detach()) for name, value in named.items()}

    def _train_discriminator(self, batch: PixelBatch, fake: Tensor) -> dict[str, float]:
        # Discriminator, conditioned on the photo: real (the painter's) up, fake down.
        real = batch.answer.clone().requires_grad_(self.r1.is_due(self.step))
        logits = self.discriminator(real, batch.content)
        terms = {"d_adversarial": discriminator_loss(logits, self.discriminator(fake, batch.content))}
        if real.requires_grad:
            terms["d_r1"] = self.r1.penalty(logits, real)
        _descend(self.discriminator_optimizer, self.discriminator, torch.stack(list(terms.values())).sum())
        return {name: float(value.detach()) for name, value in terms.items()}

    def _groups(self) -> list[dict[str, Any]]:
        """Return the parameter groups: convolutions, and the layers from code to modulation, with a smaller rate."""
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
            {"generator": self.generator, "generator_ema": self.generator_ema, "critic": self.discriminator},
            {"optimizer": (self.optimizer, rate), "critic_optimizer": (self.discriminator_optimizer, rate)},
        )

    def tensors(self) -> dict[str, Tensor]:
        """Return the state of training apart from `scales`, by name."""
        return self.state.tensors()

    def restore(self, tensors: Mapping[str, Tensor], step: int, scales: Mapping[str, float]) -> None:
        """Load what `tensors` returned."""
        self.state.restore(tensors, step)
        self.scales = LossNormalizer.from_json(scales)


def paint_batch(generator: PixelGenerator, batch: PixelBatch) -> Tensor:
    """Paint the contents by the codes of the patches: (B, 3, S, S)."""
    return paint_coded(generator, batch, generator.encode_style(batch.patches, batch.counts))


def paint_described(generator: PixelGenerator, batch: PixelBatch) -> Tensor:
    """Paint the contents by the codes of the descriptions: (B, 3, S, S)."""
    return paint_coded(generator, batch, generator.design_style(batch.traits))


def paint_coded(generator: PixelGenerator, batch: PixelBatch, codes: Tensor) -> Tensor:
    """Paint the contents by the codes (sets, C) of their sets: (B, 3, S, S)."""
    codes = codes.repeat_interleave(batch.num_crops, 0)
    return generator(batch.content, batch.textures, codes, group_size=batch.num_crops)


def on_device(batch: PixelBatch, device: torch.device) -> PixelBatch:
    """Move a batch to a device."""
    return replace(
        batch,
        content=batch.content.to(device),
        textures=batch.textures.to(device),
        answer=batch.answer.to(device),
        patches=batch.patches.to(device),
        traits=batch.traits.to(device),
    )


def _detached(terms: GeneratorLosses) -> GeneratorLosses:
    return GeneratorLosses(*(value.detach() for value in vars(terms).values()))


def _descend(optimizer: torch.optim.Optimizer, network: nn.Module, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
