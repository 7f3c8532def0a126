"""A watched folder: each photo is restyled once, when it is complete, whatever is killed, full or gone."""

import errno
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from portrait_atelier.core.batch.journal import Journal
from portrait_atelier.core.batch.request import BatchRequest, PhotoOutcome, PhotoTask
from portrait_atelier.core.batch.restyling import restyle_task
from portrait_atelier.core.batch.watching import FolderWatch, WatchNews, WatchOptions, require_watchable
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.controls import Controls
from scenes import save, scene
from waiting import until
from watch_process import bring_all, check_whole, end, start_watching, wait_for

NUM_ARRIVALS = int(os.environ.get("ATELIER_TEST_ARRIVALS", "20"))
QUICK = WatchOptions(settle_seconds=0.2, give_up_seconds=1.0, scan_seconds=0.5, retry_seconds=0.5)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return save(scene(1, height=60, width=48), tmp_path / "photo.jpg", quality=90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "arriving"
    path.mkdir()
    return path


@contextmanager
def watching(
    folder: Path,
    output: Path,
    *,
    restyle: Callable[..., PhotoOutcome] = restyle_task,
    options: WatchOptions = QUICK,
    **more: Any,
) -> Iterator[list[PhotoOutcome | WatchNews]]:
    """Watch on another thread; yield what happens, as it does."""
    request = BatchRequest((folder,), output, Controls(), **more)
    style = resolve_style("golden-hour")
    journal = Journal.read(output, request, style)
    journal.open()
    told: list[PhotoOutcome | WatchNews] = []
    stop = threading.Event()
    watch = FolderWatch(request, style, journal, options, restyle)
    thread = threading.Thread(target=lambda: told.extend(iter_into(told, watch.run(stop))))
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join(120)
        journal.close()


def iter_into(told: list, events: Iterator) -> list:
    for event in events:
        told.append(event)
    return []


def states(told: list[PhotoOutcome | WatchNews]) -> list[str]:
    return [event.state if isinstance(event, PhotoOutcome) else event.kind for event in told]


def test_what_is_there_and_what_arrives_is_restyled(folder: Path, photo: Path, tmp_path: Path):
    shutil.copy(photo, folder / "before.jpg")
    with watching(folder, tmp_path / "out") as told:
        until(lambda: states(told) == ["done"])
        (folder / "day 2").mkdir()
        shutil.copy(photo, folder / "day 2" / "after.jpg")
        until(lambda: states(told) == ["done", "done"])
    assert (tmp_path / "out" / "before.jpg").is_file()
    assert (tmp_path / "out" / "day 2" / "after.jpg").is_file()


def test_what_was_done_before_is_left_alone_also_when_the_folder_has_moved(folder: Path, photo: Path, tmp_path: Path):
    shutil.copy(photo, folder / "a.jpg")
    with watching(folder, tmp_path / "out") as told:
        until(lambda: states(told) == ["done"])
    written = (tmp_path / "out" / "a.jpg").stat().st_mtime_ns
    moved = folder.rename(tmp_path / "moved")
    with watching(moved, tmp_path / "out") as told:
        until(lambda: states(told) == ["skipped"])
    assert (tmp_path / "out" / "a.jpg").stat().st_mtime_ns == written


def test_what_another_computer_makes_meanwhile_is_no_failure(folder: Path, photo: Path, tmp_path: Path):
    def restyle_late(task: PhotoTask, *rest: Any, **more: Any) -> PhotoOutcome:
        if not task.was_begun:
            assert restyle_task(task, *rest, **more).state == "done"  # by the other
        return restyle_task(task, *rest, **more)

    shutil.copy(photo, folder / "a.jpg")
    with watching(folder, tmp_path / "out", restyle=restyle_late) as told:
        until(lambda: states(told) != [])
    assert states(told) == ["skipped"]
    with watching(folder, tmp_path / "out") as told:
        until(lambda: states(told) == ["skipped"])


def test_results_inside_the_folder_and_unfinished_names_are_not_taken(folder: Path, photo: Path):
    for name in ("a.jpg.part", "b.tmp.jpg", ".c.jpg", "~d.jpg", "e.txt"):
        shutil.copy(photo, folder / name)
    shutil.copy(photo, folder / "real.jpg")
    with watching(folder, folder / "out") as told:
        until(lambda: states(told) == ["done"])
        shutil.copy(photo, folder / "second.jpg")
        until(lambda: states(told) == ["done", "done"])
    assert sorted(path.name for path in (folder / "out").glob("[!.]*")) == ["real.jpg", "second.jpg"]


def test_a_raw_file_is_left_out_where_its_finished_photo_is(folder: Path, photo: Path, tmp_path: Path):
    (folder / "a.nef").write_bytes(b"II*\0" + bytes(64))
    shutil.copy(photo, folder / "a.jpg")
    with watching(folder, tmp_path / "out") as told:
        until(lambda: states(told) == ["done"])
        shutil.copy(photo, folder / "b.jpg")
        until(lambda: len(told) == 2)
    assert states(told) == ["done", "done"]


def test_a_cut_off_photo_waits_for_its_rest_and_a_damaged_one_fails_in_the_end(
    folder: Path, photo: Path, tmp_path: Path
):
    content = photo.read_bytes()
    (folder / "cut.jpg").write_bytes(content[: len(content) // 2])
    patient = WatchOptions(settle_seconds=0.2, give_up_seconds=600.0, scan_seconds=0.5)
    with watching(folder, tmp_path / "out", options=patient) as told:
        shutil.copy(photo, folder / "other.jpg")
        until(lambda: states(told) == ["done"])
        with (folder / "cut.jpg").open("ab") as file:
            file.write(content[len(content) // 2 :])
        until(lambda: states(told) == ["done", "done"])
    (folder / "damaged.jpg").write_bytes(content[: len(content) // 2])
    with watching(folder, tmp_path / "out") as told:
        until(lambda: "failed" in states(told))
    (failed,) = [event for event in told if isinstance(event, PhotoOutcome) and event.state == "failed"]
    assert "damaged.jpg" in str(failed.error)
    assert "cut off" in str(failed.error)


def test_a_photo_that_is_exported_again_replaces_its_result(folder: Path, photo: Path, tmp_path: Path):
    shutil.copy(photo, folder / "a.jpg")
    with watching(folder, tmp_path / "out") as told:
        until(lambda: states(told) == ["done"])
        first = (tmp_path / "out" / "a.jpg").read_bytes()
        save(scene(2, height=60, width=48), folder / "a.jpg", quality=90)
        until(lambda: states(told) == ["done", "done"])
    assert (tmp_path / "out" / "a.jpg").read_bytes() != first


def test_a_photo_does_not_replace_the_result_of_another(folder: Path, photo: Path, tmp_path: Path):
    shutil.copy(photo, folder / "a.jpg")
    with watching(folder, tmp_path / "out", overwrite=True, name="all.jpg") as told:
        until(lambda: states(told) == ["done"])
        save(scene(2, height=60, width=48), folder / "b.jpg", quality=90)
        until(lambda: states(told) == ["done", "failed"])
    assert "another photo would get the same name" in str(told[1].error)


def test_a_result_of_another_run_is_not_replaced(folder: Path, photo: Path, tmp_path: Path):
    shutil.copy(photo, folder / "a.jpg")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").write_bytes(b"of somebody else")
    with watching(folder, tmp_path / "out") as told:
        until(lambda: states(told) == ["failed"])
    assert (tmp_path / "out" / "a.jpg").read_bytes() == b"of somebody else"


def test_a_full_disk_is_told_of_once_and_tried_until_there_is_room(folder: Path, photo: Path, tmp_path: Path):
    room = threading.Event()
    tries = []

    def restyle(task: PhotoTask, *rest: object, **options: object) -> PhotoOutcome:
        tries.append(task.source.name)
        if room.is_set():
            return restyle_task(task, *rest, **options)  # type: ignore[arg-type]
        error = AtelierError("{path}: cannot be written", path=task.output)
        error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
        return PhotoOutcome(task, "failed", error=error, disk_is_full=True)

    for name in ("a.jpg", "b.jpg", "c.jpg"):
        shutil.copy(photo, folder / name)
    with watching(folder, tmp_path / "out", restyle=restyle) as told:
        until(lambda: len(tries) > 4)
        assert states(told) == ["disk_full"]
        room.set()
        until(lambda: states(told).count("done") == 3)
    assert states(told)[:3] == ["disk_full", "disk_free", "done"]


def test_a_journal_without_room_loses_no_photo(
    folder: Path, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    append, refused = Journal._append, []

    def full(journal: Journal, line: dict) -> None:
        if "done" in line and len(refused) < 2:
            refused.append(line)
            raise AtelierError("full") from OSError(errno.ENOSPC, "No space left on device")
        append(journal, line)

    monkeypatch.setattr(Journal, "_append", full)
    shutil.copy(photo, folder / "a.jpg")
    with watching(folder, tmp_path / "out") as told:
        until(lambda: "done" in states(told))
    assert states(told) == ["disk_full", "disk_free", "done"]


def test_a_folder_that_goes_away_is_waited_for(folder: Path, photo: Path, tmp_path: Path):
    shutil.copy(photo, folder / "a.jpg")
    with watching(folder, tmp_path / "out") as told:
        until(lambda: states(told) == ["done"])
        away = folder.rename(tmp_path / "away")
        until(lambda: "folder_gone" in states(told))
        away.rename(folder)
        until(lambda: "folder_back" in states(told))
        shutil.copy(photo, folder / "b.jpg")
        until(lambda: states(told).count("done") == 2)


def test_without_events_photos_are_found_by_looking(folder: Path, photo: Path, tmp_path: Path):
    options = WatchOptions(settle_seconds=0.2, scan_seconds=0.2, listens=False)
    with watching(folder, tmp_path / "out", options=options) as told:
        shutil.copy(photo, folder / "a.jpg")
        until(lambda: states(told) == ["done"])


def test_results_beside_or_above_the_photos_are_refused(folder: Path):
    for output in (None, folder, folder.parent, folder / "sub" / ".."):
        with pytest.raises(AtelierError, match="would be taken for new photos"):
            require_watchable(BatchRequest((folder,), output, Controls()))
    with pytest.raises(AtelierError, match="no such folder"):
        require_watchable(BatchRequest((folder / "none",), folder / "out", Controls()))
    with pytest.raises(AtelierError, match="number"):
        require_watchable(BatchRequest((folder,), folder / "out", Controls(), name="{number}"))
    require_watchable(BatchRequest((folder,), folder / "out", Controls()))


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_photos_that_arrive_slowly_are_each_done_once_though_the_watcher_is_killed(folder: Path, tmp_path: Path):
    photos = [
        save(scene(number, height=80, width=60), tmp_path / "from" / f"{number}.jpg", quality=90)
        for number in range(NUM_ARRIVALS)
    ]
    output = folder / "out"
    places: list[Path] = []
    bringing = threading.Thread(target=bring_all, args=(photos, folder, places), kwargs={"pause": 0.03})
    bringing.start()
    for share in (0.2, 0.5):
        process = start_watching(folder, output)
        wait_for(output, round(share * NUM_ARRIVALS))
        end(process, signal.SIGKILL)
    process = start_watching(folder, output, "--json")
    bringing.join()
    wait_for(output, NUM_ARRIVALS)
    code, out, err = end(process)
    assert (code, err) == (0, "")
    assert '"state": "ended"' in out.splitlines()[-1]
    check_whole(places, folder, output)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_the_command(folder: Path, photo: Path, tmp_path: Path):
    shutil.copy(photo, folder / "a.jpg")
    process = start_watching(folder, tmp_path / "out")
    wait_for(tmp_path / "out", 1)
    code, out, err = end(process, signal.SIGINT)
    assert code == 0
    assert out.splitlines() == [str(tmp_path / "out" / "a.jpg")]
    assert err.splitlines() == [f"{folder}: watching; Ctrl-C ends it", "1 photo restyled"]


def test_two_watchers_that_write_into_one_folder_leave_each_others_results_alone(
    folder: Path, photo: Path, tmp_path: Path
):
    with (
        watching(folder, folder / "one", compare=True) as first,
        watching(folder, folder / "two", name="{stem}.{style}") as second,
    ):
        for name in ("a.jpg", "b.jpg"):
            shutil.copy(photo, folder / name)
        until(lambda: states(first).count("done") == states(second).count("done") == 2)
        shutil.copy(photo, folder / "one" / "of my own.jpg")  # no result, though it lies among them
        until(lambda: states(second).count("done") == 3)
    assert len(first) == 2
    assert len(second) == 3
    with watching(folder, folder / "three") as third:  # begun later, with all results there
        until(lambda: len(states(third)) == 3)
    assert sorted(path.name for path in (folder / "three").rglob("[!.]*.jpg")) == ["a.jpg", "b.jpg", "of my own.jpg"]


def test_a_watcher_takes_what_another_makes_of_photos_elsewhere(folder: Path, photo: Path, tmp_path: Path):
    shutil.copy(photo, folder / "a.jpg")
    between = tmp_path / "between"
    between.mkdir()
    with watching(folder, between) as first, watching(between, tmp_path / "out") as second:
        until(lambda: states(first) == states(second) == ["done"])
