"""A batch on all cores: every photo once, no more in memory than allowed, ended whenever its reader ends."""

import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from batch_material import opened, planned, request, run_all, states, warm_style, write_photo
from PIL import Image
from portrait_atelier.core.batch import restyling, running
from portrait_atelier.core.batch.request import PhotoOutcome
from portrait_atelier.core.batch.running import Pace, announced_pixels, run_batch
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.cores import num_cores
from portrait_atelier.core.styles.controls import Controls
from waiting import until


@pytest.fixture
def asked(tmp_path: Path):
    for number in range(9):
        write_photo(tmp_path / f"in/{number}.jpg", number)
    (tmp_path / "in/4.jpg").write_text("no picture")
    return request(tmp_path / "in", output=tmp_path / "out")


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_photo_is_done_once_and_a_bad_one_fails_alone(asked, tmp_path: Path, workers: int):
    outcomes = run_all(asked, warm_style(), workers)
    assert states(outcomes) == {f"{number}.jpg": "failed" if number == 4 else "done" for number in range(9)}
    assert len(outcomes) == 9
    assert sorted(path.name for path in (tmp_path / "out").glob("*.jpg")) == [f"{n}.jpg" for n in range(9) if n != 4]


def test_any_number_of_workers_gives_the_same_files(asked, tmp_path: Path):
    run_all(asked, warm_style(), 1)
    run_all(request(tmp_path / "in", output=tmp_path / "many"), warm_style(), 4)
    for path in (tmp_path / "out").glob("*.jpg"):
        assert path.read_bytes() == (tmp_path / "many" / path.name).read_bytes()


class _Working:
    """Stands for `restyle_task`: counts photos that are worked on together, and holds them until it is told."""

    def __init__(self) -> None:
        self.now, self.most, self.cores, self._lock = 0, 0, set[int](), threading.Lock()
        self.go = threading.Event()

    def __call__(self, task, _request, _style, _look, check_stopped) -> PhotoOutcome:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.cores.add(num_cores())
        while not self.go.wait(0.01):
            check_stopped()
        with self._lock:
            self.now -= 1
        return PhotoOutcome(task, "done")


@pytest.mark.parametrize(("budget", "most"), [(10**9, 3), (2 * 32 * 24, 2), (1, 1)])
def test_photos_in_memory_are_held_to_a_budget(asked, monkeypatch: pytest.MonkeyPatch, budget: int, most: int):
    (Path(asked.photos[0]) / "4.jpg").unlink()
    working = _Working()
    monkeypatch.setattr(running, "restyle_task", working)
    outcomes = run_batch(planned(asked, warm_style()), asked, warm_style(), None, Pace(3, budget))
    reader = threading.Thread(target=list, args=(outcomes,))
    reader.start()
    until(lambda: working.now == most)
    working.go.set()
    reader.join(120)
    assert working.most == most
    assert working.cores == {1}


def test_ending_the_iterator_ends_the_work_and_the_rest_is_done_by_the_next_run(asked, tmp_path: Path):
    journal = opened(asked, warm_style())
    journal.open()
    outcomes = run_batch(planned(asked, warm_style()), asked, warm_style(), journal, Pace(2))
    first = next(outcomes)
    outcomes.close()
    journal.close()
    assert first.state == "done"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photo")]
    rest = states(run_all(asked, warm_style()))
    assert rest[first.task.source.name] == "skipped"
    assert len(list((tmp_path / "out").glob("*.jpg"))) == 8


def test_an_error_of_the_journal_ends_the_work(asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    journal = opened(asked, warm_style())
    journal.open()

    def broken(outcome: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(journal, "end", broken)
    with pytest.raises(KeyboardInterrupt):
        list(run_batch(planned(asked, warm_style()), asked, warm_style(), journal, Pace(2)))
    journal.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photo")]
    assert set(states(run_all(asked, warm_style())).values()) == {"done", "failed"}


def test_the_size_of_a_photo_is_told_without_decoding_it(tmp_path: Path):
    assert announced_pixels(write_photo(tmp_path / "a.jpg", size=(40, 30))) == 1200
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(tmp_path / "a.png")
    assert announced_pixels(tmp_path / "a.png") == 2400
    (tmp_path / "b.heic").write_bytes(bytes(100))
    assert announced_pixels(tmp_path / "b.heic") == 400
    (tmp_path / "b.jpg").write_bytes(b"no")
    assert announced_pixels(tmp_path / "b.jpg") == announced_pixels(tmp_path / "none.tif") == 0


def test_workers_must_be_some():
    with pytest.raises(ValueError, match="workers must be at least 1"):
        Pace(0)


def test_results_are_photos_for_another_style(tmp_path: Path):
    write_photo(tmp_path / "in/a.jpg")
    run_all(request(tmp_path / "in", output=tmp_path / "out"), warm_style())
    again = run_all(request(tmp_path / "out", output=tmp_path / "twice"), warm_style(0.1))
    assert states(again) == {"a.jpg": "done"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems hold names as text")
def test_names_that_are_no_text_are_done_once(tmp_path: Path):
    write_photo(tmp_path / "in/a.jpg").rename(os.fsdecode(os.fsencode(tmp_path / "in") + b"/caf\xe9.jpg"))
    controls = Controls(series=True)
    for state in ("done", "skipped"):
        outcomes = run_all(request(tmp_path / "in", output=tmp_path / "out", controls=controls), warm_style())
        assert list(states(outcomes).values()) == [state]


def test_what_failed_after_the_photo_was_written_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AtelierError("no room")

    asked = request(write_photo(tmp_path / "in/a.jpg").parent, output=tmp_path / "out", sidecar=True)
    with monkeypatch.context() as patch:
        patch.setattr(restyling, "write_sidecar", refuse)
        assert states(run_all(asked, warm_style())) == {"a.jpg": "failed"}
    assert states(run_all(asked, warm_style())) == {"a.jpg": "done"}
