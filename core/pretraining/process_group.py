"""Processes that train one network together: each learns from cases of its own, and all take the same step.

Gradients are averaged by one message a step of an optimizer, not by wrapping the networks: that is plain to read, and
holds for all that base training does (two entries into the generator, an adversary, R1's gradient of a gradient).
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

if TYPE_CHECKING:
    from accelerate import Accelerator

# How launchers say the number of processes: torchrun and `accelerate launch`, then MPI's.
_SIZE_VARIABLES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
_PATIENCE = timedelta(hours=1)  # for a process that reads its photos, or the main one that scores
_FAILED = -1
# Its functions have the group of all processes as a default argument, the one of the moment when the module is first
# imported (an optimizer does that). Imported while there is a group, it keeps it and its threads alive after the end,
# and those may abort the process; imported before, it keeps nothing.
DEFAULT_GROUP_MODULE = "torch.distributed.nn.functional"


class ProcessGroup:
    """One process by itself, to which all of this is nothing; `launched_process_group` gives the several.

    Args:
        device: where this process trains.

    Attributes:
        rank: of this process, from 0.
        size: number of processes, on all machines.
    """

    def __init__(self, device: str = "cpu") -> None:
        self.device, self.rank, self.size = device, 0, 1

    @property
    def is_main(self) -> bool:
        """Whether this process writes files, scores and speaks."""
        return self.rank == 0

    def average(self, tensors: Sequence[Tensor], weight: float) -> None:
        """Replace float32 tensors by their means over all processes, in place.

        Args:
            tensors: of the same shapes in every process, on its device.
            weight: of this process; with the number of its cases, means over cases become the mean over all cases.
        """

    def copy_from_main(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors by the main process's, in place."""

    def bytes_from_main(self, read: Callable[[], bytes]) -> bytes:
        """What `read` returns in the main process; only there it is called.

        Raises:
            LearningError: it failed there; the main process itself raises what `read` did. So all of them stop.
        """
        return read()

    def wait(self) -> None:
        """Go on when every process is here."""


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
    """The processes that this one was launched with; one by itself where there are no others.

    Leaving it waits for all, so that none ends while another still writes.

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
        if accelerator.device.type == "cpu":  # else threads of gloo outlive what they use, and may abort the process
            accelerator.end_training()
        raise
    accelerator.wait_for_everyone()
    accelerator.end_training()


def _accelerator(device: torch.device, size: int) -> Accelerator:
    try:
        from accelerate import Accelerator, InitProcessGroupKwargs
    except ImportError as error:
        raise LearningError(
            f"{size} processes: training in several needs accelerate ({error}); "
            'pip install "portrait-atelier[train]", or start one process without a launcher'
        ) from error
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if device.type == "cuda" and local >= torch.cuda.device_count():
        raise LearningError(
            f"process {local + 1} of this machine: there are only {torch.cuda.device_count()} GPUs, one for each; "
            "launch fewer processes, or add --device cpu"
        )
    # "no": the precision is ours to choose, and what has to stay float32 is known to the trainer.
    importlib.import_module(DEFAULT_GROUP_MODULE)
    patience = InitProcessGroupKwargs(timeout=_PATIENCE)
    accelerator = Accelerator(cpu=device.type == "cpu", mixed_precision="no", kwargs_handlers=[patience])
    if accelerator.num_processes != size:
        raise LearningError(
            f"{size} processes were launched, but {accelerator.num_processes} of them on {accelerator.device} found "
            "each other; use accelerate launch, with --device cpu or cuda"
        )
    return accelerator
