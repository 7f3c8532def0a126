"""The commands that people wait for import neither torch nor numba, nor what else takes long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HEAVY = ("torch", "torchvision", "numba", "skimage", "scipy", "gradio")
# What a command prints goes to stderr; what it has imported is stdout.
_PROGRAM = """
import contextlib, sys
from portrait_atelier.core.cli.app import app
with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
    app()
print(*sorted(sys.modules))
"""


def _imported(*words: object) -> set[str]:
    """The modules that a command has imported by its end."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=300, check=True
    )
    assert "Error" not in done.stderr
    return set(done.stdout.split())


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    colors = np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)
    Image.fromarray(colors).resize((600, 800)).save(path, quality=92)
    return path


@pytest.mark.parametrize("options", [(), ("--strength", 0.5, "--variation", 3, "--series", "--compare")])
@pytest.mark.parametrize("style", ["golden-hour", "documentary-1936"])  # a designed one, and one learnt from photos
def test_applying_a_style_to_a_small_photo_imports_nothing_heavy(photo: Path, style: str, options: tuple):
    modules = _imported("apply", photo, "-s", style, *options)
    assert photo.with_name(f"photo.{style}.jpg").is_file()
    assert "portrait_atelier.core.imaging.rendering.render_numpy" in modules
    assert not modules & set(HEAVY)


def test_applying_a_style_to_a_folder_of_small_photos_imports_nothing_heavy(photo: Path):
    other = photo.with_name("other.jpg")
    other.write_bytes(photo.read_bytes())
    modules = _imported(
        "apply", photo.parent, "-s", "documentary-1936", "-o", photo.parent / "out", "--series", "burst"
    )
    assert len(list((photo.parent / "out").glob("*.jpg"))) == 2
    assert not modules & set(HEAVY)


@pytest.mark.parametrize(
    "words", [("styles",), ("styles", "--json"), ("show", "golden-hour"), ("show", "documentary-1936"), ("doctor",)]
)
def test_looking_around_imports_nothing_heavy(words: tuple[str, ...]):
    assert not _imported(*words) & set(HEAVY)


def test_a_large_photo_is_worth_the_kernel_but_not_torch(photo: Path):
    Image.open(photo).resize((2400, 2000)).save(photo)
    modules = _imported("apply", photo, "-s", "golden-hour")
    assert "portrait_atelier.core.imaging.rendering.render_kernel" in modules
    assert "torch" not in modules


def test_a_look_can_be_exported_without_torch(tmp_path: Path):
    modules = _imported("export", "golden-hour", "-o", tmp_path / "look.cube")
    assert (tmp_path / "look.cube").is_file()
    assert "torch" not in modules
