"""A batch on a Ray cluster gives what the plain engine gives, also when a worker is killed on the way."""

import hashlib
import importlib.util
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from portrait_atelier.core.batch.cluster import ClusterOptions
from portrait_atelier.core.batch.fleet import run_fleet
from portrait_atelier.core.batch.journal import Journal
from portrait_atelier.core.batch.planning import plan
from portrait_atelier.core.batch.request import BatchRequest
from portrait_atelier.core.batch.running import run_batch
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.controls import Controls
from scenes import save, scene
from waiting import until

psutil = pytest.importorskip("psutil")
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the package ray is not installed"),
    pytest.mark.skipif(os.name == "nt", reason="Ray kills its workers by signals of POSIX here"),
]
STYLE = "documentary-1936"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos")
    for number in range(12):
        save(scene(number, height=120, width=90), path / f"{number % 3}" / f"{number}.jpg", quality=90)
    (path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    return path


def hashes(output: Path) -> dict[str, str]:
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in output.rglob("[!.]*.jpg")
    }


@pytest.fixture(scope="module")
def expected(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    output = tmp_path_factory.mktemp("plain") / "out"
    request = BatchRequest((folder,), output, Controls())
    style = resolve_style(STYLE)
    outcomes = list(run_batch(plan(request, style.name), request, style))
    assert sorted(outcome.state for outcome in outcomes) == ["done"] * 12 + ["failed"]
    return hashes(output)


def started(about: str = "") -> list[psutil.Process]:
    """What this process has started and not ended, whose command names something."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            if about in " ".join([process.name(), *process.cmdline()]):
                found.append(process)
    return found


def listening_at() -> set[str]:
    """The addresses at which this process and all that it started listen."""
    addresses = set()
    for process in (psutil.Process(), *started()):
        with suppress(psutil.NoSuchProcess):
            connections = process.net_connections("inet")
            addresses |= {found.laddr.ip for found in connections if found.status == psutil.CONN_LISTEN}
    return addresses


def test_the_results_are_those_of_the_plain_engine_though_a_worker_is_killed(
    folder: Path, expected: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    output = Path(f"local:{tmp_path}/out")  # an address to us, so that its way is gone, too
    request = BatchRequest((folder,), output, Controls())
    style = resolve_style(STYLE)
    journal = Journal.read(output, request, style)
    journal.open()
    states = []
    for outcome in run_fleet(plan(request, style.name, journal), request, style, journal, ClusterOptions(workers=2)):
        states.append(outcome.state)
        if len(states) == 3:
            assert listening_at() <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
            until(lambda: len(started("PhotoWorker")) == 2)  # the second may begin late
            started("PhotoWorker")[0].send_signal(signal.SIGKILL)
    journal.close()
    assert not [process for process in started() if "ray" in process.name()]
    assert sorted(states) == ["done"] * 12 + ["failed"]
    assert hashes(tmp_path / "out") == expected
    assert capfd.readouterr().out == ""
    again = plan(request, style.name, Journal.read(output, request, style))
    assert [task.source.name for task in again.tasks] == ["broken.jpg"]
