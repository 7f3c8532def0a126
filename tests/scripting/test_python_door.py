"""Names of `import portrait_atelier`, imported on first use, and those that ComfyUI reads."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import portrait_atelier as pa
import pytest

ROOT = Path(pa.__file__).parent
HEAVY = ("torch", "torchvision", "numba", "skimage", "scipy", "gradio")
NAMES = sorted(pa._PLACES)


def _modules_after(code: str, folder: Path) -> set[str]:
    """Return the modules that a script has imported at its end."""
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True, cwd=folder
    )
    return set(done.stdout.split())


def test_importing_it_imports_nothing_of_its_own(tmp_path: Path):
    modules = _modules_after("import portrait_atelier as pa\ndir(pa)\npa.WEB_DIRECTORY\npa.comfy_entrypoint", tmp_path)
    assert {name for name in modules if name.startswith("portrait_atelier")} == {"portrait_atelier"}
    assert not modules & {*HEAVY, "numpy", "PIL", "cv2"}


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_what_its_module_calls_so(name: str):
    assert getattr(pa, name) is getattr(importlib.import_module(f"portrait_atelier.{pa._PLACES[name]}"), name)
    assert name in dir(pa)


def test_type_checkers_are_told_of_the_same_names():
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    found = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name  # otherwise private
    }
    assert found == pa._PLACES


def test_other_names_are_refused_as_of_any_module():
    assert not hasattr(pa, "NODE_CLASS_MAPPINGS")  # read by ComfyUI; packs of the old API have it
    with pytest.raises(AttributeError, match="module 'portrait_atelier' has no attribute 'aply'"):
        _ = pa.aply  # pyright: ignore[reportAttributeAccessIssue]


def test_it_is_marked_as_typed_and_the_mark_is_packed():
    assert (ROOT / "py.typed").is_file()
    assert (
        '"py.typed"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.setuptools.package-data]")[1]
    )


@pytest.mark.parametrize("style", ["golden-hour", "documentary-1936"])  # a designed one, and one learnt from photos
def test_applying_imports_nothing_heavy(style: str, tmp_path: Path):
    modules = _modules_after(
        f"""
import numpy as np
from PIL import Image
import portrait_atelier as pa
from portrait_atelier import apply, learn, styles
pixels = np.random.default_rng(0).integers(0, 256, (60, 40, 3), np.uint8)
style = pa.load_style({style!r})
assert (pa.apply(pixels, style, mask=np.ones((60, 40), bool)) != pixels).any()
image = pa.apply(Image.fromarray(pixels), pa.style_for_series([pixels], style))
image.save("photo.png")
assert pa.apply("photo.png", style).name == "photo.{style}.png"
style.save("mine")
styles()
""",
        tmp_path,
    )
    assert "portrait_atelier.core.scripting.applying" in modules
    assert not modules & set(HEAVY)
