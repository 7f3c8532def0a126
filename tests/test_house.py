"""Rules of the house plan: rooms, directions of imports, no heavy imports, no pickles."""

import ast
import io
import re
import subprocess
import sys
import sysconfig
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ADAPTERS = ("comfy_nodes", "gimp_plugin", "panel")
PRODUCT = ("core", *ADAPTERS)
ROOMS = (  # of core, bottom first: a room imports only rooms of earlier entries
    ("folders", "texts", "version"),
    ("errors", "installation", "languages"),
    ("color",),
    ("imaging",),
    ("networks",),
    ("estimation",),
    ("photos", "styles"),
    ("learning", "batch"),
    ("reports",),
    ("worker", "pretraining", "scripting"),
    ("cli",),
)
STEPS = {room: step for step, rooms in enumerate(ROOMS) for room in rooms}
MODULES = [path for room in PRODUCT for path in sorted((ROOT / room).rglob("*.py"))]
LEAST_LINES = 15  # of code, in a module
SMALL_ALONE = {  # and why they may be
    "core/cli/__main__.py": "python -m wants it",
    "core/imaging/limits.py": "the command line needs it without numpy",
    "core/version.py": "what speaks to programs of other versions needs it, and nothing else",
}


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


def _name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {_name_of(path) for path in MODULES}


def _imports_of(path: Path) -> set[str]:
    """Our modules as `core.imaging.photo`, others by their full names; also what is imported late, or for types."""
    package = path.relative_to(ROOT).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package[: len(package) + 1 - node.level], *filter(None, [node.module])])
            base = base if node.level else str(node.module)
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= {name if name in NAMES else base for name in names}
    return found


IMPORTS = {path: _imports_of(path) for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path):
    place = _name_of(path).split(".")
    foreign = {"pickle", "portrait_atelier", *(("comfy", "comfy_api", "gi", "gradio") if place[0] == "core" else ())}
    for module in IMPORTS[path]:
        target = module.split(".")
        assert target[0] not in foreign, module
        if place[0] == target[0] == "core" and min(len(place), len(target)) > 1 and target[1] != place[1]:
            assert STEPS[target[1]] < STEPS[place[1]], f"imports upward or sideways: {module}"
        elif target[0] in ADAPTERS and target[0] != place[0]:
            assert place[:2] == ["core", "cli"], f"imports an adapter: {module}"


def test_the_command_line_imports_adapters_only_in_the_command_that_starts_one():
    for path in sorted((ROOT / "core" / "cli").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                assert not set((node.module or "").split(".")) & set(ADAPTERS), path


def test_no_module_imports_itself_by_way_of_others():
    graph = {_name_of(path): sorted(imports & NAMES - {_name_of(path)}) for path, imports in IMPORTS.items()}
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> None:
        assert name not in way, " -> ".join([*way[way.index(name) :], name])
        if name not in done:
            for target in graph[name]:
                visit(target, [*way, name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])


def _lines_of_code(path: Path) -> int:
    """Lines with code on them; docstrings are none."""
    text = path.read_text(encoding="utf-8")
    texts = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr))
    docstrings = [node for node in texts if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)]
    code = (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {line for token in tokens if token.type in code for line in range(token.start[0], token.end[0] + 1)}
    return len(lines - {line for node in docstrings for line in range(node.lineno, (node.end_lineno or 0) + 1)})


def test_no_module_is_too_small_to_stand_alone():
    counted = {path: _lines_of_code(path) for path in MODULES if path.name != "__init__.py"}
    small = {path.relative_to(ROOT).as_posix() for path, lines in counted.items() if lines < LEAST_LINES}
    assert small == set(SMALL_ALONE)


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
