"""`atelier apply` killed with -9 and begun again: every result there, none twice, none broken."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from batch_material import write_photo
from waiting import hear_ctrl_c

NUM_PHOTOS = 16
# The command, whose photos but for the first few wait until the run is to end.
_HELD = """
import time
from portrait_atelier.core.batch import running
restyle, begun = running.restyle_task, []
def held(task, request, style, look, check_stopped):
    begun.append(task)
    while len(begun) > 4:
        check_stopped()
        time.sleep(0.01)
    return restyle(task, request, style, look, check_stopped)
running.restyle_task = held
from portrait_atelier.core.cli import main
main()
"""


def _start(folder: Path, output: str, *program: str) -> subprocess.Popen[str]:
    command = [sys.executable, *(program or ("-m", "portrait_atelier.core.cli")), "apply", "in", "-s", "golden-hour"]
    return subprocess.Popen(
        [*command, "-o", output, "--json", "--workers", "2"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=hear_ctrl_c if os.name == "posix" else None,
    )


def _done_until(process: subprocess.Popen[str], count: int) -> list[str]:
    """Read names of results from a process until `count` are done, in all of the output where it is 0."""
    assert process.stdout is not None
    done: list[str] = []
    for line in process.stdout:
        told = json.loads(line)
        if told["state"] == "done":
            done.append(told["output"])
            if len(done) == count:
                break
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(NUM_PHOTOS):
        write_photo(tmp_path / f"in/sub{number % 2}/{number}.jpg", number, size=(240, 180))
    return tmp_path


def _finish(folder: Path, output: str) -> list[str]:
    process = _start(folder, output)
    done = _done_until(process, 0)
    assert process.wait(300) == 0
    return done


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of Unix")
def test_a_run_that_was_killed_twice_is_continued_by_the_same_command(folder: Path):
    done: list[str] = []
    for count in (3, 4):
        process = _start(folder, "out")
        done += _done_until(process, count)
        process.kill()
        process.wait(300)
    left = folder / "out/sub0/.0.0123456789ab.jpg"  # of a process that was killed while it wrote
    with (folder / "out/.atelier-journal.jsonl").open("a") as journal:
        key = json.loads((folder / "out/.atelier-journal.jsonl").read_text().splitlines()[0])["run"]
        journal.write(json.dumps({"begun": "sub0/0.jpg", "key": key, "series": "", "replaces": True}) + "\n")
    left.touch()
    done = [name for name in done if name != "out/sub0/0.jpg"]
    (folder / "out/sub0/0.jpg").unlink(missing_ok=True)

    done += _finish(folder, "out")
    assert len(done) == len(set(done))
    _finish(folder, "whole")
    continued, whole = (_files(folder / name) for name in ("out", "whole"))
    assert {name: data for name, data in continued.items() if name.endswith(".jpg")} == {
        name: data for name, data in whole.items() if name.endswith(".jpg")
    }
    assert len(whole) == len(continued) == NUM_PHOTOS + 1


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_ends_a_run_cleanly_and_says_that_the_same_command_goes_on(folder: Path):
    process = _start(folder, "out", "-c", _HELD)
    done = _done_until(process, 2)
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "the same command goes on where this one was stopped" in err.replace("\n", " ")
    assert "nothing half-written is left behind" in err
    assert "Traceback" not in err
    done += [json.loads(line)["output"] for line in rest.splitlines() if '"state": "done"' in line]
    names = {name for name in _files(folder / "out") if name.endswith(".jpg")}
    assert {name.removeprefix("out/") for name in done} <= names
    assert len(names) < NUM_PHOTOS
    assert len(_finish(folder, "out")) == NUM_PHOTOS - len(names)
