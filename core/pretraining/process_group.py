"""Data-parallel training in several processes: each has its own cases, and all take the same step.

Gradients are averaged by one message per optimizer step, not by wrapping the networks, which also works with two calls
of the generator, a discriminator, and second derivatives of R1.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import LearningError
from ..installation import install_command

if TYPE_CHECKING:
    from accelerate import Accelerator

# Variables with the number of processes, as set by torchrun and `accelerate launch`, and by MPI.
_SIZE_VARIABLES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
_PATIENCE = timedelta(hours=1)  # while a process reads its photos, or the main one validates
_FAILED = -1
# Functions of this module have the group of all processes as a default argument, evaluated at the first import (by an
# optimizer). If there is a group then, it and its threads stay alive after the end and may abort the process.
DEFAULT_GROUP_MODULE = "torch.distributed.nn.functional"


class ProcessGroup:
    """The group of a single process, whose methods do nothing; `launched_process_group` makes others.

    Args:
        device: of this process.

    Attributes:
        rank: of this process, from 0.
        size: number of processes on all machines.
    """

    def __init__(self, device: str = "cpu") -> None:
        self.device, self.rank, self.size = device, 0, 1

    @property
    def is_main(self) -> bool:
        """Whether this process writes files, validates and prints."""
        return self.rank == 0

    def average(self, tensors: Sequence[Tensor], weight: float) -> None:
        """Replace float32 tensors by their means over all processes, in place.

        Args:
            tensors: of the same shapes in every process, on its device.
            weight: of this process, such as its number of cases.
        """

    def copy_from_main(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors by those of the main process, in place."""

    def bytes_from_main(self, read: Callable[[], bytes]) -> bytes:
        """Return what `read` returns in the main process, the only one that calls it.

        Raises:
            LearningError: `read` failed in the main process, which raises its own error.
        """
        return read()

    def wait(self) -> None:
        """Wait for all processes."""


class LaunchedProcessGroup(ProcessGroup):
    """One of several processes, started by `accelerate launch`."""

    def __init__(self, accelerator: Accelerator) -> None:
        super().__init__(str(accelerator.device))
        self._accelerator = accelerator
        self.rank, self.size = accelerator.process_index, accelerator.num_processes

    def average(self, tensors: Sequence[Tensor], weight: float) -> None:
        """See `ProcessGroup`."""
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        total = self._accelerator.reduce(torch.cat([flat * weight, flat.new_tensor([weight])]), "sum")
        assert isinstance(total, Tensor)
        means = (total[:-1] / total[-1]).split([tensor.numel() for tensor in tensors])
        for tensor, mean in zip(tensors, means, strict=True):
            tensor.copy_(mean.view_as(tensor))

    def copy_from_main(self, tensors: Sequence[Tensor]) -> None:
        """See `ProcessGroup`."""
        for tensor in tensors:
            tensor.copy_(self._of_main(tensor.detach().to(self.device, copy=True)))

    def bytes_from_main(self, read: Callable[[], bytes]) -> bytes:
        """See `ProcessGroup`."""
        if not self.is_main:
            size = int(self._of_main(torch.zeros(1, dtype=torch.int64, device=self.device)))
            if size == _FAILED:
                raise LearningError("the main process cannot go on; its own message says why")
            received = self._of_main(torch.empty(size, dtype=torch.uint8, device=self.device))
            return received.cpu().numpy().tobytes()
        size, payload = _FAILED, b""
        try:
            payload = read()
            size = len(payload)
        finally:
            self._of_main(torch.tensor([size], device=self.device))
        self._of_main(torch.frombuffer(bytearray(payload), dtype=torch.uint8).to(self.device))
        return payload

    def wait(self) -> None:
        """See `ProcessGroup`."""
        self._accelerator.wait_for_everyone()

    def _of_main(self, tensor: Tensor) -> Tensor:
        from accelerate.utils import broadcast

        received = broadcast(tensor)
        assert isinstance(received, Tensor)
        return received


@contextmanager
def launched_process_group(device: str) -> Iterator[ProcessGroup]:
    """Yield the group of processes that were launched together, or of this one alone.

    At the end it waits for all, so that none exits while another still writes.

    Args:
        device: "cpu", "cuda" or "mps"; with several GPUs, each process gets one of them.

    Raises:
        LearningError: accelerate is not installed, or cannot bring the processes together.
    """
    size = max(int(os.environ.get(name, "1")) for name in _SIZE_VARIABLES)
    if size < 2:
        yield ProcessGroup(device)
        return
    accelerator = _accelerator(torch.device(device), size)
    try:
        yield LaunchedProcessGroup(accelerator)
    except BaseException:
        if accelerator.device.type == "cpu":  # else threads of gloo may abort the process
            accelerator.end_training()
        raise
    accelerator.wait_for_everyone()
    accelerator.end_training()


def _accelerator(device: torch.device, size: int) -> Accelerator:
    try:
        from accelerate import Accelerator, InitProcessGroupKwargs
    except ImportError as error:
        raise LearningError(
            "{size} processes: training in several needs accelerate ({cause}); {command}, or start one process without "
            "a launcher",
            size=size,
            cause=error,
            command=install_command("train"),
        ) from error
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if device.type == "cuda" and local >= torch.cuda.device_count():
        raise LearningError(
            "process {number} of this machine: there are only {count} GPUs, one for each; launch fewer processes, or "
            "add --device cpu",
            one="process {number} of this machine: there is only {count} GPU, one for each; launch fewer processes, or "
            "add --device cpu",
            number=local + 1,
            count=torch.cuda.device_count(),
        )
    # "no": the trainer chooses the precision.
    importlib.import_module(DEFAULT_GROUP_MODULE)
    patience = InitProcessGroupKwargs(timeout=_PATIENCE)
    accelerator = Accelerator(cpu=device.type == "cpu", mixed_precision="no", kwargs_handlers=[patience])
    if accelerator.num_processes != size:
        raise LearningError(
            "{size} processes were launched, but {found} of them on {device} found each other; use accelerate "
            "launch, with --device cpu or cuda",
            size=size,
            found=accelerator.num_processes,
            device=accelerator.device,
        )
    return accelerator
