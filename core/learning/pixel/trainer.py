"""Fine-tuning of the pixel generator: a style code and a modulation delta, against a discriminator of patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from ..losses.adversarial import discriminator_loss, generator_loss
from ..losses.perceptual import (
    GeneratorLosses,
    LossNormalizer,
    LossWeights,
    content_loss,
    style_loss,
    total_loss,
    total_variation,
)
from ..request import CancelCheck, never_cancelled
from ..trainer_kit import LazyR1, TrainerState, linear_decay
from .settings import PixelTrainSettings


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
        self.generator, self.settings, self.features = model.generator, settings, features
        self.style, self.content = style, content
        self.start = torch.from_numpy(model.style_code(style))
        delta = torch.zeros(self.generator.num_modulations)
        self.numbers = nn.ParameterDict({"code": self.start.clone(), "delta": delta})
        self.optimizer = Adam(self.numbers.parameters(), settings.learning_rate, (0.5, 0.99))
        with torch.random.fork_rng(devices=()):  # do not change the caller's random state
            torch.manual_seed(settings.seed)
            self.discriminator = patch_discriminator(widths=(24, 48, 64))
        self.discriminator_optimizer = Adam(self.discriminator.parameters(), settings.discriminator_rate, (0.0, 0.99))
        self.r1 = LazyR1(settings.r1_gamma, settings.r1_every)
        self.state = TrainerState(
            {"numbers": self.numbers, "critic": self.discriminator},
            {
                "optimizer": (self.optimizer, linear_decay(settings.num_steps)),
                "critic_optimizer": (self.discriminator_optimizer, None),
            },
        )
        self.normalizer: LossNormalizer | None = None  # measured in the first step

    @property
    def step(self) -> int:
        """Steps done."""
        return self.state.step

    @property
    def code(self) -> Tensor:
        """The style code."""
        return self.numbers["code"]

    @property
    def delta(self) -> Tensor:
        """The change of the generator's modulations."""
        return self.numbers["delta"]

    def train_step(self, check_cancelled: CancelCheck = never_cancelled) -> dict[str, float]:
        """Train code and delta for one step, then the discriminator; `check_cancelled` is called before each.

        Returns:
            The loss terms by name.
        """
        check_cancelled()
        settings = self.settings
        rng = np.random.default_rng([settings.seed, self.step])
        real, _ = draw_crops(self.style, settings.num_crops, settings.crop_size, rng, spread=True)
        content, textures = draw_crops(self.content, settings.num_crops, settings.crop_size, rng)
        fake = self.paint(content, textures)
        reported = self._train_style(fake, content, real)
        check_cancelled()
        if settings.adversarial_weight:
            reported |= self._train_discriminator(fake.detach(), real)
        self.state.advance()
        return reported

    def paint(self, content: Tensor, textures: Tensor) -> Tensor:
        """Paint crops of one photo in the current style: (B, 3, S, S)."""
        code = self.code.expand(len(content), -1)
        return self.generator(content, textures, code, delta=self.delta, group_size=len(content))

    def tensors(self) -> dict[str, Tensor]:
        """Return the state of training, by name; random numbers depend on seed and step alone."""
        return self.state.tensors()

    def restore(self, tensors: Mapping[str, Tensor], step: int, normalizer: LossNormalizer | None) -> None:
        """Load what `tensors` returned."""
        self.state.restore(tensors, step)
        self.normalizer = normalizer

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
        if self.normalizer is None:
            self.normalizer = LossNormalizer.from_batch(
                [GeneratorLosses(*(value.detach() for value in vars(terms).values()))]
            )
        terms = self.normalizer.scaled(terms)
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
        real = real.clone().requires_grad_(self.r1.is_due(self.step))
        logits = self.discriminator(real)
        terms = {"d_adversarial": discriminator_loss(logits, self.discriminator(fake))}
        if real.requires_grad:
            terms["d_r1"] = self.r1.penalty(logits, real)
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
