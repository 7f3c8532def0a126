"""Pixel styles at the command line: shown, and refused with the reason where a look is needed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pixel_material import pixel_style
from portrait_atelier.core import cli
from portrait_atelier.core.styles.library import store_style

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def atelier(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command line in an empty folder with one pixel style installed: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    store_style(pixel_style())

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["atelier", *words])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return run


def test_show_names_the_kind(atelier: Run):
    code, out, _ = atelier("show", "engraved")
    assert code == 0
    assert "pixel" in out


@pytest.mark.parametrize("output", ["look.cube", "look.png"])
def test_a_color_table_of_a_pixel_style_is_refused(atelier: Run, tmp_path: Path, output: str):
    code, _, err = atelier("export", "engraved", "-o", output)
    assert code == 1
    assert "is a pixel style" in " ".join(err.split())
    assert not (tmp_path / output).exists()


def test_a_blend_with_a_look_style_is_refused(atelier: Run):
    code, _, err = atelier("blend", "engraved", "low-key", "-n", "both")
    assert code == 1
    assert "has no look" in " ".join(err.split())
