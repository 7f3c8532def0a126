"""One of several processes that train on made-up people: `python pretrain_process.py RUN.json`, its rank in RANK.

They meet by a file and speak over the loopback device, so that nothing listens to other machines.
"""

import importlib
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import conftest  # noqa: F401 - finds the checkout as the package, one thread
import torch
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.pretraining.look.run import PretrainRun, pretrain
from portrait_atelier.core.pretraining.look.settings import PretrainSettings
from portrait_atelier.core.pretraining.process_group import DEFAULT_GROUP_MODULE, ProcessGroup, launched_process_group
from pretrain_material import looks, people
from safetensors.torch import save_file


def _train(process_group: ProcessGroup, facts: dict) -> None:
    settings = PretrainSettings.from_json(facts["settings"])
    everyone, library = people(), looks()
    run = PretrainRun(
        Path(facts["folder"]), everyone, people(8, first=50), library, looks(1), settings, process_group=process_group
    )
    for status in pretrain(run, resume=facts["resume"]):
        if [process_group.rank, status.step] == facts["killed"]:
            os.kill(os.getpid(), signal.SIGKILL)
        told = {"rank": process_group.rank, "step": status.step, "scored": status.scores is not None, **status.terms}
        sys.stdout.write(json.dumps(told) + "\n")


def _average(process_group: ProcessGroup, folder: Path) -> None:
    """Average something known, and keep what came of it."""
    tensors = [torch.full((2, 3), 10.0 * (process_group.rank + 1)), torch.tensor([float(process_group.rank)])]
    process_group.average(tensors, weight=1.0 + 2 * process_group.rank)
    copied = [torch.tensor(process_group.rank + 5), torch.full((2,), float(process_group.rank))]
    process_group.copy_from_main(copied)
    payload = process_group.bytes_from_main(lambda: b"from main")
    save_file(dict(zip("abcd", [*tensors, *copied], strict=True)), folder / f"{process_group.rank}.safetensors")
    (folder / f"{process_group.rank}.bytes").write_bytes(payload)


def _threads() -> list[str]:
    names = []
    for task in Path("/proc/self/task").glob("*"):  # Linux; elsewhere there is no such folder
        with suppress(OSError):  # it ended meanwhile
            names.append((task / "comm").read_text().strip())
    return names


def _no_thread_is_left() -> None:
    """Those of gloo may abort the process while it ends."""
    end = time.monotonic() + 10  # an ended thread may be listed for a moment
    while left := [name for name in _threads() if "gloo" in name]:
        assert time.monotonic() < end, left
        time.sleep(0.01)


def main() -> None:
    """Meet the others, do what the file says, and end with 3 on an error of ours."""
    facts = json.loads(Path(sys.argv[1]).read_text())
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    importlib.import_module(DEFAULT_GROUP_MODULE)  # as launched_process_group does; here the group is made by hand
    torch.distributed.init_process_group("gloo", f"file://{facts['meeting']}", rank=rank, world_size=size)
    try:
        with launched_process_group("cpu") as process_group:
            _average(process_group, Path(facts["folder"]))
            _train(process_group, facts)
            if facts["then_resume"]:
                _train(process_group, {**facts, "folder": facts["then_resume"], "resume": True})
        _no_thread_is_left()
    except LearningError as error:
        _no_thread_is_left()
        sys.stderr.write(f"{error}\n")
        sys.exit(3)


if __name__ == "__main__":
    main()
