"""What every command has: version, help with examples, completion, more or less words, JSON, a manual."""

import json
import logging
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from portrait_atelier.core.cli import app as cli
from portrait_atelier.core.styles.library import add_style, find_style, rename_style
from portrait_atelier.core.version import installed_version

Run = Callable[..., tuple[int, str, str]]


def test_the_version_is_said(atelier: Run):
    assert atelier("--version") == (0, f"atelier {installed_version()}\n", "")


def test_help_has_examples_and_each_is_a_call_that_exists(atelier: Run):
    _, out, _ = atelier("--help")
    words = " ".join(out.split())
    for example in cli._EXAMPLES:
        assert example in words
        command, *options = example.split()[1:]
        said = atelier(command, "--help")[1]
        assert all(option in said for option in options if re.fullmatch("--?[a-z-]+", option)), example
    assert "atelier --install-completion" in words


@pytest.mark.parametrize("words", [("-q", "apply"), ("apply", "-q"), ("apply", "--quiet")])
def test_quiet_leaves_only_results_and_errors(atelier: Run, words: tuple[str, ...]):
    Image.new("RGBA", (40, 30), (150, 110, 90, 200)).save("layers.png")
    call = ("layers.png", "-s", "golden-hour", "-o")
    code, out, err = atelier("apply", *call, "loud.jpg")
    assert (code, "loud.jpg" in out) == (0, True)
    assert "note: " in err, "JPEG holds no alpha"
    code, out, err = atelier(*words, *call, "quiet.jpg")
    assert (code, "quiet.jpg" in out, err) == (0, True, "")
    code, _, err = atelier(*words, "none.jpg", "-s", "golden-hour")
    assert (code, "none.jpg" in err) == (1, True)
    assert not logging.getLogger().isEnabledFor(logging.WARNING)
    assert "note: " in atelier("apply", *call, "again.jpg")[2], "it is quiet only once"


@pytest.mark.parametrize("words", [("-v", "show"), ("show", "-v"), ("show", "--verbose")])
def test_verbose_says_what_is_done_on_the_way(atelier: Run, caplog: pytest.LogCaptureFixture, words: tuple[str, ...]):
    assert atelier(*words, "golden-hour")[0] == 0
    assert str(find_style("golden-hour").path) in caplog.text
    caplog.clear()
    assert atelier(*words, "no-such")[0] == 1
    assert "Traceback" not in caplog.text
    caplog.clear()
    assert atelier("show", "golden-hour")[0] == 0
    assert caplog.text == ""


def test_verbose_twice_shows_the_traceback_of_an_error(atelier: Run, caplog: pytest.LogCaptureFixture):
    code, _, err = atelier("show", "no-such", "-vv")
    assert code == 1
    assert err.startswith("atelier: no-such: no such style")
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("atelier sh", "show"),
        ("atelier apply photo.jpg -s gol", "golden-hour"),
        ("atelier apply photo.jpg --style fold", "folder/"),
        ("atelier show folder/", "folder/a.safetensors"),
        ("atelier export doc", "documentary-1936"),
        ("atelier rename min", "mine"),
        ("atelier rename gol", ""),
        ("atelier apply --protect", "--protect-skin"),
        ("atelier gimp st", "status"),
    ],
)
def test_the_tab_key_completes(atelier: Run, monkeypatch: pytest.MonkeyPatch, typed: str, completed: str):
    Path("folder").mkdir()
    Path("folder/a.safetensors").touch()
    add_style(find_style("golden-hour").path)
    rename_style("library/golden-hour", "mine")
    monkeypatch.setenv("_ATELIER_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    assert atelier()[1].split() == completed.split()


def test_a_style_is_told_to_programs(atelier: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    facts = json.loads(atelier("show", "documentary-1936", "--json")[1])
    assert (facts["name"], facts["kind"], facts["photos"]) == ("documentary-1936", "instant", 18)
    assert facts["score"]["expected"] == pytest.approx(2.99)
    assert facts["share_of_the_way"] is None
    assert facts["description"].startswith("Dust, hard light and silver")


def test_the_doctor_tells_programs_what_it_finds(atelier: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    code, out, _ = atelier("doctor", "--json")
    found = json.loads(out)
    assert (code, found["usable"], found["version"]) == (0, True, installed_version())
    assert {"numpy", "torch"} <= {package["name"] for package in found["packages"] if package["version"]}
    assert {extra["extra"] for extra in found["extras"]} >= {"panel", "heic", "train"}
    assert all(extra["version"] or "install" in extra["command"] for extra in found["extras"])
    assert found["folders"]["weights"]["exists"]
    assert found["cuda"] is None, "torch was not asked"
    assert found["feature_networks"]["compact"]
    assert found["styles"]["ready"] >= 9
    assert found["styles"]["broken"] == {}
    assert json.loads(atelier("doctor", "--json", "--thorough")[1])["cuda"] is not None


def _manual(atelier: Run) -> str:
    code, out, _ = atelier("man")
    assert code == 0
    return out


def test_the_manual_has_every_command_and_option(atelier: Run):
    page = _manual(atelier).replace("\\-", "-")
    assert page.startswith(f'.TH ATELIER 1 "" "Portrait Atelier {installed_version()}" "User Commands"\n')
    for name in ("apply", "learn", "show", "gimp install", "gimp status"):
        assert f".SS atelier {name}\n" in page
    for option in ("-s, --style", "--protect-skin", "--resume", "--json", "--version"):
        assert f"\\fB{option}" in page
    assert ".SS atelier man" not in page, "it is hidden"
    assert "ATELIER_STYLES" in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_manual_is_good_roff(atelier: Run):
    page = _manual(atelier)
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-Kutf8"], input=page, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert "atelier show" in re.sub("\x1b\\[[0-9;]*m|.\x08", "", done.stdout)
