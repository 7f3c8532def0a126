"""Photo files restyled by the worker: as by the command line, with reasons of failures, stopped and gone on with."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.batch.planning import plan
from portrait_atelier.core.batch.request import BatchRequest
from portrait_atelier.core.batch.restyling import restyle_task
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.worker.batch import restyle_files
from portrait_atelier.core.worker.client_state import ClientState
from portrait_atelier.core.worker.job import Cancelled, Job
from portrait_atelier.core.worker.messages import Message
from scenes import portrait

CONTROLS = {"strength": 0.8, "variation": 3}


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for seed, name in enumerate(("a.jpg", "b.png", "more/c.jpg")):
        pixels = (portrait(seed) * 255).astype(np.uint8)
        write_photo(Photo(pixels, file_format="PNG" if name.endswith("png") else "JPEG"), folder / name)
    return folder


def ask(folder: Path, act=None, **changes) -> Message:
    """Send the request; `act` gets the job when the first photo is done."""

    def told(message: Message) -> None:
        if act is not None and message.head["done"] == 1:
            act(job)

    results = str(folder.parent / "results")
    values = {"style": "golden-hour", **CONTROLS, "folder": str(folder), "results": results, **changes}
    job = Job(Message(values), told)
    return restyle_files(job, ClientState(folder))


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the photos in a folder, by their names in it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_files_are_those_of_the_command_line(folder, tmp_path):
    answer = ask(folder)
    assert (answer.head["done"], answer.head["failed"], answer.head["total"]) == (3, 0, 3)
    request, style = BatchRequest((folder,), tmp_path / "expected", Controls(**CONTROLS)), resolve_style("golden-hour")
    for task in plan(request, style.name).tasks:
        assert restyle_task(task, request, style).state == "done"
    assert files_in(tmp_path / "results") == files_in(tmp_path / "expected")


def test_without_a_folder_results_lie_beside_their_photos(folder):
    answer = ask(folder, results="")
    assert answer.head["results"] == str(folder)
    assert (folder / "more" / "c.golden-hour.jpg").exists()


def test_photos_that_cannot_be_read_are_told_with_the_reason_and_the_others_are_done(folder):
    (folder / "broken.jpg").write_bytes(b"no photo")
    answer = ask(folder)
    assert (answer.head["done"], answer.head["failed"]) == (3, 1)
    (failure,) = answer.head["failures"]
    assert failure["photo"] == "broken.jpg"
    assert failure["text"]
    assert str(folder) not in failure["text"]


def test_reasons_name_no_option_of_the_command_line(folder):
    ask(folder)
    answer = ask(folder, strength=0.2)
    assert answer.head["failed"] == 3
    assert all("--" not in one["text"] and "exists already" in one["text"] for one in answer.head["failures"])


def test_what_is_stopped_answers_with_what_is_done_and_is_gone_on_with(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("portrait_atelier.core.batch.running.process_cores", lambda: 1)  # at most 3 are in hand
    for number in range(5):
        shutil.copyfile(folder / "a.jpg", folder / f"{number}.jpg")

    def stop(job: Job) -> None:
        job.keep = True
        job.stop.set()

    stopped = ask(folder, stop).head
    assert 1 <= stopped["done"] <= 3
    again = ask(folder).head
    assert (again["done"] + again["skipped"], again["failed"]) == (8, 0)
    assert again["skipped"] >= stopped["done"]
    assert len(files_in(tmp_path / "results")) == 8


def test_a_client_that_went_away_ends_the_work(folder):
    with pytest.raises(Cancelled):
        ask(folder, lambda job: job.stop.set())


def test_a_plan_writes_nothing_and_names_the_first_photo(folder, tmp_path):
    answer = ask(folder, only_plan=True).head
    assert (answer["todo"], answer["total"], answer["first"]) == (3, 3, str(folder / "a.jpg"))
    assert not (tmp_path / "results").exists()
    ask(folder)
    answer = ask(folder, only_plan=True).head
    assert (answer["todo"], answer["refused"], answer["total"]) == (0, 0, 3)
    answer = ask(folder, only_plan=True, strength=0.2).head
    assert (answer["todo"], answer["refused"]) == (0, 3)
    assert answer["why"].endswith("exists already; have it replaced, or choose another folder")


def test_a_folder_that_is_missing_is_refused(folder, tmp_path):
    with pytest.raises(PhotoError, match="no such folder; choose the folder with your photos"):
        ask(tmp_path / "nothing")
