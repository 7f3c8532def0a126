"""The adversarial game for one photographer: a small change of the set network against a discriminator, in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import huber_loss
from torch.optim import Adam

from ...networks.features import FeatureExtractor
from ...networks.photo_discriminator import PhotoDiscriminator, seen_of
from ...networks.set_adapter import SetAdapter
from ...networks.token_layout import LAB
from ..losses.adversarial import discriminator_loss, generator_loss
from ..losses.perceptual import (
    GeneratorTerms,
    TermScales,
    content_loss,
    mean_gram,
    set_style_loss,
    shapes_of,
    total_loss,
    total_variation,
)
from ..losses.region_quantiles import group_shares, group_weights, quantiles, standard_error
from ..request import Asked, still_wanted
from ..trainer_kit import LazyR1, TrainerState, averaged_copy, warm_cosine, warm_up
from .alike_people import likeness
from .material import Contents, Material, pictures_of
from .settings import LearnSettings

_WARMUP = 8  # steps
_COLORS_CHOSEN = 32  # of each person, to choose people by
_COLORS_MATCHED = 12  # of each person, the same in all steps: what sampling adds Adam would make a random walk of
_COLORS_JUDGED = 48  # of a photo, that the discriminator sees
_TRUE_SPREAD = 1.5  # Lab: what is added to the standard error, since people at large are not the photographer's
_COLOR_SHARES = (0.3, 1.0)  # by which colors count in choosing people: at first, and as the look comes nearer
_PULL_UNIT = 10.0  # Lab squared, of which the pull is 1


@dataclass(frozen=True)
class Cast:
    """People chosen for their likeness.

    Attributes:
        index: (C,) which of all contents.
        weights: (C,) how much each counts, 1 on average.
        count: how many equal ones would be as good (Kish's effective size).
    """

    index: Tensor
    weights: Tensor
    count: float


@dataclass(frozen=True)
class Target:
    """The colors of finished photos, to be matched.

    Attributes:
        quantiles, error: (5, 16, 32), see `region_quantiles`.
        shares: (5,) of the groups.
        num_photos: that they are of.
    """

    quantiles: Tensor
    error: Tensor
    shares: Tensor
    num_photos: int

    @classmethod
    def of(cls, style: Tensor, seed: int) -> Target:
        """Measure finished photos, (P, M, 12)."""
        found = quantiles(style[..., LAB].flatten(0, 1), group_weights(style))
        error = standard_error(style, torch.Generator().manual_seed(seed))
        return cls(found, error, group_shares(style), len(style))

    def discrepancy(self, lab: Tensor, weights: Tensor, count: float) -> Tensor:
        """How far colors are from these, in squared units of what is chance; large differences count linearly.

        Args:
            lab: (T, 3) restyled colors.
            weights: (5, T) of the groups.
            count: of the people that they are of.
        """
        unit = (self.error.square() * (1 + self.num_photos / count) + _TRUE_SPREAD**2).sqrt()
        found = quantiles(lab, weights)
        apart = 2 * huber_loss(found / unit, self.quantiles / unit, reduction="none", delta=2.0)
        return (self.shares * apart.mean((1, 2))).sum()


class LookTuner:
    """Learns from some of a photographer's photos; knows nothing of files.

    Args:
        material: all that there is.
        photos: (P,) which finished photos to learn from.
        features: the network of the content and style losses.
        settings: how.
    """

    def __init__(self, material: Material, photos: Tensor, features: FeatureExtractor, settings: LearnSettings) -> None:
        self.material, self.settings, self.features = material, settings, features
        self.style = material.style[photos]
        self.target = Target.of(self.style, settings.seed)
        device = self.style.device
        mine = torch.isin(material.picture_photos, photos.cpu())
        mine = mine if bool(mine.any()) else torch.ones_like(mine)
        with torch.no_grad():
            self.target_gram = mean_gram(features.style(material.style_pictures[mine.to(device)].clamp(0, 1)))
        self.adapter = SetAdapter(material.network, rank=settings.rank, seed=settings.seed).to(device)
        self.adapter_ema = averaged_copy(self.adapter, settings.ema_decay)
        with torch.random.fork_rng(devices=()):  # the caller's own random numbers stay as they are
            torch.manual_seed(settings.seed)
            self.discriminator = PhotoDiscriminator().to(device)
        rate = settings.learning_rate
        self.optimizer = Adam(self.adapter.parameters(), rate, (0.9, 0.95))
        parameters = self.discriminator.parameters()
        self.discriminator_optimizer = Adam(parameters, rate * settings.discriminator_rate, (0.5, 0.95))
        self.r1 = LazyR1(settings.r1_gamma, settings.r1_every)
        self.state = self._state()
        self.scales: TermScales | None = None
        self.cast = self.choose(self.style, _COLOR_SHARES[0])
        self.matched = float("inf")

    @property
    def step(self) -> int:
        """Steps done."""
        return self.state.step

    @property
    def averaged(self) -> SetAdapter:
        """The change averaged over the last steps."""
        module = self.adapter_ema.module
        assert isinstance(module, SetAdapter)
        return module

    @property
    def is_near_enough(self) -> bool:
        """Whether what it has learnt is as near to its photos as chance lets it be."""
        return self.matched < self.settings.enough_below

    def train_step(self, ask: Asked = still_wanted) -> dict[str, float]:
        """Turns of the discriminator, then one of the generator; `ask` comes first and before the discriminator's.

        Returns:
            The terms of the losses, by name.
        """
        ask()
        settings = self.settings
        random = torch.Generator().manual_seed(settings.seed + 1_000_003 * (self.step + 1))
        if self.step % settings.choose_every == 0:
            round_ = min(self.step // settings.choose_every, len(_COLOR_SHARES) - 1)
            self.cast = self.choose(self.style, _COLOR_SHARES[round_])
        terms: dict[str, float] = {}
        for _ in range(settings.critic_steps if settings.weights.adversarial_weight else 0):
            ask()
            terms = self._learn_discriminator(random)
        terms |= self._learn_adapter(random)
        self.adapter_ema.update_parameters(self.adapter)
        self.state.advance()
        return terms

    @torch.no_grad()
    def restyled(self, contents: Contents, keep: float = 1.0) -> Tensor:
        """Contents under the averaged change, of which so much is kept: (C, M, 3) Lab."""
        return self.averaged.restyled(self.material.network, contents.context, contents.tokens, keep)

    @torch.no_grad()
    def choose(self, style: Tensor, color_share: float = 1.0, keep: float = 1.0) -> Cast:
        """Choose the contents that are most like the people of finished photos (P, M, 12), as restyled now."""
        contents = self.material.contents
        seen = contents.part(slice(_COLORS_CHOSEN))
        weights = likeness(style, seen.tokens, self.restyled(seen, keep), color_share)
        index = weights.argsort(descending=True)[: self.settings.num_people]
        chosen = weights[index] / weights[index].sum()
        return Cast(index, chosen * len(chosen), float(1 / chosen.square().sum()))

    def _learn_discriminator(self, random: torch.Generator) -> dict[str, float]:
        # Discriminator: the photographer's photos up, restyled ones down; no gradient reaches the adapter here.
        settings = self.settings
        real = self._some_colors(self.style[self._drawn(len(self.style), random)], random)
        with torch.no_grad():
            fake = self._drawn_and_restyled(random)
        colors, regions = seen_of(real)
        colors.requires_grad_(self.r1.is_due(self.step))
        logits = self.discriminator(colors, regions)
        loss = discriminator_loss(logits, self.discriminator(*fake), settings.form)
        terms = {"d_adversarial": float(loss.detach())}
        if colors.requires_grad:
            penalty = self.r1.penalty(logits, colors)
            terms["d_r1"] = float(penalty.detach())
            loss = loss + penalty
        self.discriminator_optimizer.zero_grad()
        loss.backward()
        self.discriminator_optimizer.step()
        return terms

    def _learn_adapter(self, random: torch.Generator) -> dict[str, float]:
        # Generator: restyled people up, their colors near to the photographer's, the person's shapes kept.
        settings = self.settings
        match, pull = self._match_terms()
        measured = self._published_terms(random)
        if self.scales is None:
            self.scales = TermScales.measured([measured])
        scaled = self.scales.scaled(measured)
        loss = total_loss(scaled, settings.weights) + settings.match_weight * match + settings.pull_weight * pull
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.adapter.parameters(), 10.0)
        self.optimizer.step()
        self.matched = float(match.detach())
        return {
            f"g_{name}": float(value.detach()) for name, value in {**vars(scaled), "match": match, "pull": pull}.items()
        }

    def _match_terms(self) -> tuple[Tensor, Tensor]:
        """How far restyled people are from the photos, and how far the look went from the set network's."""
        contents = self.material.contents.pick(self.cast.index).part(slice(_COLORS_MATCHED))
        network = self.material.network
        found = self.adapter.restyled(network, contents.context, contents.tokens)
        with torch.no_grad():
            before = self.adapter.restyled(network, contents.context, contents.tokens, 0.0)
        weights = group_weights(contents.tokens, self.cast.weights)
        match = self.target.discrepancy(found.flatten(0, 1), weights, self.cast.count)
        return match, (found - before).square().sum(-1).mean() / _PULL_UNIT

    def _published_terms(self, random: torch.Generator) -> GeneratorTerms:
        """The adversary's, and content, style and total variation of small pictures."""
        weights, nothing = self.settings.weights, torch.zeros((), device=self.style.device)
        adversarial = content = style = smoothness = nothing
        if weights.adversarial_weight:
            logits = self.discriminator(*self._drawn_and_restyled(random))
            adversarial = generator_loss(logits, self.settings.form)
        if weights.content_weight or weights.style_weight or weights.tv_weight:
            pictures = self.material.pictures
            pictures = pictures.pick(self._drawn(len(pictures), random))
            made = pictures_of(self.adapter.restyled(self.material.network, pictures.context, pictures.tokens))
            smoothness = total_variation(made, reduction="mean")
            if weights.content_weight or weights.style_weight:
                content, style = self._content_and_style(pictures, made)
        return GeneratorTerms(adversarial, content, style, smoothness)

    def _content_and_style(self, pictures: Contents, made: Tensor) -> tuple[Tensor, Tensor]:
        features = self.features
        seen, layer = features(made.clamp(0, 1)), features.plan.content_layer
        with torch.no_grad():
            untouched = shapes_of(features.content(pictures_of(pictures.tokens[..., LAB]).clamp(0, 1)))
        content = content_loss(untouched, shapes_of(seen[layer]), reduction="mean")
        return content, set_style_loss(self.target_gram, mean_gram(seen.only(features.plan.style_layers)))

    def _drawn_and_restyled(self, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Some people, drawn as they are like the photographer's, restyled, as the discriminator sees them."""
        place = torch.multinomial(self.cast.weights.cpu(), self.settings.batch_size, replacement=True, generator=random)
        contents = self.material.contents.pick(self.cast.index[place.to(self.cast.index.device)])
        tokens = self._some_colors(contents.tokens, random)
        found = self.adapter.restyled(self.material.network, contents.context, tokens)
        return seen_of(torch.cat([found, tokens[..., LAB.stop :]], -1))

    def _drawn(self, count: int, random: torch.Generator) -> Tensor:
        return torch.randperm(count, generator=random)[: self.settings.batch_size].to(self.style.device)

    def _some_colors(self, tokens: Tensor, random: torch.Generator) -> Tensor:
        """A sub-sample of each photo's colors, another in each step: photos must not be learnt by heart."""
        index = torch.randperm(tokens.shape[1], generator=random)[:_COLORS_JUDGED]
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
        """Everything that is needed to go on, by name."""
        return {
            **self.state.tensors(),
            "cast.index": self.cast.index,
            "cast.weights": self.cast.weights,
            "numbers": torch.tensor([self.cast.count, self.matched], dtype=torch.float64),
        }

    def restore(self, tensors: Mapping[str, Tensor], step: int, scales: TermScales | None) -> None:
        """Put back what `tensors` gave."""
        self.state.restore(tensors, step)
        count, self.matched = tensors["numbers"].tolist()
        device = self.style.device
        self.cast = Cast(tensors["cast.index"].to(device), tensors["cast.weights"].to(device), count)
        self.scales = scales
