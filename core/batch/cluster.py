"""A Ray cluster: one that runs already, or one that is started here for this computer alone."""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..errors import AtelierError
from ..imaging.cores import process_cores
from ..installation import install_command

_LOCAL = "local"
_STORE_BYTES = 80 * 2**20  # close to the least that Ray takes: only paths and texts go through it
# Read when Ray is imported, or by the processes that it starts. The first is the only way to have Ray listen on the
# loopback address alone: where it may form clusters, it takes the address of the network in its place.
_QUIET = {"RAY_DEDUP_LOGS_SKIP_REGEX": "."}  # else Ray prints on stdout which workers have died, between our lines
_FOR_THIS_COMPUTER_ALONE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
}


@dataclass(frozen=True)
class ClusterOptions:
    """Which cluster, and how much of it.

    Attributes:
        address: of a running cluster; None for that of the environment variable RAY_ADDRESS, and else one started here.
        workers: processes with one CPU each; None for one on each CPU.
    """

    address: str | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers must be at least 1, got {self.workers}")


@contextmanager
def connected(options: ClusterOptions) -> Iterator[tuple[Any, int]]:
    """Connect to a cluster, or start one; yield the module `ray` and the number of workers.

    A cluster started here listens on 127.0.0.1 alone, behind a token of its own, without dashboard and usage
    statistics, and ends with the block.

    Raises:
        AtelierError: Ray is not installed, or the cluster does not answer.
    """
    address = options.address or os.environ.get("RAY_ADDRESS") or _LOCAL
    is_local = address == _LOCAL
    os.environ.update(_QUIET)
    if is_local:
        os.environ.update(_FOR_THIS_COMPUTER_ALONE)
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # Ray reads it once in a process
    ray = _imported()
    session = ""
    try:
        session = _start(ray, options) if is_local else _join(ray, address)
        yield ray, options.workers or max(int(ray.cluster_resources().get("CPU", 1)), 1)
    finally:
        ray.shutdown()
        if session:
            shutil.rmtree(session, ignore_errors=True)


def _imported() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise AtelierError(
            "a cluster needs the package ray ({cause}); {command}", cause=error, command=install_command("cluster")
        ) from error


def _start(ray: Any, options: ClusterOptions) -> str:
    """Start a cluster on this computer; return the folder that it leaves behind."""
    try:
        started = ray.init(
            address=_LOCAL,
            num_cpus=options.workers or process_cores(),
            num_gpus=0,
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _node_ip_address="127.0.0.1",
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise AtelierError("a cluster cannot be started on this computer ({cause})", cause=error) from error
    return str(started.address_info["session_dir"])


def _join(ray: Any, address: str) -> str:
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        raise AtelierError(
            "{address}: no Ray cluster answers there ({cause}); check the address, and that this computer has the "
            "cluster's version of Ray and its token",
            address=address,
            cause=error,
        ) from error
    return ""
