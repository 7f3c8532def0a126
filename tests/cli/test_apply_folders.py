"""`atelier apply` for many photos: folders, names, what exists, progress, JSON, and what is only tried."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from batch_material import write_photo
from PIL import Image
from portrait_atelier.core.batch.request import PhotoOutcome, PhotoTask
from portrait_atelier.core.cli.commands import apply, batch_progress
from portrait_atelier.core.cli.commands import console as console_module
from portrait_atelier.core.errors import AtelierError
from rich.console import Console


@pytest.fixture
def session(tmp_path: Path) -> Path:
    for seed, name in enumerate(("a.jpg", "b.jpg", "sub/c.jpg")):
        write_photo(tmp_path / "in" / name, seed)
    return tmp_path / "in"


def _lines(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_folder_is_restyled_and_its_tree_kept(atelier, session: Path, tmp_path: Path):
    (session / "broken.jpg").write_text("no picture")
    (session / "a.nef").write_bytes(b"II*\0" + bytes(60))
    code, out, err = atelier("apply", session, "-s", "low-key", "-o", "out")
    assert code == 1
    assert sorted(out.split()) == [str(Path("out") / name) for name in ("a.jpg", "b.jpg", "sub/c.jpg")]
    said = err.replace("\n", " ")
    assert "broken.jpg: is not a photo" in said
    assert "1 photo was left alone: a RAW file" in said
    assert "1 of 5 photos could not be restyled" in said
    code, out, err = atelier("apply", session, "-s", "low-key", "-o", "out", "--exclude", "broken*")
    assert (code, out) == (0, "")
    assert "3 photos were left alone: done by an earlier run" in err.replace("\n", " ")


def test_names_and_patterns(atelier, session: Path):
    words = ("--name", "{folder}/{stem}.{style}-{number}.png", "--include", "*.jpg", "--exclude", "b.*")
    code, out, _ = atelier("apply", session, "-s", "low-key", "-o", "out", *words)
    assert code == 0
    assert sorted(out.split()) == [str(Path("out/in/a.low-key-1.png")), str(Path("out/sub/sub/c.low-key-2.png"))]
    code, _, err = atelier("apply", session, "-s", "low-key", "--name", "{stemm}")
    assert code == 2
    assert "has no field '{stemm}'" in " ".join(err.replace("│", " ").split())


def test_photos_whose_results_exist_are_left_alone_if_that_is_asked(atelier, session: Path, tmp_path: Path):
    mine = write_photo(tmp_path / "out/a.jpg", 9).read_bytes()
    code, out, err = atelier("apply", session, "-s", "low-key", "-o", "out")
    assert code == 1
    assert "a.jpg: exists already; add --overwrite or --skip-existing" in err.replace("\n", " ")
    assert len(out.split()) == 2
    assert atelier("apply", session, "-s", "low-key", "-o", "out", "--skip-existing")[0] == 0
    assert (tmp_path / "out/a.jpg").read_bytes() == mine


def test_lines_of_json_are_in_english_in_every_language(atelier, session: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    (session / "broken.jpg").write_text("no picture")
    code, out, err = atelier("apply", session, "-s", "low-key", "-o", "out", "--json")
    *photos, end = _lines(out)
    assert (code, err) == (1, "")
    assert {line["photo"]: line["state"] for line in photos} == {
        str(session / name): "failed" if name == "broken.jpg" else "done"
        for name in ("a.jpg", "b.jpg", "sub/c.jpg", "broken.jpg")
    }
    assert [line["finished"] for line in photos] == [1, 2, 3, 4]
    assert {line["total"] for line in photos} == {4}
    assert "is not a photo" in next(line["error"] for line in photos if line["error"])
    assert photos[-1]["photos_per_second"] > 0
    assert photos[-1]["seconds_left"] == 0
    assert (end["state"], end["done"], end["failed"], end["skipped"]) == ("ended", 3, 1, 0)


def test_what_is_only_tried_writes_nothing(atelier, session: Path, tmp_path: Path):
    code, out, _ = atelier("apply", session, "-s", "low-key", "-o", "out", "--dry-run")
    assert code == 0
    assert f"{session / 'sub' / 'c.jpg'}: would become {Path('out/sub/c.jpg')}" in out
    lines = _lines(atelier("apply", session, "-s", "low-key", "-o", "out", "--dry-run", "--json")[1])
    assert [line["state"] for line in lines] == ["planned"] * 3 + ["ended"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("--series",), ("--series", "folder"), ("--series", "burst"), ("--series=all",)])
def test_series_stands_alone_or_with_a_kind(atelier, session: Path, words: tuple[str, ...]):
    assert atelier("apply", *words, session, "-s", "low-key", "-o", "out")[0] == 0
    assert atelier("apply", session, "-s", "low-key", "-o", "out2", *words)[0] == 0


def test_an_unknown_kind_of_series_is_refused(atelier, session: Path):
    code, _, err = atelier("apply", session, "-s", "low-key", "--series=day")
    assert code == 2
    assert "series must be one of" in " ".join(err.replace("│", " ").split())


def test_one_photo_keeps_no_journal(atelier, session: Path):
    assert atelier("apply", session / "a.jpg", "-s", "low-key")[0] == 0
    assert sorted(path.name for path in session.iterdir()) == ["a.jpg", "a.low-key.jpg", "b.jpg", "sub"]


def test_without_a_terminal_lines_tell_how_fast_it_goes(atelier, session: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batch_progress, "_LINE_EVERY", -1.0)
    code, _, err = atelier("apply", session, "-s", "low-key", "-o", "out")
    assert code == 0
    assert "\n1 of 3 photos\n" in f"\n{err}"
    assert "3 photos in 0:0" in err


class _Clock:
    """Stands for the clock of a report."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize("report_of", [batch_progress.json_report, batch_progress.report_on_terminal])
