"""Workers of a fleet that die, never start or are strangers cost no photo but the one that kills them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from portrait_atelier.core.batch import fleet
from portrait_atelier.core.batch.fleet import Crew
from portrait_atelier.core.batch.journal import Journal
from portrait_atelier.core.batch.planning import plan
from portrait_atelier.core.batch.request import BatchRequest, PhotoOutcome, PhotoTask
from portrait_atelier.core.batch.series import SeriesLooks
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.controls import Controls
from ray_double import RayDouble, Worker
from scenes import save, scene

NUM_PHOTOS = 7


@pytest.fixture
def request_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BatchRequest:
    monkeypatch.setattr(fleet, "_PATIENCE", 0.0)
    for number in range(NUM_PHOTOS):
        save(scene(number, height=32, width=24), tmp_path / "from" / f"{number}.png")
    return BatchRequest((tmp_path / "from",), tmp_path / "out", Controls())


def restyled(ray: RayDouble, request: BatchRequest, num_workers: int = 2) -> list[PhotoOutcome]:
    style = resolve_style("golden-hour")
    assert request.output is not None
    journal = Journal.read(request.output, request, style)
    journal.open()
    planned = plan(request, style.name, journal)
    crew = Crew(ray, num_workers, style, request, 0)
    outcomes = []
    for outcome in crew.outcomes(planned.tasks, SeriesLooks(planned.series, style, request.controls), journal):
        journal.end(outcome)
        outcomes.append(outcome)
    crew.dismiss()
    journal.close()
    assert ray.workers == []
    return outcomes


def names(outcomes: list[PhotoOutcome], state: str = "done") -> list[str]:
    return sorted(outcome.task.source.name for outcome in outcomes if outcome.state == state)


ALL = [f"{number}.png" for number in range(NUM_PHOTOS)]


def test_all_photos_are_done(request_of_all: BatchRequest):
    assert names(restyled(RayDouble(), request_of_all)) == ALL


def dying(when: Callable[[str], bool]) -> RayDouble:
    return RayDouble(lambda _worker, name, arguments: name == "restyle" and when(arguments[0].source.name))


def test_what_a_worker_had_in_hand_is_done_by_others(request_of_all: BatchRequest):
    left = ["2.png"]
    outcomes = restyled(dying(lambda name: name in left and not left.remove(name)), request_of_all)
    assert names(outcomes) == ALL
    assert left == []


def test_a_photo_that_was_written_before_its_worker_died_is_written_again(request_of_all: BatchRequest):
    left = ["2.png"]

    def dies(worker: Worker, name: str, arguments: tuple) -> bool:
        if name == "restyle" and arguments[0].source.name in left:
            left.remove(arguments[0].source.name)
            assert worker.alive.restyle(*arguments).state == "done"
            return True
        return False

    assert names(restyled(RayDouble(dies), request_of_all)) == ALL


def test_a_photo_that_kills_every_worker_fails_alone(request_of_all: BatchRequest):
    ray = dying(lambda name: name == "2.png")
    outcomes = restyled(ray, request_of_all)
    assert names(outcomes) == [name for name in ALL if name != "2.png"]
    (failed,) = [outcome for outcome in outcomes if outcome.state == "failed"]
    assert "2.png: 3 workers died of it (it has died)" in str(failed.error)


def test_a_worker_that_was_made_anew_unnoticed_begins_first(request_of_all: BatchRequest):
    left = ["2.png"]

    def forgets(worker: Worker, name: str, arguments: tuple) -> bool:
        if name == "restyle" and arguments[0].source.name in left:
            left.remove(arguments[0].source.name)
            worker.alive = worker.kind()
        return False

    assert names(restyled(RayDouble(forgets), request_of_all)) == ALL


def test_without_any_worker_the_cause_is_told(request_of_all: BatchRequest):
    ray = RayDouble()
    ray.cannot_start = True
    with pytest.raises(AtelierError, match=r"none of the cluster's workers starts \(ImportError: no such package\)"):
        restyled(ray, request_of_all)


def test_a_worker_of_another_version_is_refused(request_of_all: BatchRequest, monkeypatch: pytest.MonkeyPatch):
    versions = iter(["0.1.0", "1.0", "1.0", "1.0"])
    monkeypatch.setattr(fleet, "installed_version", lambda: next(versions, "1.0"))
    with pytest.raises(AtelierError, match=r"it has version 0\.1\.0, this is 1\.0"):
        restyled(RayDouble(), request_of_all, num_workers=1)


@pytest.mark.parametrize("broken", [["0.png"], ALL])
def test_a_photo_whose_series_has_no_look_fails_and_the_workers_go_on(
    request_of_all: BatchRequest, monkeypatch: pytest.MonkeyPatch, broken: list[str]
):
    def looking(_looks: SeriesLooks, task: PhotoTask) -> Look | None:
        if task.source.name in broken:
            raise RuntimeError("a bug")
        return None

    monkeypatch.setattr(SeriesLooks, "look_for", looking)
    outcomes = restyled(RayDouble(), replace(request_of_all, controls=Controls(series=True), series="all"))
    assert names(outcomes, "failed") == broken
    assert all("a bug" in str(outcome.error) for outcome in outcomes if outcome.state == "failed")
    assert names(outcomes) == [name for name in ALL if name not in broken]
