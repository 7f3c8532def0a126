"""Fine-tuning of the pixel generator: a style code and a modulation delta, against a discriminator of patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.optim import Adam

from ...imaging.proxy import Proxy
from ...imaging.textures import Place, texture_maps
from ...networks.discriminator import patch_discriminator
from ...networks.features import FeatureExtractor
from ...styles.pixel_model import PixelModel
from ...texts import Text
from ..checkpoint import optimizer_tensors, restore_optimizer, with_prefix, without_prefix
from ..look.settings import LookTrainSettings
from ..losses.adversarial import discriminator_loss, generator_loss, r1_penalty
from ..losses.perceptual import (
    GeneratorLosses,
    LossNormalizer,
    LossWeights,
    content_loss,
    style_loss,
    total_loss,
    total_variation,
)
from ..stored_settings import StoredSettings


@dataclass(frozen=True)
class PixelTrainSettings(StoredSettings):
    """Settings of the training of a pixel style; stored in the style file.

    Attributes:
        num_steps: optimizer steps; 0 keeps the style code of the encoder.
        num_crops: crops of one content photo in a step, and as many of the style photos.
        crop_size: pixels a side, a multiple of 4.
        learning_rate: of code and delta at the start; it decays linearly to 0.
        adversarial_weight: of L_GAN; 0 trains without a discriminator.
        content_weight, style_weight, tv_weight: lambda 1 to 3; terms are about 1 at the start.
        pull_weight: of the mean squared change of code and delta.
        discriminator_rate: learning rate of the discriminator.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        validate_every: steps between two validations, which select what is kept.
        seed: the same seed and number of threads give the same style on the CPU.
    """

    num_steps: int = 200
    num_crops: int = 4
    crop_size: int = 128
    learning_rate: float = 1e-2
    adversarial_weight: float = 0.2
    content_weight: float = 0.3
    style_weight: float = 1.0
    tv_weight: float = 0.02
    pull_weight: float = 1.0
    discriminator_rate: float = 1e-3
    r1_gamma: float = 0.01
    r1_every: int = 8
    validate_every: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        if self.num_steps < 0:
            raise ValueError(Text("num_steps must be 0 or more, got {steps}", steps=self.num_steps))
        self.require_counts("num_crops", "r1_every", "validate_every")
        self.require_sizes("crop_size")

    @classmethod
    def from_look(cls, settings: LookTrainSettings, *, instant: bool = False) -> PixelTrainSettings:
        """Take steps, seed and loss weights from the settings of a look.

        The defaults of the two generators differ, so a weight that has the default of a look gets the default here.

        Args:
            settings: of a look.
            instant: whether to keep the style code of the encoder, without training.
        """
        usual = asdict(LossWeights())
        changed = {name: value for name, value in asdict(settings.weights).items() if value != usual[name]}
        return cls(num_steps=0 if instant else settings.num_steps, seed=settings.seed, **changed)


class PixelFineTuner:
    """Trains code and delta of a style, and a discriminator, in turn; the generator's weights are frozen.

    Args:
        model: the pixel generator.
        style: pictures of the style.
        content: photos to paint.
        settings: of this training.
        features: network of the content and style losses.
    """

    def __init__(
        self,
        model: PixelModel,
        style: Sequence[Proxy],
        content: Sequence[Proxy],
        settings: PixelTrainSettings,
        features: FeatureExtractor,
    ) -> None:
        torch.manual_seed(settings.seed)
        self.generator, self.settings, self.features = model.generator, settings, features
        self.style, self.content, self.step = style, content, 0
        self.start = torch.from_numpy(model.style_code(style))
        self.code = nn.Parameter(self.start.clone())
        self.delta = nn.Parameter(torch.zeros(self.generator.num_modulations))
        self.optimizer = Adam([self.code, self.delta], settings.learning_rate, (0.5, 0.99))
        self.discriminator = patch_discriminator(widths=(24, 48, 64))
        self.discriminator_optimizer = Adam(self.discriminator.parameters(), settings.discriminator_rate, (0.0, 0.99))
        self.scales: LossNormalizer | None = None  # measured in the first step

    def train_step(self) -> dict[str, float]:
        """Train code and delta for one step, then the discriminator.

        Returns:
            The loss terms by name.
        """
        settings = self.settings
        rng = np.random.default_rng([settings.seed, self.step])
        part = min(1.0, self.step / max(1, settings.num_steps))
        self.optimizer.param_groups[0]["lr"] = settings.learning_rate * (1 - part)
        real, _ = draw_crops(self.style, settings.num_crops, settings.crop_size, rng, spread=True)
        content, textures = draw_crops(self.content, settings.num_crops, settings.crop_size, rng)
        fake = self.paint(content, textures)
        reported = self._train_style(fake, content, real)
        if settings.adversarial_weight:
            reported |= self._train_discriminator(fake.detach(), real)
        self.step += 1
        return reported

    def paint(self, content: Tensor, textures: Tensor) -> Tensor:
        """Paint crops of one photo in the current style: (B, 3, S, S)."""
        code = self.code.expand(len(content), -1)
        return self.generator(content, textures, code, delta=self.delta, group_size=len(content))

    def tensors(self) -> dict[str, Tensor]:
        """Return the state of training, by name; random numbers depend on seed and step alone."""
        return {
            "code": self.code,
            "delta": self.delta,
            **with_prefix("critic", self.discriminator.state_dict()),
            **with_prefix("optimizer", optimizer_tensors(self.optimizer)),
            **with_prefix("critic_optimizer", optimizer_tensors(self.discriminator_optimizer)),
        }

    def restore(self, tensors: Mapping[str, Tensor], step: int, scales: LossNormalizer | None) -> None:
        """Load what `tensors` returned."""
        with torch.no_grad():
            self.code.copy_(tensors["code"])
            self.delta.copy_(tensors["delta"])
        self.discriminator.load_state_dict(without_prefix("critic", tensors))
        restore_optimizer(self.optimizer, without_prefix("optimizer", tensors))
        restore_optimizer(self.discriminator_optimizer, without_prefix("critic_optimizer", tensors))
        self.step, self.scales = step, scales

    def _train_style(self, fake: Tensor, content: Tensor, real: Tensor) -> dict[str, float]:
        settings, layer_selection = self.settings, self.features.layer_selection
        found = self.features(fake)
        with torch.no_grad():
            wanted, kept = self.features.style(real), self.features.content(content)
        terms = GeneratorLosses(
            generator_loss(self.discriminator(fake)) if settings.adversarial_weight else fake.new_zeros(()),
            content_loss(kept, found[layer_selection.content_layer], reduction="mean"),
            style_loss(
                _side_by_side(wanted), _side_by_side(found.only(layer_selection.style_layers)), reduction="mean"
            ),
            total_variation(fake, reduction="mean"),
        )
        if self.scales is None:
            self.scales = LossNormalizer.from_batch(
                [GeneratorLosses(*(value.detach() for value in vars(terms).values()))]
            )
        terms = self.scales.scaled(terms)
        weights = LossWeights(
            settings.adversarial_weight, settings.content_weight, settings.style_weight, settings.tv_weight
        )
        pull = (self.code - self.start).square().mean() + self.delta.square().mean()
        loss = total_loss(terms, weights) + settings.pull_weight * pull
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        named = {f"g_{name}": value for name, value in vars(terms).items()}
        return {name: float(value.detach()) for name, value in {**named, "g_pull": pull}.items()}

    def _train_discriminator(self, fake: Tensor, real: Tensor) -> dict[str, float]:
        # Discriminator: real (style pictures) up, fake down.
        real = real.clone().requires_grad_()
        logits = self.discriminator(real)
        terms = {"d_adversarial": discriminator_loss(logits, self.discriminator(fake))}
        if self.step % self.settings.r1_every == 0:
            gamma, interval = self.settings.r1_gamma, self.settings.r1_every
            terms["d_r1"] = r1_penalty(logits, real, gamma=gamma, interval=interval)
        self.discriminator_optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        self.discriminator_optimizer.step()
        return {name: float(value.detach()) for name, value in terms.items()}


def draw_crops(
    pictures: Sequence[Proxy], count: int, size: int, rng: np.random.Generator, *, spread: bool = False
) -> tuple[Tensor, Tensor]:
    """Draw square crops of one picture, or of several; smaller pictures are padded by reflection.

    Args:
        pictures: at least one.
        count: number of crops.
        size: pixels a side.
        rng: draws pictures and places.
        spread: whether each crop may be of another picture.

    Returns:
        (count, 3, size, size) in [0, 1], and the texture maps of their places.
    """
    chosen = rng.integers(len(pictures), size=count if spread else 1)
    crops, textures = [], []
    for index in np.broadcast_to(chosen, count):
        pixels = torch.from_numpy(np.ascontiguousarray(pictures[index].pixels, np.float32)).movedim(-1, 0)
        missing = [max(0, size - side) for side in pixels.shape[1:]]
        while any(missing):  # reflection can at most double a side, less one pixel
            added = [min(gap, side - 1) for gap, side in zip(missing, pixels.shape[1:], strict=True)]
            pixels = pad(pixels[None], (0, added[1], 0, added[0]), mode="reflect")[0]
            missing = [gap - part for gap, part in zip(missing, added, strict=True)]
        top, left = (int(rng.integers(side - size + 1)) for side in pixels.shape[1:])
        crops.append(pixels[:, top : top + size, left : left + size])
        textures.append(torch.from_numpy(texture_maps(Place(top, left, size, size))))
    return torch.stack(crops), torch.stack(textures)


def _side_by_side(features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Join the feature maps of a batch to one wide picture, so that Gram matrices are those of the whole set."""
    return {name: maps.movedim(0, 2).flatten(2, 3)[None] for name, maps in features.items()}