def test_the_time_left_is_told_once_it_is_known_and_without_the_start(report_of, monkeypatch: pytest.MonkeyPatch):
    clock = _Clock()
    monkeypatch.setattr(batch_progress, "time", clock)
    known: list[float | None] = []
    with report_of("warm", 12, 2) as report:
        for seconds, state in ((0, "skipped"), (0, "failed"), (60, "done"), (1, "done"), (9, "done"), (0, "failed")):
            clock.now += seconds
            report.tell(PhotoOutcome(PhotoTask(Path("a.jpg"), Path("b.jpg")), state, error=_error(state)))
            known.append(report.seconds_left)
        assert known == [None, None, None, None, 35.0, 30.0]  # 2 photos in 10 seconds
        for left in range(5, -1, -1):
            report.tell(PhotoOutcome(PhotoTask(Path("a.jpg"), Path("b.jpg")), "skipped"))
            assert report.seconds_left == 5.0 * left


def _error(state: str) -> AtelierError | None:
    return AtelierError("no picture") if state == "failed" else None


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_photos_whose_format_is_not_written_are_told_once(atelier, session: Path, words: tuple[str, ...]):
    for name in ("one.avif", "two.avif"):
        Image.fromarray(np.full((24, 32, 3), 120, np.uint8)).save(session / name)
    (session / "old.heic").write_text("no picture")
    told = "AVIF, HEIC can only be read: such photos become JPEG; --name '{stem}.tif' makes TIFFs"
    _, out, err = atelier("apply", session, "-s", "low-key", "-o", "out", *words)
    assert (out + err).replace("\n", " ").count(told) == 1
    assert ('{"state": "remark", "notes": ["' + told in out) == bool(words)
    for more in (("--name", "{stem}.png"), ("--include", "*.jpg"), ()):  # chosen, none, none left
        _, out, err = atelier("apply", session, "-s", "low-key", "-o", "out", "--exclude", "old*", *more, *words)
        assert "can only be read" not in out + err
    _, out, err = atelier("apply", session / "one.avif", "-s", "low-key", "-o", "one.png")
    assert "can only be read" not in out + err


