"""The journal of a batch: what was done is not done again, and what was begun is begun again."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from batch_material import opened, planned, request, run_all, states, warm_style, write_photo
from portrait_atelier.core.batch.journal import JOURNAL_NAME
from portrait_atelier.core.batch.planning import plan
from portrait_atelier.core.batch.running import Pace, run_batch
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.styles.controls import Controls


@pytest.fixture
def asked(tmp_path: Path):
    for number in range(3):
        write_photo(tmp_path / f"in/{number}.jpg", number)
    return request(tmp_path / "in", output=tmp_path / "out")


def _lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / JOURNAL_NAME).read_text(encoding="utf-8").splitlines()]


def test_a_second_run_has_nothing_to_do(asked, tmp_path: Path):
    run_all(asked, warm_style())
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.jpg")}
    assert len(before) == 3
    assert set(states(run_all(asked, warm_style())).values()) == {"skipped"}
    assert before == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.jpg")}


def test_a_photo_is_known_by_its_content_when_its_date_differs(asked, tmp_path: Path):
    run_all(asked, warm_style())
    os.utime(tmp_path / "in/0.jpg", (1, 1))
    write_photo(tmp_path / "in/1.jpg", 77)
    found = planned(asked, warm_style())
    assert states(list(found.settled)) == {"0.jpg": "skipped", "1.jpg": "failed", "2.jpg": "skipped"}


def test_other_settings_and_another_style_are_another_result(asked, tmp_path: Path):
    run_all(asked, warm_style())
    stronger = request(tmp_path / "in", output=tmp_path / "out", controls=Controls(strength=1.5))
    assert set(states(list(planned(stronger, warm_style()).settled)).values()) == {"failed"}
    assert set(states(list(planned(asked, warm_style(0.1)).settled)).values()) == {"failed"}
    again = request(tmp_path / "in", output=tmp_path / "out", controls=Controls(strength=1.5), overwrite=True)
    assert len(planned(again, warm_style()).tasks) == 3


def test_a_result_that_is_gone_is_made_again_and_an_edited_one_is_kept_unless_told(asked, tmp_path: Path):
    run_all(asked, warm_style())
    (tmp_path / "out/0.jpg").unlink()
    write_photo(tmp_path / "out/1.jpg", 99)
    assert [task.source.name for task in planned(asked, warm_style()).tasks] == ["0.jpg"]
    replacing = request(tmp_path / "in", output=tmp_path / "out", overwrite=True)
    assert [task.source.name for task in planned(replacing, warm_style()).tasks] == ["0.jpg", "1.jpg"]


def test_what_was_begun_and_not_ended_is_done_again_though_its_result_is_there(asked, tmp_path: Path):
    asked = replace(asked, sidecar=True)
    run_all(asked, warm_style())
    whole = (tmp_path / "out/0.jpg").read_bytes()
    shutil.rmtree(tmp_path / "out")
    journal = opened(asked, warm_style())
    task = planned(asked, warm_style()).tasks[0]
    journal.open()
    journal.begin(task)
    journal.close()
    task.output.write_bytes(whole)
    left = task.output.with_name(".0.0123456789ab.jpg")
    others = [task.output.with_name(name) for name in (".0.0123.jpg", ".01.0123456789ab.jpg", "0.0123456789ab.jpg")]
    for path in (left, *others):
        path.touch()
    killed_again = opened(asked, warm_style())
    killed_again.open()
    killed_again.begin(planned(asked, warm_style()).tasks[0])
    killed_again.close()
    outcomes = run_all(asked, warm_style())
    assert set(states(outcomes).values()) == {"done"}
    assert task.output.read_bytes() == whole
    assert task.output.with_name("0.jpg.xmp").is_file()
    assert not left.exists()
    assert all(path.exists() for path in others)
    assert set(states(run_all(asked, warm_style())).values()) == {"skipped"}


def test_a_file_that_came_where_a_result_was_begun_is_never_replaced(asked, tmp_path: Path):
    journal = opened(asked, warm_style())
    journal.open()
    for task in planned(asked, warm_style()).tasks[:2]:
        journal.begin(task)
    journal.close()
    mine = write_photo(tmp_path / "out/0.jpg", 5).read_bytes()
    outcomes = run_all(asked, warm_style())
    assert states(outcomes) == {"0.jpg": "failed", "1.jpg": "done", "2.jpg": "done"}
    (error,) = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert "exists already, and is not what an earlier run had begun" in str(error)
    journal = opened(asked, warm_style())
    journal.open()
    journal.begin(planned(replace(asked, overwrite=True), warm_style()).tasks[0])
    journal.close()
    assert states(run_all(replace(asked, skip_existing=True), warm_style()))["0.jpg"] == "skipped"
    assert (tmp_path / "out/0.jpg").read_bytes() == mine
    assert states(run_all(replace(asked, overwrite=True), warm_style()))["0.jpg"] == "done"
    assert (tmp_path / "out/0.jpg").read_bytes() != mine


def test_a_file_of_the_user_is_not_replaced_because_a_run_that_might_was_killed(asked, tmp_path: Path):
    mine = write_photo(tmp_path / "out/0.jpg", 5).read_bytes()
    replacing = request(tmp_path / "in", output=tmp_path / "out", overwrite=True)
    journal = opened(replacing, warm_style())
    journal.open()
    journal.begin(planned(replacing, warm_style()).tasks[0])
    journal.close()
    assert states(run_all(asked, warm_style()))["0.jpg"] == "failed"
    assert (tmp_path / "out/0.jpg").read_bytes() == mine


def test_failures_are_told_in_the_journal_and_tried_again(asked, tmp_path: Path):
    (tmp_path / "in/1.jpg").write_text("no picture")
    assert states(run_all(asked, warm_style()))["1.jpg"] == "failed"
    why = next(line["why"] for line in _lines(tmp_path / "out") if "failed" in line)
    assert "is not a photo" in why
    write_photo(tmp_path / "in/1.jpg", 1)
    assert states(run_all(asked, warm_style())) == {"0.jpg": "skipped", "1.jpg": "done", "2.jpg": "skipped"}


def test_a_line_that_a_kill_cut_off_is_passed_over_and_the_next_begins_anew(asked, tmp_path: Path):
    run_all(asked, warm_style())
    path = tmp_path / "out" / JOURNAL_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-20] + b"\xff")
    assert states(run_all(asked, warm_style())) != {}
    assert set(states(list(planned(asked, warm_style()).settled)).values()) == {"skipped"}
    assert path.read_bytes().count(b'\xff\n{"run"') == 1


@pytest.mark.parametrize("line", ["[]", "3", "null", '{"done": 3}', '{"done": "0.jpg"}', '{"begun": {}}', "{", '"x"'])
def test_strange_lines_are_passed_over(asked, tmp_path: Path, line: str):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / JOURNAL_NAME).write_text(line + "\n")
    assert set(states(run_all(asked, warm_style())).values()) == {"done"}


def test_results_beside_photos_are_not_taken_for_photos(tmp_path: Path):
    for name in ("a.jpg", "sub/b.jpg"):
        write_photo(tmp_path / name)
    asked = request(tmp_path)
    assert len(run_all(asked, warm_style())) == 2
    assert states(run_all(asked, warm_style())) == {"a.jpg": "skipped", "b.jpg": "skipped"}
    assert len(list(tmp_path.rglob("*.jpg"))) == 4


def test_results_that_a_pattern_of_the_shell_names_again_are_left_out(tmp_path: Path):
    photos = [write_photo(tmp_path / f"{name}.jpg") for name in "ab"]
    run_all(request(*photos), warm_style())
    again = request(*sorted(tmp_path.glob("*.jpg")))
    assert states(run_all(again, warm_style())) == {"a.jpg": "skipped", "b.jpg": "skipped"}
    other = request(*sorted(tmp_path.glob("*.warm.jpg")), output=tmp_path / "twice")
    assert states(run_all(other, warm_style())) == {"a.warm.jpg": "done", "b.warm.jpg": "done"}


def test_numbers_in_names_do_not_count_earlier_results(tmp_path: Path):
    photos = [write_photo(tmp_path / f"{name}.jpg") for name in "ab"]
    run_all(request(*photos, name="1-{number}"), warm_style())
    again = request(*sorted(tmp_path.glob("*.jpg")), name="1-{number}")
    assert states(run_all(again, warm_style())) == {"a.jpg": "skipped", "b.jpg": "skipped"}


def test_two_runs_do_not_write_into_one_folder(asked, tmp_path: Path):
    first = opened(asked, warm_style())
    first.open()
    with pytest.raises(AtelierError, match="another run writes there"):
        opened(asked, warm_style()).open()
    late = opened(asked, warm_style())
    first.begin(planned(asked, warm_style()).tasks[0])
    first.close()
    with pytest.raises(AtelierError, match="another run writes there"):
        late.open()
    run_all(asked, warm_style())


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a folder with an open file where it is")
@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_ends_when_its_output_folder_goes_away_and_the_same_command_makes_all(tmp_path: Path, workers: int):
    for number in range(12):
        write_photo(tmp_path / f"in/sub/{number}.jpg", number)
    asked, out = request(tmp_path / "in", output=tmp_path / "out"), tmp_path / "out"
    journal = opened(asked, warm_style())
    found = plan(asked, "warm", journal)
    journal.open()
    outcomes = run_batch(found, asked, warm_style(), journal, Pace(workers))
    assert next(outcomes).state == "done"
    out.rename(tmp_path / "moved")
    with pytest.raises(AtelierError, match="out: was moved or deleted"):
        list(outcomes)
    journal.close()
    assert len(list(out.rglob("*.jpg"))) <= workers + 1  # those that were in hand
    assert set(states(run_all(asked, warm_style())).values()) <= {"done", "skipped"}
    assert len(list(out.rglob("*.jpg"))) == 12


@pytest.mark.skipif(os.name != "posix", reason="Windows does not delete an open file")
def test_a_journal_that_is_deleted_while_photos_are_restyled_is_written_again(asked, tmp_path: Path):
    journal = opened(asked, warm_style())
    found = plan(asked, "warm", journal)
    journal.open()
    outcomes = run_batch(found, asked, warm_style(), journal, Pace(1))
    next(outcomes)
    journal.path.unlink()
    with pytest.raises(AtelierError, match="out: was moved or deleted"):
        list(outcomes)
    journal.close()
    assert sorted(states(run_all(asked, warm_style())).values()) == ["done", "done", "skipped"]


def test_an_output_folder_that_cannot_be_written_is_told_before_anything_is_done(asked, tmp_path: Path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(AtelierError, match="cannot be (read|written)"):
        run_all(asked, warm_style())


def test_another_style_is_not_given_to_results_below_the_photos(tmp_path: Path):
    write_photo(tmp_path / "a.jpg")
    for folder in ("one", "two"):
        asked = request(tmp_path, output=tmp_path / folder, compare=True)
        assert states(run_all(asked, warm_style())) == {"a.jpg": "done"}
    beside = request(tmp_path, compare=True)
    assert states(run_all(beside, warm_style())) == {"a.jpg": "done"}
    assert states(run_all(beside, warm_style())) == {"a.jpg": "skipped"}
    on_purpose = request(tmp_path / "one", output=tmp_path / "again", exclude=("*.compare.jpg",))
    assert states(run_all(on_purpose, warm_style())) == {"a.jpg": "done"}
