"""What every trainer needs: learning rates over the steps, averaged weights, a lazy R1, a state to go on from."""

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

Factor = Callable[[int], float]  # of the highest learning rate, in a step counted from 0
_FREE = ("num_steps", "steps", "save_every")  # settings that may differ: a training may be made longer


def warm_up(num_steps: int) -> Factor:
    """Rise in equal parts over so many steps, then stay at 1."""
    return lambda step: min(1.0, (step + 1) / num_steps)


def warm_cosine(num_steps: int, *, warm_up_steps: int = 1, last: float = 0.0) -> Factor:
    """Rise over the first steps, then fall along half a cosine (Loshchilov and Hutter 2017).

    Args:
        num_steps: at whose end it has fallen.
        warm_up_steps: of the rise; 1 for none.
        last: where it ends, as a part of 1.
    """
    rise = warm_up(warm_up_steps)

    def factor(step: int) -> float:
        fallen = (1 + math.cos(math.pi * min(1.0, step / num_steps))) / 2
        return rise(step) * (last + (1 - last) * fallen)

    return factor


def linear_fall(num_steps: int) -> Factor:
    """Fall to nothing in equal parts."""
    return lambda step: 1 - min(1.0, step / max(1, num_steps))


def averaged_copy(network: nn.Module, decay: float, *, warm_up: float = 0.0, counted: int = 0) -> AveragedModel:
    """An exponential moving average of a network's weights, and of its floating-point buffers.

    Update n, counted from `counted`, keeps the part min(decay, n / (n + warm_up)) of the average, so that a young
    one forgets its beginning sooner. Update 0 copies the network.

    Args:
        network: what is averaged; its state is the first.
        decay: what an old average keeps in an update.
        warm_up: updates over which it becomes old; 0 for none.
        counted: how many updates the network as it is stands for.
    """

    @torch.no_grad()
    def follow(averages: Sequence[Tensor], values: Sequence[Tensor], counted: Tensor | int) -> None:
        number = int(counted)
        kept = min(decay, number / (number + warm_up)) if warm_up else decay
        for average, value in zip(averages, values, strict=True):
            if average.is_floating_point():
                average.lerp_(value, 1 - kept)
            else:
                average.copy_(value)

    average = AveragedModel(network, multi_avg_fn=follow, use_buffers=True)
    average.n_averaged.fill_(counted)
    return average


@dataclass(frozen=True)
class LazyR1:
    """R1 (`r1_penalty`) in every so many steps only, as many times as strong (Karras et al. 2020, appendix B).

    The penalty is per photo: the gradient of the sum of a photo's logits, squared, summed over the photo's values,
    and averaged over the photos of the batch. So gamma means the same for a discriminator of photos, of patches and of
    sets of colors, at any batch size and interval.

    Attributes:
        gamma: strength.
        every: steps between two penalties.
    """

    gamma: float
    every: int

    def is_due(self, step: int) -> bool:
        """Whether a step, counted from 0, has the penalty; then its real photos must require a gradient."""
        return step % self.every == 0

    def penalty(self, logits: Tensor, photos: Tensor) -> Tensor:
        """The penalty of a step that has one.

        Args:
            logits: (B, ...) of the photos.
            photos: (B, ...) what the discriminator saw.
        """
        return r1_penalty(logits, photos, gamma=self.gamma, interval=self.every)


class TrainerState:
    """The networks and optimizers of one trainer with their learning rates: counted, saved and restored together.

    Learning rates are set from the step alone, as `LambdaLR` would, so that a training that is gone on with, made
    longer, or lets its discriminator rest needs no state of a scheduler.

    Args:
        modules: by the names under which they are saved.
        optimizers: the same; each with how its learning rate runs, None for always the same.
    """

    def __init__(
        self, modules: Mapping[str, nn.Module], optimizers: Mapping[str, tuple[Optimizer, Factor | None]]
    ) -> None:
        self._modules, self._optimizers = dict(modules), dict(optimizers)
        self._highest = {name: [group["lr"] for group in it.param_groups] for name, (it, _) in optimizers.items()}
        self.step = 0
        self._set_rates()

    def advance(self) -> None:
        """Count a step, and set the learning rates of the next."""
        self.step += 1
        self._set_rates()

    def tensors(self) -> dict[str, Tensor]:
        """Everything that is needed to go on, by name; the step is beside it."""
        found: dict[str, Tensor] = {}
        for name, module in self._modules.items():
            found |= with_prefix(name, module.state_dict())
        for name, (optimizer, _) in self._optimizers.items():
            found |= with_prefix(name, optimizer_tensors(optimizer))
        return found

    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Put back what `tensors` gave after so many steps.

        Raises:
            RuntimeError, KeyError, ValueError: they are of other networks.
        """
        for name, module in self._modules.items():
            module.load_state_dict(without_prefix(name, tensors))
        for name, (optimizer, _) in self._optimizers.items():
            restore_optimizer(optimizer, without_prefix(name, tensors))
        self.step = step
        self._set_rates()

    def _set_rates(self) -> None:
        for name, (optimizer, factor) in self._optimizers.items():
            for group, highest in zip(optimizer.param_groups, self._highest[name], strict=True):
                group["lr"] = highest * (1.0 if factor is None else factor(self.step))


def check_same_run(path: Path, theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    """Refuse a checkpoint of another training; one that is only longer or shorter is the same.

    Args:
        path: the checkpoint.
        theirs: its facts.
        mine: what these must say, `settings` among them.

    Raises:
        LearningError: something differs; the text names what, each setting by its own name.
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
    """Name a checkpoint that turns out, while it is restored, to be of an earlier version or damaged.

    Raises:
        LearningError: what is inside is missing, or of other networks.
    """
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        cause = " ".join(str(error).split())[:200]  # of torch, many lines
        raise LearningError(
            "{path}: is not a checkpoint ({cause}); delete it and start anew", path=path, cause=cause
        ) from error


def _differences(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for name, value in mine.items():
        known = theirs.get(name)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            found += _differences(known, value)
        elif known != value and name not in _FREE:
            found.append(name)
    return found


def _plain(value: Any) -> Any:
    """As JSON gives it back: tuples become lists."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else value