@pytest.mark.parametrize("option", ["-s", "-o"])
@pytest.mark.parametrize("command", ["apply", "watch"])
def test_a_second_style_or_output_is_refused(atelier, session: Path, tmp_path: Path, command: str, option: str):
    words = [command, session, "-s", "low-key", f"--{'style' if option == '-s' else 'output'}=high-key", "-o", "out"]
    code, _, err = atelier(*words)
    assert code == 2
    told = " ".join(err.replace("│", " ").split())
    assert f"{option} stands 2 times, and one run has one; run the command once for each" in told
    assert not (tmp_path / "out").exists()


def test_a_full_disk_ends_the_run(atelier, session: Path, monkeypatch: pytest.MonkeyPatch):
    def full(plan, *_: object):
        for task in plan.tasks:
            yield PhotoOutcome(task, "failed", error=apply_error(), disk_is_full=True)

    def apply_error():
        return AtelierError("{path}: cannot be read ({cause})", path="x", cause="full")

    monkeypatch.setattr(apply, "run_batch", full)
    code, _, err = atelier("apply", session, "-s", "low-key", "-o", "out")
    assert code == 1
    assert err.count("cannot be read") == 1
    assert "the disk is full, the other photos were not begun" in err.replace("\n", " ")


@pytest.mark.parametrize("is_piped", [False, True])
def test_on_a_screen_results_stand_above_the_bar_and_in_a_pipe_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_piped: bool
):
    papers = {"out": io.StringIO(), "err": io.StringIO()}
    for name, is_terminal in (("out", not is_piped), ("err", True)):
        console = Console(file=papers[name], force_terminal=is_terminal, soft_wrap=True, highlight=False)
        monkeypatch.setattr(batch_progress, name, console)
        monkeypatch.setattr(console_module, name, console)
    done = PhotoOutcome(PhotoTask(tmp_path / "a.jpg", Path("out/a.jpg")), "done")
    with batch_progress.report_on_terminal("warm", 2) as report:
        report.tell(done)
    path = str(Path("out/a.jpg"))
    assert papers["out"].getvalue() == (f"{path}\n" if is_piped else "")
    assert (f"\x1b[2K{path}" in papers["err"].getvalue()) != is_piped
    assert "1/2" in papers["err"].getvalue()


NASTY = "a\x1b[31m\x9b2J\u202egnp\nb"


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_names_of_files_do_not_steer_a_terminal(atelier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_photo(tmp_path / "in" / f"{NASTY}.jpg")
    (tmp_path / "in" / f"{NASTY}.png").write_text("no picture")
    code, out, err = atelier("apply", tmp_path / "in", "-s", "low-key", "-o", "out")
    assert code == 1
    assert out == f"out/{NASTY}.jpg\n"  # a program that reads names gets them as they are
    assert "in/a\\x1b[31m\\x9b2J\\u202egnp\\nb.png: is not a photo" in err.replace("\n", " ").replace("  ", " ")
    _, out, err = atelier("apply", tmp_path / "in", "-s", "low-key", "-o", "out", "--dry-run")
    assert "\x1b" not in out + err
    _, out, err = atelier("apply", tmp_path / "in", "-s", "low-key", "-o", "again", "--json")
    assert not set(out + err) & {"\x1b", "\x9b", "\u202e"}
    assert f"again/{NASTY}.jpg" in [line.get("output") for line in _lines(out)]
    monkeypatch.setattr(type(console_module.out), "is_terminal", property(lambda _: True))
    _, out, err = atelier("apply", tmp_path / "in" / f"{NASTY}.jpg", "-s", "low-key")
    assert "a\\x1b[31m\\x9b2J\\u202egnp\\nb.low-key.jpg" in out + err
    assert not set(out + err) & {"\x9b", "\u202e"}
    _, out, err = atelier("show", f"{NASTY}.safetensors")
    assert not set(out + err) & {"\x1b", "\x9b", "\u202e"}
