"""Fine-tuning of the set network for one photographer: a low-rank adapter against a discriminator.

A content is one untouched portrait, of the photographer's own or of people at large; to the network it is a set of
tokens, each the Lab color of a pixel with its place and its share of each region (`networks.token_layout`). The five
regions that colors are compared in are the whole photo, then its skin, hair, cloth and backdrop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import huber_loss
from torch.optim import Adam

from ...networks.features import FeatureExtractor
from ...networks.photo_discriminator import PhotoDiscriminator, discriminator_input
from ...networks.set_adapter import SetAdapter
from ...networks.token_layout import LAB
from ..losses.adversarial import discriminator_loss, generator_loss
from ..losses.perceptual import (
    GeneratorLosses,
    LossNormalizer,
    content_loss,
    instance_normalized,
    mean_gram,
    set_style_loss,
    total_loss,
    total_variation,
)
from ..losses.region_quantiles import distance_weights, quantiles, region_weights, standard_error
from ..request import CancelCheck, never_cancelled
from ..trainer_kit import LazyR1, TrainerState, averaged_copy, warm_cosine, warm_up
from .contents import Contents
from .material import Material, pictures_of
from .settings import LookTrainSettings
from .similar_people import similarity_weights

_WARMUP = 8  # steps
_SELECTION_COLORS = 32  # of each person, to select people by
_MATCH_COLORS = 12  # of each person, the same in all steps: Adam would turn sampling noise into a random walk
_DISCRIMINATOR_COLORS = 48  # of each photo that the discriminator sees
_POPULATION_SPREAD = 1.5  # Lab: added to the standard error, since people at large are not the photographer's
_COLOR_SHARES = (0.3, 1.0)  # weight of colors in the selection of people: at first, and from the second selection on
_PULL_UNIT = 10.0  # Lab squared: the mean squared change at which the pull term is 1


@dataclass(frozen=True)
class ContentSelection:
    """Contents selected for their similarity to the photographer's people.

    Attributes:
        index: (C,) indices of the contents.
        weights: (C,) with mean 1.
        effective_size: effective sample size of the weights (Kish 1965).
    """

    index: Tensor
    weights: Tensor
    effective_size: float


@dataclass(frozen=True)
class Target:
    """The color distribution of finished photos, which restyled people should match.

    Attributes:
        quantiles, error: (5, 16, 32) by region, direction and quantile, and their standard errors.
        shares: (5,) weights of the regions.
        num_photos: number of finished photos.
    """

    quantiles: Tensor
    error: Tensor
    shares: Tensor
    num_photos: int

    @classmethod
    def of(cls, style: Tensor, seed: int) -> Target:
        """Measure finished photos: tokens (P, M, 12)."""
        found = quantiles(style[..., LAB].flatten(0, 1), region_weights(style))
        error = standard_error(style, torch.Generator().manual_seed(seed))
        return cls(found, error, distance_weights(style), len(style))

    def discrepancy(self, lab: Tensor, weights: Tensor, effective_size: float) -> Tensor:
        """Return the distance of colors from the target in squared standard errors; large differences count linearly.

        Args:
            lab: (T, 3) restyled colors.
            weights: (5, T) of each color in each region.
            effective_size: effective number of people.
        """
        unit = (self.error.square() * (1 + self.num_photos / effective_size) + _POPULATION_SPREAD**2).sqrt()
        found = quantiles(lab, weights)
        difference = 2 * huber_loss(found / unit, self.quantiles / unit, reduction="none", delta=2.0)
        return (self.shares * difference.mean((1, 2))).sum()


class LookFineTuner:
    """Trains an adapter on some of a photographer's photos; knows nothing of files.

    Beside the adversarial and image losses, `match` draws restyled people to the colors of the finished photos, and
    `pull` holds them near the look of the set network.

    Args:
        material: the training data.
        photos: (P,) indices of the finished photos to train on.
        features: the network of the content and style losses.
        settings: the same for all folds.
    """

    def __init__(
        self, material: Material, photos: Tensor, features: FeatureExtractor, settings: LookTrainSettings
    ) -> None:
        self.material, self.settings, self.features = material, settings, features
        self.style_tokens = material.style[photos]
        self.target = Target.of(self.style_tokens, settings.seed)
        device = self.style_tokens.device
        is_of_fold = torch.isin(material.picture_photos, photos.cpu())
        is_of_fold = is_of_fold if bool(is_of_fold.any()) else torch.ones_like(is_of_fold)
        with torch.no_grad():
            self.target_gram = mean_gram(features.style(material.style_pictures[is_of_fold.to(device)].clamp(0, 1)))
        self.adapter = SetAdapter(material.network, rank=settings.rank, seed=settings.seed).to(device)
        self.adapter_ema = averaged_copy(self.adapter, settings.ema_decay)
        with torch.random.fork_rng(devices=()):  # do not change the caller's random state
            torch.manual_seed(settings.seed)
            self.discriminator = PhotoDiscriminator().to(device)
        rate = settings.learning_rate
        self.optimizer = Adam(self.adapter.parameters(), rate, (0.9, 0.95))
        parameters = self.discriminator.parameters()
        self.discriminator_optimizer = Adam(parameters, rate * settings.discriminator_rate, (0.5, 0.95))
        self.r1 = LazyR1(settings.r1_gamma, settings.r1_every)
        self.state = self._state()
        self.normalizer: LossNormalizer | None = None
        self.selection = self.select_contents(self.style_tokens, _COLOR_SHARES[0])
        self.last_discrepancy = float("inf")

    @property
    def step(self) -> int:
        """Steps done."""
        return self.state.step

    @property
    def averaged(self) -> SetAdapter:
        """The adapter with exponentially averaged weights."""
        module = self.adapter_ema.module
        assert isinstance(module, SetAdapter)
        return module

    @property
    def is_near_enough(self) -> bool:
        """Whether the look matches its photos as closely as sampling error allows."""
        return self.last_discrepancy < self.settings.enough_below

    def train_step(self, check_cancelled: CancelCheck = never_cancelled) -> dict[str, float]:
        """Train the discriminator for its steps, then the generator for one; `check_cancelled` is called before each.

        Returns:
            The loss terms by name.
        """
        check_cancelled()
        settings = self.settings
        random = torch.Generator().manual_seed(settings.seed + 1_000_003 * (self.step + 1))
        if self.step % settings.select_every == 0:
            selection_round = min(self.step // settings.select_every, len(_COLOR_SHARES) - 1)
            self.selection = self.select_contents(self.style_tokens, _COLOR_SHARES[selection_round])
        terms: dict[str, float] = {}
        for _ in range(settings.discriminator_steps if settings.weights.adversarial_weight else 0):
            check_cancelled()
            terms = self._train_discriminator(random)
        terms |= self._train_adapter(random)
        self.adapter_ema.update_parameters(self.adapter)
        self.state.advance()
        return terms

    @torch.no_grad()
    def restyled(self, contents: Contents, delta_weight: float = 1.0) -> Tensor:
        """Return contents restyled with the averaged adapter, scaled by `delta_weight`: (C, M, 3) Lab."""
        return self.averaged.restyled(self.material.network, contents.context, contents.tokens, delta_weight)

    @torch.no_grad()
    def select_contents(self, style: Tensor, color_share: float = 1.0, delta_weight: float = 1.0) -> ContentSelection:
        """Select the contents most similar, as restyled now, to the people of finished photos (P, M, 12)."""
        contents = self.material.contents
        seen = contents.part(slice(_SELECTION_COLORS))
        weights = similarity_weights(style, seen.tokens, self.restyled(seen, delta_weight), color_share)
        index = weights.argsort(descending=True)[: self.settings.num_people]
        chosen = weights[index] / weights[index].sum()
        return ContentSelection(index, chosen * len(chosen), float(1 / chosen.square().sum()))

    def _train_discriminator(self, random: torch.Generator) -> dict[str, float]:
        # Discriminator: real (finished photos) up, fake (restyled ones) down. No gradient reaches the adapter.
        settings = self.settings
        real = self._draw_colors(self.style_tokens[self._draw_index(len(self.style_tokens), random)], random)
        with torch.no_grad():
            fake = self._draw_restyled(random)
        colors, regions = discriminator_input(real)
        colors.requires_grad_(self.r1.is_due(self.step))
        logits = self.discriminator(colors, regions)
        loss = discriminator_loss(logits, self.discriminator(*fake), settings.gan_loss)
        terms = {"d_adversarial": float(loss.detach())}
        if colors.requires_grad:
            penalty = self.r1.penalty(logits, colors)
            terms["d_r1"] = float(penalty.detach())
            loss = loss + penalty
        self.discriminator_optimizer.zero_grad()
        loss.backward()
        self.discriminator_optimizer.step()
        return terms

    def _train_adapter(self, random: torch.Generator) -> dict[str, float]:
        # Generator: fake up, its color distribution toward the target, the content kept.
        settings = self.settings
        match, pull = self._match_terms()
        measured = self._adversarial_and_image_terms(random)
        if self.normalizer is None:
            self.normalizer = LossNormalizer.from_batch([measured])
        scaled = self.normalizer.scaled(measured)
        loss = total_loss(scaled, settings.weights) + settings.match_weight * match + settings.pull_weight * pull
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.adapter.parameters(), 10.0)
        self.optimizer.step()
        self.last_discrepancy = float(match.detach())
        terms = {**vars(scaled), "match": match, "pull": pull}
        return {f"g_{name}": float(value.detach()) for name, value in terms.items()}

    def _match_terms(self) -> tuple[Tensor, Tensor]:
        """The discrepancy of restyled people from the target, and the squared change from the set network's look."""
        contents = self.material.contents.pick(self.selection.index).part(slice(_MATCH_COLORS))
        network = self.material.network
        restyled = self.adapter.restyled(network, contents.context, contents.tokens)
        with torch.no_grad():
            before = self.adapter.restyled(network, contents.context, contents.tokens, 0.0)
        weights = region_weights(contents.tokens, self.selection.weights)
        match = self.target.discrepancy(restyled.flatten(0, 1), weights, self.selection.effective_size)
        return match, (restyled - before).square().sum(-1).mean() / _PULL_UNIT

    def _adversarial_and_image_terms(self, random: torch.Generator) -> GeneratorLosses:
        """The adversarial loss, and content, style and TV losses of small pictures."""
        weights, nothing = self.settings.weights, torch.zeros((), device=self.style_tokens.device)
        adversarial = content = style = tv = nothing
        if weights.adversarial_weight:
            logits = self.discriminator(*self._draw_restyled(random))
            adversarial = generator_loss(logits, self.settings.gan_loss)
        if weights.content_weight or weights.style_weight or weights.tv_weight:
            pictures = self.material.pictures
            pictures = pictures.pick(self._draw_index(len(pictures), random))
            restyled_pictures = pictures_of(
                self.adapter.restyled(self.material.network, pictures.context, pictures.tokens)
            )
            tv = total_variation(restyled_pictures, reduction="mean")
            if weights.content_weight or weights.style_weight:
                content, style = self._content_and_style(pictures, restyled_pictures)
        return GeneratorLosses(adversarial, content, style, tv)

    def _content_and_style(self, pictures: Contents, restyled_pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.features
        features_of_restyled, layer = features(restyled_pictures.clamp(0, 1)), features.layer_selection.content_layer
        with torch.no_grad():
            untouched = instance_normalized(features.content(pictures_of(pictures.tokens[..., LAB]).clamp(0, 1)))
        content = content_loss(untouched, instance_normalized(features_of_restyled[layer]), reduction="mean")
        gram = mean_gram(features_of_restyled.only(features.layer_selection.style_layers))
        return content, set_style_loss(self.target_gram, gram)

    def _draw_restyled(self, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw people by their selection weights and restyle them, as input of the discriminator."""
        selection, count = self.selection, self.settings.batch_size
        place = torch.multinomial(selection.weights.cpu(), count, replacement=True, generator=random)
        contents = self.material.contents.pick(selection.index[place.to(selection.index.device)])
        tokens = self._draw_colors(contents.tokens, random)
        restyled = self.adapter.restyled(self.material.network, contents.context, tokens)
        return discriminator_input(torch.cat([restyled, tokens[..., LAB.stop :]], -1))

    def _draw_index(self, count: int, random: torch.Generator) -> Tensor:
        return torch.randperm(count, generator=random)[: self.settings.batch_size].to(self.style_tokens.device)

    def _draw_colors(self, tokens: Tensor, random: torch.Generator) -> Tensor:
        """Draw some colors of each photo, others in each step, so that the discriminator cannot memorize photos."""
        index = torch.randperm(tokens.shape[1], generator=random)[:_DISCRIMINATOR_COLORS]
        return tokens[:, index.to(tokens.device)]

    def _state(self) -> TrainerState:
        falling = warm_cosine(self.settings.num_steps, warm_up_steps=_WARMUP)
        return TrainerState(
            {"adapter": self.adapter, "adapter_ema": self.adapter_ema, "discriminator": self.discriminator},
            {
                "optimizer": (self.optimizer, falling),
                "discriminator_optimizer": (self.discriminator_optimizer, warm_up(_WARMUP)),
            },
        )

    def tensors(self) -> dict[str, Tensor]:
        """Return the state of training, by name."""
        return {
            **self.state.tensors(),
            "cast.index": self.selection.index,  # the names of version 0.3: the cast is the selection
            "cast.weights": self.selection.weights,
            "numbers": torch.tensor([self.selection.effective_size, self.last_discrepancy], dtype=torch.float64),
        }

    def restore(self, tensors: Mapping[str, Tensor], step: int, normalizer: LossNormalizer | None) -> None:
        """Load what `tensors` returned."""
        self.state.restore(tensors, step)
        effective_size, self.last_discrepancy = tensors["numbers"].tolist()
        index, weights = (tensors[f"cast.{name}"].to(self.style_tokens.device) for name in ("index", "weights"))
        self.selection = ContentSelection(index, weights, effective_size)
        self.normalizer = normalizer
