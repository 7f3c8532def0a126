"""Pretraining of the ground network on top of a trained set network, which stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import AdamW

from ...color.lab_tensors import cie94, lab_to_srgb, srgb_to_lab
from ...learning.stored_settings import StoredSettings
from ...learning.trainer_kit import TrainerState, averaged_copy, warm_cosine
from ...networks.ground_network import GroundNetwork, RegionStatistics, region_statistics, tokens_alone, with_base
from ...networks.light import apply_light, light_maps
from ...networks.set_network import Context, SetNetwork, apply_tint
from ...networks.set_statistics import pair_statistics
from ...networks.token_layout import LAB, PLACE, REGIONS
from ...networks.transports import SetMoments
from .cases import Batch
from .trainer import tameness

_WARMUP = 200  # steps
_LAST_RATE = 0.02  # share of the peak rate at the end
_CERTAIN_PHOTOS = 7  # from which a set determines its look; fewer are ambiguous


@dataclass(frozen=True)
class GroundSettings(StoredSettings):
    """Settings of the pretraining of the ground network; stored in checkpoints.

    Attributes:
        num_steps: optimizer steps; the learning rate decays to 1/50 at the last.
        num_sets, num_contents: style sets of a batch, and contents of each.
        film_share: share of looks that are films or mixtures of films.
        apart: share of sets that treat subject and ground apart.
        expected_apart: the same in the world, for the gate.
        learning_rate: peak rate.
        weight_decay: of the optimizer.
        dropout: of the context.
        ema_decay: of the averaged network, which is validated and kept.
        gate_weight: of the loss of the gate.
        tameness_weight: of `trainer.tameness`.
        save_every, score_every: steps between checkpoints, and between validations.
        seed: the same seed gives the same weights on the CPU.
    """

    num_steps: int = 10_000
    num_sets: int = 16
    num_contents: int = 2
    film_share: float = 0.6
    apart: float = 0.65
    expected_apart: float = 0.3
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.1
    ema_decay: float = 0.998
    gate_weight: float = 1.0
    tameness_weight: float = 10.0
    save_every: int = 500
    score_every: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        self.require_counts("num_steps", "num_sets", "num_contents", "save_every", "score_every")
        if not (0 <= self.film_share <= 1 and 0 <= self.apart <= 1):
            raise ValueError(f"film_share and apart must be in [0, 1], got {self.film_share} and {self.apart}")


@dataclass(frozen=True)
class Restyled:
    """Results for a batch.

    Attributes:
        base: (B, Q, 3) Lab in the look of the set network.
        apart: (B, Q, 3) with tables of subject and ground.
        gated: (B, Q, 3) of both, as applying a style mixes them.
        gate: (B,) logits.
    """

    base: Tensor
    apart: Tensor
    gated: Tensor
    gate: Tensor


def gate_share(logits: Tensor) -> Tensor:
    """The share of the tables by region in the result: 0 where they are not expected to be nearer, 1 where surely."""
    return (4 * (logits.sigmoid() - 0.5)).clamp(0, 1)


class GroundPretrainer:
    """The ground network, its optimizer and its average.

    Args:
        settings: of training.
        base: the trained set network.
        prior: moments of people at large.
        alone: the same of their subject alone, and of their ground.
        device: of torch, such as `cpu` or `cuda`.
    """

    def __init__(
        self,
        settings: GroundSettings,
        base: SetNetwork,
        prior: SetMoments,
        alone: Sequence[SetMoments],
        device: str = "cpu",
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, torch.device(device)
        self.base = base.to(self.device).eval().requires_grad_(False)
        self.prior, *self.alone = (
            SetMoments(*(part.to(self.device) for part in (moments.all, moments.regions, moments.histograms)))
            for moments in (prior, *alone)
        )
        self.network = GroundNetwork(dropout=settings.dropout).to(self.device)
        self.network_ema = averaged_copy(self.network, settings.ema_decay)
        self.optimizer = AdamW(
            self.network.parameters(), settings.learning_rate, (0.9, 0.99), weight_decay=settings.weight_decay
        )
        rate = warm_cosine(settings.num_steps, warm_up_steps=_WARMUP, last=_LAST_RATE)
        networks = {"network": self.network, "network_ema": self.network_ema}
        self.state = TrainerState(networks, {"optimizer": (self.optimizer, rate)})

    @property
    def step(self) -> int:
        """Steps done."""
        return self.state.step

    @property
    def averaged(self) -> GroundNetwork:
        """The network with exponentially averaged weights, which is validated and kept."""
        module = self.network_ema.module
        assert isinstance(module, GroundNetwork)
        return module

    def begin_with(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the weights of a trained network, as its file has them."""
        for network in (self.network, self.averaged):
            network.load_state_dict({name: torch.from_numpy(arrays[name]).float() for name in network.state_dict()})

    def train_step(self, batch: Batch) -> dict[str, float]:
        """Train on one batch; return the loss terms by name."""
        self.network.train()
        found = self.restyled(self.network, batch)
        distances, base = (cie94(lab, batch.answers).mean(-1) for lab in (found.apart, found.base))  # (B,)
        gain = (base - distances).detach()
        gate = binary_cross_entropy_with_logits(
            found.gate, (gain > 0).float(), gain.abs().clamp(max=4) * self._odds(batch)
        )
        certain = min(1.0, (batch.style.shape[1] - 1) / _CERTAIN_PHOTOS)
        tame = tameness(batch.queries[..., LAB], found.apart, batch.answers)
        terms = {
            "distance": distances.mean(),
            "gate": self.settings.gate_weight * gate,
            "tameness": self.settings.tameness_weight * certain * tame,
        }
        self.optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.network_ema.update_parameters(self.network)
        self.state.advance()
        return {name: float(value.detach()) for name, value in terms.items()} | {"base": float(base.mean())}

    def _odds(self, batch: Batch) -> Tensor:
        """(B,): weights that make sets apart as frequent as `expected_apart` in the loss of the gate."""
        settings = self.settings
        apart = settings.expected_apart / settings.apart
        plain = (1 - settings.expected_apart) / max(1 - settings.apart, 1e-6)
        return torch.where(batch.is_apart, apart, plain)

    def restyled(self, network: GroundNetwork, batch: Batch) -> Restyled:
        """Restyle the queries: color tables by region, then light."""
        queries = batch.queries[..., LAB]
        base, statistics, mapped, alone = self.mapped(batch, queries)
        context = network.context(base, statistics, batch.style, batch.content, batch.own)
        gate = network.gate_logits(context)
        colors = network.colors(context, statistics, queries, mapped, alone)
        parts = [lab_to_srgb(apply_tint(lab, base.is_monochrome, base.tint)).clamp(0, 1) for lab in colors.unbind(2)]
        plain, weight = lab_to_srgb(mapped).clamp(0, 1), batch.queries[..., REGIONS][..., :1]
        apart = parts[1] + weight * (parts[0] - parts[1])
        share = (gate_share(gate) * statistics.known)[:, None, None]
        values = light_maps(batch.queries[..., PLACE], batch.person) @ self.base.light(base)
        gated = plain + share * (apart - plain)
        base_lab, apart_lab, gated_lab = (srgb_to_lab(apply_light(rgb, values)) for rgb in (plain, apart, gated))
        return Restyled(base_lab, apart_lab, gated_lab, gate)

    @torch.no_grad()
    def mapped(self, batch: Batch, queries: Tensor) -> tuple[Context, RegionStatistics, Tensor, Tensor]:
        """Return what the set network says of a batch.

        Args:
            batch: sets and contents.
            queries: (B * C, Q, 3) Lab.

        Returns:
            Its context, the statistics by region, the colors in its look (B * C, Q, 3), and in the looks of the subject
            alone and of the ground (B * C, Q, 2, 3).
        """
        by_region, means, style = region_statistics(batch.style, batch.content, self.prior, batch.own)
        count, colors = queries.shape[1], torch.cat([queries, means], 1)
        base, mapped = self._mapped(batch.style, batch.content, self.prior, batch.own, colors)
        alone = self._mapped_alone(batch, colors)
        statistics = with_base(by_region, mapped[:, count:], alone[:, count:], style)
        return base, statistics, mapped[:, :count], alone[:, :count]

    def _mapped_alone(self, batch: Batch, colors: Tensor) -> Tensor:
        """(B * C, Q, 2, 3) Lab of colors (B * C, Q, 3) in the looks of the subject alone and of the ground."""
        found = []
        for part, prior in enumerate(self.alone):
            style, content = tokens_alone(batch.style, part), tokens_alone(batch.content, part)
            own = None if batch.own is None else tokens_alone(batch.own, part)
            found.append(self._mapped(style, content, prior, own, colors)[1])
        return torch.stack(found, 2)

    def _mapped(
        self, style: Tensor, content: Tensor, prior: SetMoments, own: Tensor | None, colors: Tensor
    ) -> tuple[Context, Tensor]:
        """Return a context of the set network, and colors (B * C, Q, 3) Lab in its look."""
        context = self.base.context(style, content, pair_statistics(style, content, prior, own), own)
        mapped = self.base.transport_colors(context, colors)
        return context, apply_tint(mapped, context.is_monochrome, context.tint)

    @torch.no_grad()
    def errors(self, network: GroundNetwork, batch: Batch) -> Tensor:
        """Return (4, B): distances of the base look, by region, gated; and whether the gate is open."""
        network.eval()
        found = self.restyled(network, batch)
        distances = [cie94(lab, batch.answers).mean(-1) for lab in (found.base, found.apart, found.gated)]
        return torch.stack([*distances, (found.gate > 0).float()])

    def seed_step(self) -> int:
        """Seed torch for this step, so that resuming needs no random state; return the seed."""
        seed = self.settings.seed + 1_000_003 * (self.step + 1)
        torch.manual_seed(seed)
        return seed

    def tensors(self) -> dict[str, Tensor]:
        """Return the state of training, by name."""
        return self.state.tensors()

    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Load what `tensors` returned."""
        self.state.restore(tensors, step)
