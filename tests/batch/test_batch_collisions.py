"""Two computers that work through the same photos into the same folder: each photo counts as done by both."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_material import opened, request, run_all, states, warm_style, write_photo
from portrait_atelier.core.batch import collisions
from portrait_atelier.core.batch.journal import JOURNAL_NAME
from portrait_atelier.core.batch.planning import plan
from portrait_atelier.core.batch.request import BatchRequest, PhotoOutcome
from portrait_atelier.core.batch.running import Pace, run_batch
from portrait_atelier.core.errors import AtelierError

NUM_PHOTOS = 6
BY_ANOTHER = "done by another computer at the same time"


@pytest.fixture
def asked(tmp_path: Path) -> BatchRequest:
    for number in range(NUM_PHOTOS):
        write_photo(tmp_path / f"in/{number}.jpg", number)
    return request(tmp_path / "in", output=tmp_path / "out", sidecar=True)


class _Computer:
    """One that has planned all photos, and restyles one after another when it is told."""

    def __init__(self, asked: BatchRequest, name: str, monkeypatch: pytest.MonkeyPatch, amount: float = 0.05) -> None:
        monkeypatch.setenv("ATELIER_CACHE", str(Path(asked.photos[0]).parent / f"cache-{name}"))
        style = warm_style(amount)
        self.journal = opened(asked, style)
        found = plan(asked, style.name, self.journal)
        self.journal.open()
        self.outcomes: Iterator[PhotoOutcome] = run_batch(found, asked, style, self.journal, Pace(1))

    def finish(self) -> list[PhotoOutcome]:
        outcomes = list(self.outcomes)
        self.journal.close()
        return outcomes


@pytest.fixture
def two(asked: BatchRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[_Computer, _Computer]:
    return _Computer(asked, "a", monkeypatch), _Computer(asked, "b", monkeypatch)


def _counts(outcomes: list[PhotoOutcome]) -> dict[str, int]:
    told = [outcome.state for outcome in outcomes]
    return {state: told.count(state) for state in set(told)}


def test_photos_that_the_other_has_done_are_told_and_are_no_failures(two, asked, tmp_path: Path):
    first, second = two
    ahead = [next(first.outcomes) for _ in range(2)]
    assert _counts(ahead) == {"done": 2}
    theirs, mine = second.finish(), first.finish()
    assert _counts(theirs) == {"skipped": 2, "done": NUM_PHOTOS - 2}
    assert _counts(mine) == {"skipped": NUM_PHOTOS - 2}
    assert {str(note) for outcome in (*theirs, *mine) if outcome.state == "skipped" for note in outcome.notes} == {
        BY_ANOTHER
    }
    assert len(list((tmp_path / "out").glob("*.jpg"))) == len(list((tmp_path / "out").glob("*.xmp"))) == NUM_PHOTOS
    assert set(states(run_all(asked, warm_style())).values()) == {"skipped"}


def test_what_another_kind_of_computer_made_counts_by_its_journal_though_its_bytes_differ(two, tmp_path: Path):
    first, second = two
    next(first.outcomes)
    line = _done_line(tmp_path / "out")
    other = tmp_path / "out/0.jpg"
    other.write_bytes(other.read_bytes()[:-2] + b"\xff\xfe\x00\x02\xff\xd9")
    line["written"] = [other.stat().st_size, other.stat().st_mtime_ns]
    _append(tmp_path / "out", line)
    assert states(second.finish())["0.jpg"] == "skipped"
    first.finish()


def test_what_the_other_made_counts_by_its_bytes_where_its_journal_does_not_arrive(two, tmp_path: Path):
    first, second = two
    next(first.outcomes)
    first.journal.close()
    journal = tmp_path / "out" / JOURNAL_NAME
    journal.write_bytes(b"\n" * journal.stat().st_size)  # as two clients of a network file system may leave it
    assert states(second.finish())["0.jpg"] == "skipped"


def test_a_file_of_somebody_else_still_fails(two, tmp_path: Path):
    first, second = two
    mine = write_photo(tmp_path / "out/0.jpg", 99).read_bytes()
    outcomes = second.finish()
    assert states(outcomes)["0.jpg"] == "failed"
    assert "already exists (nothing is replaced unasked)" in str(outcomes[-1].error)
    assert (tmp_path / "out/0.jpg").read_bytes() == mine
    first.finish()


def test_the_same_name_in_another_style_still_fails(asked, monkeypatch: pytest.MonkeyPatch):
    first, second = _Computer(asked, "a", monkeypatch), _Computer(asked, "b", monkeypatch, amount=0.2)
    assert _counts(first.finish()) == {"done": NUM_PHOTOS}
    assert _counts(second.finish()) == {"failed": NUM_PHOTOS}
    assert set(states(run_all(asked, warm_style())).values()) == {"skipped"}  # what the other did is still known


def test_what_the_other_has_in_hand_is_waited_for(two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first, second = two
    next(first.outcomes)
    journal = tmp_path / "out" / JOURNAL_NAME
    whole = journal.read_bytes().splitlines(keepends=True)
    done = next(line for line in whole if b'"done"' in line)
    journal.write_bytes(b"".join(line for line in whole if line != done))
    (tmp_path / "out/0.jpg").write_bytes(b"of other bytes")
    told = json.loads(done) | {"written": [14, 0]}
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if seconds > 0:
            _append(tmp_path / "out", told)

    monkeypatch.setattr(collisions.time, "sleep", sleep)
    assert states(second.finish())["0.jpg"] == "skipped"
    assert pauses == [0.0, 0.5]
    first.journal.close()


def test_a_run_does_not_delete_what_another_computer_is_writing(asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = _Computer(asked, "a", monkeypatch)
    first.journal.begin(plan(asked, "warm", first.journal).tasks[0])
    written, left = tmp_path / "out/.0.0123456789ab.jpg", tmp_path / "out/.0.ba9876543210.jpg"
    written.touch()
    left.touch()
    os.utime(left, (1, 1))
    second = _Computer(asked, "b", monkeypatch)
    assert written.exists()
    assert not left.exists()
    second.finish()
    first.finish()


def test_a_run_of_this_computer_that_ended_meanwhile_is_told_of_and_one_of_another_is_not(asked, monkeypatch):
    monkeypatch.setenv("ATELIER_CACHE", str(Path(asked.photos[0]).parent / "cache-b"))
    late = opened(asked, warm_style())
    _Computer(asked, "a", monkeypatch).finish()
    late.open()
    late.close()
    monkeypatch.setenv("ATELIER_CACHE", str(Path(asked.photos[0]).parent / "cache-b"))
    late = opened(asked, warm_style())
    run_all(asked, warm_style())
    with pytest.raises(AtelierError, match="another run writes there"):
        late.open()


def _done_line(folder: Path) -> dict:
    lines = map(json.loads, (folder / JOURNAL_NAME).read_text(encoding="utf-8").splitlines())
    return next(line for line in lines if "done" in line)


def _append(folder: Path, line: dict) -> None:
    with (folder / JOURNAL_NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
