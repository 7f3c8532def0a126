"""Scripts in docs/python.md and the README run, and the names in them exist."""

import re
import subprocess
import sys
from pathlib import Path

import portrait_atelier as pa
import pytest
from PIL import Image

ROOT = Path(pa.__file__).parent
DOC = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _examples(text: str) -> list[str]:
    return re.findall(r"<!-- python-example -->\n```python\n(.*?)```", text, re.DOTALL)


def _run(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_runs(tmp_path: Path):
    (example,) = _examples(DOC)
    lines = _run(example, tmp_path).splitlines()
    assert lines[0] == "astronaut.golden-hour.jpg"
    assert "golden-hour bundled" in lines
    for name in ("masked.png", "astronaut.golden-hour.jpg", "out/astronaut.jpg"):
        with Image.open(tmp_path / name) as image:
            assert image.size == (512, 512)
    assert pa.load_style(tmp_path / "two-evenings.safetensors").num_photos == 2


def test_the_example_of_the_readme_runs(tmp_path: Path):
    (example,) = _examples(README)
    Image.effect_noise((60, 80), 60).convert("RGB").save(tmp_path / "portrait.jpg")
    _run(example, tmp_path)
    assert (tmp_path / "portrait.golden-hour.jpg").is_file()


@pytest.mark.parametrize("name", sorted(pa._PLACES))
def test_every_name_of_the_door_is_described(name: str):
    assert re.search(rf"`{name}\b", DOC)


def test_the_other_blocks_use_names_that_are_there():
    used = set(re.findall(r"\bpa\.(\w+)", DOC))
    assert used <= set(pa._PLACES)


def test_the_arguments_that_it_names_are_those_of_the_functions():
    for name, listed in re.findall(r"^\| `(\w+)\((.*?)\)`", DOC, re.MULTILINE):
        code = getattr(pa, name).__code__
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        assert set(re.findall(r"\w+", listed)) <= set(arguments), name
