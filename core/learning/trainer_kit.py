"""Shared parts of all trainers: learning-rate schedules, averaged weights, lazy R1, and a state to resume from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from ..errors import LearningError
from .checkpoint import optimizer_tensors, restore_optimizer, with_prefix, without_prefix
from .losses.adversarial import r1_penalty

RateSchedule = Callable[[int], float]  # from the step, counted from 0, to a multiple of the peak learning rate
_MAY_DIFFER = ("num_steps", "steps", "save_every")  # settings that may differ, so that a training can be made longer


def warm_up(num_steps: int) -> RateSchedule:
    """Return a linear warm-up over a number of steps; 1 from then on."""
    return lambda step: min(1.0, (step + 1) / num_steps)


def warm_cosine(num_steps: int, *, warm_up_steps: int = 1, last: float = 0.0) -> RateSchedule:
    """Return a linear warm-up, then cosine decay (Loshchilov and Hutter 2017).

    Args:
        num_steps: of the whole training.
        warm_up_steps: of the warm-up; 1 for none.
        last: the factor at the end.
    """
    rise = warm_up(warm_up_steps)

    def factor(step: int) -> float:
        fallen = (1 + math.cos(math.pi * min(1.0, step / num_steps))) / 2
        return rise(step) * (last + (1 - last) * fallen)

    return factor


def linear_decay(num_steps: int) -> RateSchedule:
    """Return a linear decay from 1 to 0."""
    return lambda step: 1 - min(1.0, step / max(1, num_steps))


def averaged_copy(
    network: nn.Module, decay: float, *, warm_up_updates: float = 0.0, first_update: int = 0
) -> AveragedModel:
    """Return an exponential moving average of a network's weights and floating-point buffers; others are copied.

    Update n, counted from `first_update`, uses the decay min(decay, n / (n + warm_up_updates)), so that the average
    forgets its start sooner. Update 0 copies the network.

    Args:
        network: to average; its present state is the start.
        decay: the largest decay.
        warm_up_updates: updates over which the decay rises; 0 for none.
        first_update: number of the first update.
    """

    @torch.no_grad()
    def update_average(averages: Sequence[Tensor], values: Sequence[Tensor], counted: Tensor | int) -> None:
        number = int(counted)
        effective_decay = min(decay, number / (number + warm_up_updates)) if warm_up_updates else decay
        for average, value in zip(averages, values, strict=True):
            if average.is_floating_point():
                average.lerp_(value, 1 - effective_decay)
            else:
                average.copy_(value)

    average = AveragedModel(network, multi_avg_fn=update_average, use_buffers=True)
    average.n_averaged.fill_(first_update)
    return average


@dataclass(frozen=True)
class LazyR1:
    """R1 (`r1_penalty`) in every n-th step only, n times as strong (Karras et al. 2020, appendix B).

    The penalty is per photo: the squared gradient of the sum of a photo's logits, summed over the photo's values and
    averaged over the batch. So gamma means the same for discriminators of photos, of patches and of sets of colors, at
    any batch size and interval.

    Attributes:
        gamma: strength.
        every: n, the steps between two penalties.
    """

    gamma: float
    every: int

    def is_due(self, step: int) -> bool:
        """Return whether a step, counted from 0, has the penalty; its real photos must require a gradient then."""
        return step % self.every == 0

    def penalty(self, logits: Tensor, photos: Tensor) -> Tensor:
        """Return the penalty of a step in which it is due.

        Args:
            logits: (B, ...) of the photos.
            photos: (B, ...) input of the discriminator.
        """
        return r1_penalty(logits, photos, gamma=self.gamma, interval=self.every)


class TrainerState:
    """The networks, optimizers, step count and learning rates of one trainer, to save and restore together.

    Learning rates depend on the step alone, like those of `LambdaLR`, so that a training that is resumed, made longer,
    or skips discriminator steps needs no state of a scheduler.

    Args:
        modules: networks by the names under which they are saved.
        optimizers: optimizers by name, each with its schedule; None for a constant learning rate.
    """

    def __init__(
        self, modules: Mapping[str, nn.Module], optimizers: Mapping[str, tuple[Optimizer, RateSchedule | None]]
    ) -> None:
        self._modules, self._optimizers = dict(modules), dict(optimizers)
        self._peak_rates = {
            name: [group["lr"] for group in optimizer.param_groups] for name, (optimizer, _) in optimizers.items()
        }
        self.step = 0
        self._set_rates()

    def advance(self) -> None:
        """Count a step and set the learning rates of the next one."""
        self.step += 1
        self._set_rates()

    def tensors(self) -> dict[str, Tensor]:
        """Return the state of training apart from the step, by name."""
        found: dict[str, Tensor] = {}
        for name, module in self._modules.items():
            found |= with_prefix(name, module.state_dict())
        for name, (optimizer, _) in self._optimizers.items():
            found |= with_prefix(name, optimizer_tensors(optimizer))
        return found

    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Load what `tensors` returned after a number of steps.

        Raises:
            RuntimeError, KeyError, ValueError: the tensors are of other networks.
        """
        for name, module in self._modules.items():
            module.load_state_dict(without_prefix(name, tensors))
        for name, (optimizer, _) in self._optimizers.items():
            restore_optimizer(optimizer, without_prefix(name, tensors))
        self.step = step
        self._set_rates()

    def _set_rates(self) -> None:
        for name, (optimizer, schedule) in self._optimizers.items():
            for group, peak_rate in zip(optimizer.param_groups, self._peak_rates[name], strict=True):
                group["lr"] = peak_rate * (1.0 if schedule is None else schedule(self.step))


def check_same_run(path: Path, theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    """Check that a checkpoint is of the same training, apart from the number of steps.

    Args:
        path: the checkpoint.
        theirs: its facts.
        mine: the facts that it must have, `settings` among them.

    Raises:
        LearningError: something differs; the text names each differing fact or setting.
    """
    changed = _differences(theirs, _plain(mine))
    if changed:
        raise LearningError(
            "{path}: was begun with other photos or settings ({what}); start without --resume",
            path=path,
            what=", ".join(changed),
        )


@contextmanager
def restoring(path: Path) -> Iterator[None]:
    """Turn errors from restoring a damaged or outdated checkpoint into LearningError.

    Args:
        path: the checkpoint.

    Raises:
        LearningError: a value is missing, or of other networks.
    """
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        cause = " ".join(str(error).split())[:200]  # torch writes many lines
        raise LearningError(
            "{path}: is not a checkpoint ({cause}); delete it and start anew", path=path, cause=cause
        ) from error


def _differences(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for name, value in mine.items():
        known = theirs.get(name)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            found += _differences(known, value)
        elif known != value and name not in _MAY_DIFFER:
            found.append(name)
    return found


def _plain(value: Any) -> Any:
    """Return a value as JSON reads it: tuples become lists."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else value
