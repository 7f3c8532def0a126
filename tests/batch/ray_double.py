"""A stand-in for Ray: workers in this process, whose death a test decides."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class RayError(Exception):
    """Any error of Ray."""


class ActorUnavailableError(RayError):
    """A worker that has died, and is being made anew."""


class Call:
    """What a remote call returns."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work


class Worker:
    """A worker; `dies(method, arguments)` says whether it dies of a call, and `cannot_start` whether it never lives."""

    def __init__(self, ray: "RayDouble", kind: type) -> None:
        self.ray, self.kind, self.alive = ray, kind, kind()
        self.deaths = 0

    def __getattr__(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(remote=lambda *arguments: Call(lambda: self.called(name, arguments)))

    def called(self, name: str, arguments: tuple) -> object:
        if self.ray.cannot_start:
            raise RayError("a long story\n\x1b[36mImportError: no such package\x1b[0m\n")
        if self.ray.dies(self, name, arguments):
            self.alive = self.kind()
            self.deaths += 1
            raise ActorUnavailableError("it has died")
        return getattr(self.alive, name)(*arguments)


class RayDouble:
    """What `Crew` uses of the module. Calls are done when they are waited for, in their order."""

    exceptions = SimpleNamespace(RayError=RayError, ActorUnavailableError=ActorUnavailableError)

    def __init__(self, dies: Callable[[Worker, str, tuple], bool] = lambda *call: False) -> None:
        self.dies, self.cannot_start = dies, False
        self.workers: list[Worker] = []

    def remote(self, **options: object) -> Callable[[type], Any]:
        assert options["max_task_retries"] == 0
        return lambda kind: SimpleNamespace(remote=lambda: self._made(kind))

    def put(self, value: object) -> object:
        return value

    def get(self, call: Call) -> object:
        return call.work()

    def wait(self, calls: list[Call], *, num_returns: int, timeout: float) -> tuple[list[Call], list[Call]]:
        return calls[:num_returns], calls[num_returns:]

    def kill(self, worker: Worker) -> None:
        self.workers.remove(worker)

    def _made(self, kind: type) -> Worker:
        self.workers.append(Worker(self, kind))
        return self.workers[-1]
