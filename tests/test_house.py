"""The plan of the house, kept: packages, directions of imports, nothing that runs at import, nothing unpickled."""

import ast
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("core", "comfy_nodes", "gimp_plugin", "panel")
_ROOMS = (
    "color",
    "imaging",
    "networks",
    "estimation",
    "photos",
    "styles",
    "learning",
    "reports",
    "pretraining",
    "worker",
    "cli",
)
RANKS = {
    "errors": 0,
    "folders": 0,
    "languages": 0,
    "texts": 0,
    "version": 0,
    **{name: rank for rank, name in enumerate(_ROOMS, 1)},
}
MODULES = [path for room in PRODUCT for path in sorted((ROOT / room).rglob("*.py"))]


def _listed_packages() -> set[str]:
    text = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^packages = \[(.*?)\]", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    return set(re.findall(r'"([^"]+)"', block[1]))


def test_the_packages_listed_are_the_packages_there():
    there = {
        ".".join(("portrait_atelier", *path.parent.relative_to(ROOT).parts))
        for room in PRODUCT
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert _listed_packages() == there | {"portrait_atelier"}


def _imports_of(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or ""))
        elif isinstance(node, ast.Import):
            found.extend((0, alias.name) for alias in node.names)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path):
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    forbidden = {"comfy", "comfy_api", "gi", "gradio"} if parts[0] == "core" else set()
    for level, module in _imports_of(path):
        assert module.split(".")[0] not in forbidden | {"pickle", "portrait_atelier"}, f"{path}: {module}"
        if parts[0] == "core" and len(parts) > 2 and level == len(parts) - 1:
            target = module.split(".")[0]
            assert RANKS[target] < RANKS[parts[1]], f"{path} imports upward or sideways: {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_short(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_importing_the_package_and_its_command_line_is_light():
    code = (
        "import sys; import portrait_atelier, portrait_atelier.core.cli; "
        "print(sorted({'torch', 'numpy', 'cv2', 'numba', 'skimage', 'PIL'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT.parent, check=False)
    if "No module named 'portrait_atelier'" in result.stderr:
        pytest.skip("the package is not installed")
    assert result.stdout.strip() == "[]", result.stderr


def test_the_module_of_the_command_line_is_a_program():
    code = [sys.executable, "-m", "portrait_atelier.core.cli", "pretrain", "--help"]
    result = subprocess.run(code, capture_output=True, text=True, cwd=ROOT.parent, check=False)
    if "No module named 'portrait_atelier'" in result.stderr:
        pytest.skip("the package is not installed")
    assert "set network" in result.stdout


def test_the_command_answers_for_help():
    command = Path(sysconfig.get_path("scripts")) / ("atelier.exe" if sys.platform == "win32" else "atelier")
    if not command.exists():
        pytest.skip("the package is not installed")
    result = subprocess.run([str(command), "--help"], capture_output=True, text=True, check=True)
    for word in ("demo", "apply", "learn", "styles", "show", "add", "rename", "remove", "blend", "export", "doctor"):
        assert word in result.stdout
