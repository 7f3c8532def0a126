"""Files are taken once they stand still, tried again while they may be unfinished, and not taken twice."""

import os
from pathlib import Path

import pytest
from portrait_atelier.core.batch.arrivals import Arrivals

SETTLE, GIVE_UP = 2.0, 60.0


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals(SETTLE, GIVE_UP)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"whole")
    return path


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def test_a_file_is_taken_once_it_has_stood_still(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    assert arrivals.take(1.9) == []
    assert arrivals.take(2.0) == [file]
    assert arrivals.take(9.0) == []


def test_a_file_that_grows_waits_from_its_last_change(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    append(file, b" more")
    assert arrivals.take(2.0) == []  # the change shows only now
    assert arrivals.take(3.9) == []
    assert arrivals.take(4.0) == [file]


def test_a_file_of_the_same_size_with_another_time_has_changed(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    os.utime(file, ns=(1, 1))
    arrivals.notice(file, 1.0)
    assert arrivals.take(2.5) == []
    assert arrivals.take(3.0) == [file]


def test_an_empty_file_waits_for_its_content(arrivals: Arrivals, tmp_path: Path):
    path = tmp_path / "b.jpg"
    path.touch()
    arrivals.notice(path, 0.0)
    assert arrivals.num_waiting == 0
    path.write_bytes(b"x")
    arrivals.notice(path, 1.0)
    assert arrivals.take(3.0) == [path]


def test_a_file_that_goes_away_is_forgotten(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    file.unlink()
    assert arrivals.take(5.0) == []
    assert arrivals.num_waiting == 0


def test_a_file_whose_end_is_still_empty_is_given_more_time(arrivals: Arrivals, file: Path):
    append(file, bytes(10_000))
    arrivals.notice(file, 0.0)
    assert arrivals.take(19.0) == []
    assert arrivals.take(20.0) == [file]


def test_what_is_done_comes_back_only_when_it_changes(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    arrivals.take(2.0)
    arrivals.done(file)
    arrivals.notice(file, 3.0)
    assert arrivals.take(9.0) == []
    file.write_bytes(b"exported again")
    arrivals.notice(file, 10.0)
    assert arrivals.take(12.0) == [file]


def test_what_changes_while_it_is_worked_on_is_taken_again_afterwards(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    arrivals.take(2.0)
    append(file, b" more")
    arrivals.notice(file, 2.5)
    assert arrivals.take(9.0) == []
    arrivals.done(file)
    assert arrivals.take(9.0) == [file]


def test_what_fails_is_tried_again_at_growing_intervals_and_then_given_up(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    taken, now = [], 0.0
    while now <= 200:
        if arrivals.take(now):
            taken.append(now)
            if not arrivals.try_again(file, now):
                arrivals.done(file)
        now += 1
    assert taken == [2, 4, 8, 16, 32, 60]


def test_what_failed_is_taken_soon_when_it_changes(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    arrivals.take(32.0)
    assert arrivals.try_again(file, 32.0)
    append(file, b" the rest")
    arrivals.notice(file, 33.0)
    assert arrivals.take(35.0) == [file]


def test_what_was_put_back_is_taken_at_once(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    arrivals.take(2.0)
    arrivals.put_back(file)
    assert arrivals.take(2.1) == [file]


def test_those_are_taken_first_that_came_first(arrivals: Arrivals, file: Path):
    arrivals.notice(file, 0.0)
    others = [file.with_name(f"{index}.jpg") for index in range(3)]
    for path in others:
        path.write_bytes(b"whole")
        arrivals.notice(path, 1.0)
    assert arrivals.take(5.0, 2) == [file, others[0]]
    assert arrivals.take(5.0, 2) == others[1:]
