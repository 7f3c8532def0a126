"""Pretraining steps of the set network: losses to known answers, and adversarial losses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.optim import AdamW

from ...color.lab_tensors import cie94, lab_to_srgb, srgb_to_lab
from ...learning.losses.adversarial import discriminator_loss, generator_loss
from ...learning.losses.perceptual import content_loss, instance_normalized, mean_gram, set_style_loss, total_variation
from ...learning.trainer_kit import LazyR1, TrainerState, averaged_copy, warm_cosine
from ...networks.features import FeatureExtractor
from ...networks.light import apply_light, light_maps
from ...networks.set_discriminator import SetDiscriminator
from ...networks.set_network import NUM_VARIATIONS, Context, SetNetwork
from ...networks.set_statistics import normalized_lab, pair_statistics
from ...networks.token_layout import LAB, PLACE
from ...networks.transports import SetMoments
from ..process_group import ProcessGroup
from .cases import Batch
from .settings import PretrainSettings

_WARMUP = 200  # steps
_LAST_RATE = 0.02  # share of the peak rate at the end
_VARIED_QUERIES = 32
_CERTAIN_PHOTOS = 7  # from which a set determines its look; fewer are ambiguous
_RANK_SEED = 15_485_863  # a prime, so that processes do not share their noise


class LookPretrainer:
    """The networks, their optimizers and their averages; knows nothing of files and people.

    Args:
        settings: of training.
        prior: moments of people at large.
        device: of torch, such as `cpu` or `cuda`.
        process_group: the processes that train together; None for this one alone.
        features: network of the content and style losses; None without these.
    """

    def __init__(
        self,
        settings: PretrainSettings,
        prior: SetMoments,
        device: str = "cpu",
        process_group: ProcessGroup | None = None,
        features: FeatureExtractor | None = None,
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, torch.device(device)
        self.process_group = process_group or ProcessGroup(device)
        self.prior = SetMoments(*(part.to(self.device) for part in (prior.all, prior.regions, prior.histograms)))
        self.features = None if features is None else features.to(self.device)
        self.network = SetNetwork(dropout=settings.dropout).to(self.device)
        self.network_ema = averaged_copy(self.network, settings.ema_decay)
        self.discriminator = SetDiscriminator().to(self.device)
        rate, decay = settings.learning_rate, settings.weight_decay
        self.optimizer = AdamW(self.network.parameters(), rate, (0.9, 0.99), weight_decay=decay)
        parameters = self.discriminator.parameters()
        self.discriminator_optimizer = AdamW(
            parameters, rate * settings.discriminator_rate, (0.5, 0.99), weight_decay=0
        )
        self.r1 = LazyR1(settings.r1_gamma, settings.r1_every)
        self.state = self._state()

    @property
    def step(self) -> int:
        """Steps done."""
        return self.state.step

    @property
    def averaged(self) -> SetNetwork:
        """The network with exponentially averaged weights, which is validated and kept."""
        module = self.network_ema.module
        assert isinstance(module, SetNetwork)
        return module

    def start_from(self, network: Mapping[str, Tensor]) -> None:
        """Start from pretrained weights."""
        self.network.load_state_dict(dict(network))
        self.averaged.load_state_dict(dict(network))

    def train_step(self, batch: Batch, pictures: Batch | None = None) -> dict[str, float]:
        """Train on one batch.

        Args:
            batch: sets and contents.
            pictures: a batch of whole pictures, for the losses on small pictures; or None.

        Returns:
            The loss terms by name.
        """
        settings = self.settings
        self.network.train()
        context = self._context(self.network, batch)
        found = self.restyled(self.network, context, batch)
        distances = cie94(found, batch.answers).mean(-1)  # (B * C,)
        terms = {
            "distance": distances.mean(),
            "g_variation": settings.variation_weight * self._variation_loss(context, batch, distances.detach()),
            "g_error": settings.error_weight * self._error_loss(context, distances.detach()),
            "g_light": settings.light_weight * self.network.light(context).square().sum((1, 2)).mean(),
        }
        if settings.tameness_weight:
            weight = settings.tameness_weight * min(1.0, (batch.style.shape[1] - 1) / _CERTAIN_PHOTOS)
            terms["g_tameness"] = weight * tameness(batch.queries[..., LAB], found, batch.answers)
        fake = None
        if settings.adversarial_weight:
            z = self._noise(len(context.color))
            fake = normalized_lab(self.restyled(self.network, context, batch, z))
            # Generator: fake up.
            logits = self.discriminator(batch.queries, fake, context.style.detach())
            terms["g_adversarial"] = settings.adversarial_weight * generator_loss(logits)
        if pictures is not None:
            terms |= self._picture_terms(pictures)
        reported = self._descend(self.optimizer, self.network, terms, len(batch.style))
        if fake is not None:
            reported |= self._train_discriminator(batch, fake.detach(), context.style.detach())
        self.network_ema.update_parameters(self.network)
        self.state.advance()
        return reported

    def restyled(self, network: SetNetwork, context: Context, batch: Batch, z: Tensor | None = None) -> Tensor:
        """Restyle the queries, color table then light: (B * C, Q, 3) Lab."""
        transported_lab = network.transport_colors(context, batch.queries[..., LAB], z)
        maps = light_maps(batch.queries[..., PLACE], batch.person)  # (B * C, Q, 16)
        return srgb_to_lab(apply_light(lab_to_srgb(transported_lab).clamp(0, 1), maps @ network.light(context)))

    @torch.no_grad()
    def errors(self, network: SetNetwork, batch: Batch) -> Tensor:
        """Return (4, B * C): distances of look, closed-form transport and untouched photo; the expected distance."""
        network.eval()
        context = self._context(network, batch)
        colors = batch.queries[..., LAB]
        plain = torch.einsum("bij,bqj->bqi", context.maps[:, 1, :, :3], colors) + context.maps[:, 1, None, :, 3]
        found = [cie94(lab, batch.answers).mean(-1) for lab in (self.restyled(network, context, batch), plain, colors)]
        return torch.stack([*found, network.expected_error(context)])

    def _context(self, network: SetNetwork, batch: Batch) -> Context:
        statistics = pair_statistics(batch.style, batch.content, self.prior, batch.own)
        return network.context(batch.style, batch.content, statistics, batch.own)

    def _variation_loss(self, context: Context, batch: Batch, distances: Tensor) -> Tensor:
        """The distance of the best of 2 * 4 variations along the axes of z, and a bound on their mean distance."""
        axes = torch.eye(NUM_VARIATIONS, device=self.device)
        z = torch.cat([axes, -axes])[:, None].expand(-1, len(distances), -1)
        queries = batch.queries[:, :_VARIED_QUERIES]
        transported_lab = self.network.transport_colors(context, queries[..., LAB], z)  # (8, B, Q, 3)
        maps = light_maps(queries[..., PLACE], batch.person[:, :_VARIED_QUERIES])
        values = (maps @ self.network.light(context)).detach()
        found = srgb_to_lab(apply_light(lab_to_srgb(transported_lab).clamp(0, 1), values))
        apart = cie94(found, batch.answers[:, :_VARIED_QUERIES]).mean(-1)  # (8, B)
        bound = self.settings.variation_bound * distances.mean()
        return apart.min(0).values.mean() + 4 * (apart.mean() - bound).clamp(min=0)

    def _error_loss(self, context: Context, distances: Tensor) -> Tensor:
        seen = replace(context, color=context.color.detach())
        return (self.network.expected_error(seen) - distances).square().mean()

    def _picture_terms(self, pictures: Batch) -> dict[str, Tensor]:
        """The published losses on small pictures of contents (lattices of queries) and of style photos."""
        settings, features = self.settings, self.features
        assert features is not None
        found = self.restyled(self.network, self._context(self.network, pictures), pictures)
        results, contents = (_pictures(lab_to_srgb(lab)) for lab in (found, pictures.queries[..., LAB]))
        styles = _pictures(lab_to_srgb(pictures.style[..., LAB].flatten(0, 1)))
        with torch.no_grad():
            target = features.style(styles.clamp(0, 1))
            shapes = instance_normalized(features.content(contents.clamp(0, 1)))
        made, terms = features(results.clamp(0, 1)), {}
        content = content_loss(
            shapes, instance_normalized(made[features.layer_selection.content_layer]), reduction="mean"
        )
        terms["g_content"] = settings.content_weight * content
        generated = made.only(features.layer_selection.style_layers)
        sets, photos = pictures.style.shape[:2]
        losses = [
            set_style_loss(
                mean_gram({name: maps[i * photos : (i + 1) * photos] for name, maps in target.items()}),
                mean_gram({name: maps.unflatten(0, (sets, -1))[i] for name, maps in generated.items()}),
            )
            for i in range(sets)
        ]
        terms["g_style"] = settings.style_weight * torch.stack(losses).mean()
        terms["g_tv"] = settings.tv_weight * total_variation(results, reduction="mean")
        return terms

    def _train_discriminator(self, batch: Batch, fake: Tensor, style: Tensor) -> dict[str, float]:
        # Discriminator: real (true triples) up, fake down.
        real = normalized_lab(batch.answers).requires_grad_(self.r1.is_due(self.step))
        logits = self.discriminator(batch.queries, real, style)
        terms = {"d_adversarial": discriminator_loss(logits, self.discriminator(batch.queries, fake, style))}
        if real.requires_grad:
            terms["d_r1"] = self.r1.penalty(logits, real)
        return self._descend(self.discriminator_optimizer, self.discriminator, terms, len(batch.style))

    def _noise(self, count: int) -> Tensor:
        """Draw z of `count` looks; half are 0."""
        z = torch.randn(count, NUM_VARIATIONS, device=self.device) / NUM_VARIATIONS**0.5
        return z * (torch.rand(count, 1, device=self.device) < 0.5)

    def _descend(
        self, optimizer: torch.optim.Optimizer, network: nn.Module, terms: dict[str, Tensor], cases: int
    ) -> dict[str, float]:
        """Step along the mean gradient over the cases of all processes; return the mean terms."""
        optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        values = torch.stack([value.detach() for value in terms.values()])
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        self.process_group.average([*gradients, values], cases)
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        return dict(zip(terms, values.tolist(), strict=True))

    def _state(self) -> TrainerState:
        rate = warm_cosine(self.settings.num_steps, warm_up_steps=_WARMUP, last=_LAST_RATE)
        return TrainerState(
            {"network": self.network, "network_ema": self.network_ema, "discriminator": self.discriminator},
            {"optimizer": (self.optimizer, rate), "discriminator_optimizer": (self.discriminator_optimizer, rate)},
        )

    def seed_step(self) -> int:
        """Seed torch for this step, so that resuming needs no random state; return the seed."""
        seed = self.settings.seed + 1_000_003 * (self.step + 1) + _RANK_SEED * self.process_group.rank
        torch.manual_seed(seed)
        return seed

    def tensors(self) -> dict[str, Tensor]:
        """Return the state of training, by name."""
        return self.state.tensors()

    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Load what `tensors` returned."""
        self.state.restore(tensors, step)


def tameness(before: Tensor, found: Tensor, true: Tensor) -> Tensor:
    """Penalize a batch whose results move, or are colored, less or more in total than the answers.

    A network that only minimizes distances regresses to the mean where it is uncertain. This loss compares the sums of
    the changes, and of the chroma, with those of the answers.

    Args:
        before, found, true: (B, Q, 3) Lab.
    """
    moved = cie94(found, before).sum() / cie94(true, before).sum()
    colored = (found[..., 1:].square().sum(-1) + 1e-3).sqrt().sum() / (
        true[..., 1:].square().sum(-1) + 1e-3
    ).sqrt().sum()
    return moved.log().square() + colored.log().square()


def _pictures(colors: Tensor) -> Tensor:
    """(B, S * S, 3) in rows to (B, 3, S, S)."""
    side = math.isqrt(colors.shape[1])
    return colors.mT.unflatten(-1, (side, side))
