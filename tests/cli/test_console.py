"""Output of the command line."""

import json
import logging

import pytest
from portrait_atelier.core.cli.app import _NoteFormatter
from portrait_atelier.core.cli.commands import console
from portrait_atelier.core.cli.commands.console import fail, note, progress_bar, say, tell
from portrait_atelier.core.errors import StyleError
from portrait_atelier.core.texts import Text


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")


def test_results_go_to_stdout_and_all_else_to_stderr(capsys: pytest.CaptureFixture[str]):
    say("removed {path}", path="[bold]{x}.safetensors")
    note(Text("no face"))
    fail(StyleError("{path}: no such style file", path="a"))
    tell(Text("training"))
    captured = capsys.readouterr()
    assert captured.out == "removed [bold]{x}.safetensors\n"
    assert captured.err == "note: no face\natelier: a: no such style file\ntraining\n"


def test_where_no_bar_can_be_drawn_progress_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    seconds = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: seconds[0])
    with progress_bar("learning") as progress:
        for done in range(8):
            progress(done, 40)
            seconds[0] += 6
        progress(8, 40)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"learning: {done} of 40, about {(40 - done) * 0.1:.1f} min left" for done in (2, 4, 6, 8)]


@pytest.mark.usefixtures("german")
def test_it_speaks_the_language_of_the_environment(capsys: pytest.CaptureFixture[str]):
    say("{folder}: {count} photos used", one="{folder}: {count} photo used", folder="x", count=1)
    note(Text("no face"))
    fail(StyleError("{path}: no such style file", path="a"))
    captured = capsys.readouterr()
    assert captured.out == "x: 1 Foto genommen\n"
    assert captured.err == "Hinweis: kein Gesicht\natelier: a: keine solche Stildatei\n"


@pytest.mark.usefixtures("german")
def test_errors_of_commands_and_of_their_options_are_translated(atelier):
    code, _, err = atelier("show", "no-such")
    assert code == 1
    assert err.startswith("atelier: no-such: kein solcher Stil, ")
    assert "`atelier styles` listet die installierten auf" in err
    code, _, err = atelier("learn", "photos", "-n", "mine", "--generator", "words")
    assert code == 2
    assert "generator muss look oder pixel sein, nicht 'words'" in " ".join(err.replace("│", " ").split())


@pytest.mark.usefixtures("german")
def test_a_style_is_described_and_for_programs_is_not(atelier):
    _, out, _ = atelier("show", "platinum-print")
    assert "Art:                         entworfen\n" in out
    assert "\n                             Eine lange, ruhige Skala" in out
    _, out, _ = atelier("styles")
    assert "Beschreibung" in out
    _, out, _ = atelier("styles", "--json")
    found = {style["name"]: style for style in json.loads(out)}
    assert found["platinum-print"]["kind"] == "fixed"
    assert found["platinum-print"]["description"].startswith("A long, quiet scale")


@pytest.mark.parametrize(
    ("message", "shown"), [(Text("no face"), "Hinweis: kein Gesicht"), ("no face of 3", "no face of 3")]
)
@pytest.mark.usefixtures("german")
def test_a_text_that_is_logged_is_a_note(message: str, shown: str):
    record = logging.LogRecord("core", logging.WARNING, "a.py", 1, message, None, None)
    assert _NoteFormatter("%(message)s").format(record) == shown
