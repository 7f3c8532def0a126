"""The real GIMP in trees of Debian (`.ci/gimp_trees`), entered in a mount, process and network namespace of its own.

The tree sees the Python that runs the tests, at its own path, so that the worker starts there as it does for users.
What GIMP's user owns (home folder, /tmp) is a folder outside the tree, so that a test can look into it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import portrait_atelier

SCRIPTS = Path(__file__).resolve().parent / "gimp_scripts"
GIMPRC = '(show-welcome-dialog no)\n(check-updates no)\n(color-profile-policy keep)\n(config-version "{version}")\n'
_ENTER = r"""
set -eu
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs -o "size=$SHM_SIZE" shm "$ROOT/dev/shm"
mount --bind "$TMP" "$ROOT/tmp"
for path in $BINDS; do
  if [ -d "$path" ]; then mkdir -p "$ROOT$path"; else mkdir -p "$(dirname "$ROOT$path")"; touch "$ROOT$path"; fi
  mount --bind "$path" "$ROOT$path"
done
exec chroot "$ROOT" /usr/bin/env -i PATH=/usr/bin:/bin LANG="$GIMP_LANG" HOME=/tmp/home \
  XDG_CONFIG_HOME=/tmp/home/.config XDG_CACHE_HOME=/tmp/home/.cache \
  XDG_DATA_HOME=/tmp/home/.local/share XDG_RUNTIME_DIR=/tmp/run NO_AT_BRIDGE=1 \
  OMP_NUM_THREADS=1 bash /tmp/command
"""
_RUN_SCRIPT = (
    "import sys, runpy; sys.path.insert(0, '/tmp/scripts'); runpy.run_path('/tmp/scripts/{}', None, '__main__')"
)
_DISPLAY = """
rm -rf /tmp/.X7-lock /tmp/.X11-unix  # of a display that was ended with its tree
Xvfb :7 -screen 0 {screen}x24 -nolisten tcp > /tmp/xvfb.log 2>&1 &
for _ in $(seq 1200); do [ -e /tmp/.X11-unix/X7 ] && break; sleep 0.05; done
export DISPLAY=:7
openbox > /tmp/openbox.log 2>&1 &
python3 /tmp/scripts/{driver} > /tmp/driver.log 2>&1 &
driver=$!
"""


def gimp_roots() -> list[Path]:
    """The trees named by GIMP_ROOT, separated like a PATH."""
    return [Path(text) for text in os.environ.get("GIMP_ROOT", "").split(os.pathsep) if text]


def why_not() -> str | None:
    """Why GIMP cannot be run here, or None."""
    if not gimp_roots():
        return "GIMP_ROOT names no tree with GIMP 3 (made by .ci/gimp_trees)"
    missing = [str(root) for root in gimp_roots() if not (root / "usr/bin/gimp-console").exists()]
    if missing:
        return f"no GIMP in {', '.join(missing)}"
    return None if os.geteuid() == 0 else "entering a tree needs root"


@dataclass(frozen=True)
class GimpRun:
    """What one run of GIMP left: exit code, all it said, the lines that scripts sent by `emit`, the folder /tmp."""

    code: int
    output: str
    lines: list[dict[str, Any]]
    tmp: Path

    def of(self, event: str) -> list[dict[str, Any]]:
        """The lines of one kind."""
        return [line for line in self.lines if line.get("event") == event]

    def check(self) -> GimpRun:
        """This run, if GIMP and its script ended well."""
        driver = self.tmp / "driver.log"
        said = driver.read_text() if driver.exists() else ""
        assert self.code == 0, f"GIMP ended with {self.code}:\n{self.output[-6000:]}\n{said[-3000:]}"
        assert "gimp_image_undo_group_end" not in self.output, f"groups of undo that overlap:\n{self.output[-6000:]}"
        return self


@dataclass(frozen=True)
class GimpHost:
    """One tree, and a home folder of a made-up user.

    Attributes:
        root: the tree.
        tmp: what GIMP sees as /tmp; the home folder is /tmp/home.
        shm_size: of /dev/shm, as mount says it.
        lang: GIMP's language.
    """

    root: Path
    tmp: Path
    shm_size: str = "2g"
    lang: str = "C.UTF-8"
    more_binds: tuple[Path, ...] = field(default=())

    @property
    def version(self) -> str:
        """ "3.0" or "3.2"."""
        return ".".join(self.full_version.split(".")[:2])

    @property
    def full_version(self) -> str:
        """As Debian's list of packages tells it: "3.0.4"."""
        packages = (self.root / "var/lib/dpkg/status").read_text().split("\n\n")
        (own,) = [text for text in packages if text.startswith("Package: gimp\n")]
        return re.search(r"^Version: (?:\d+:)?(\d+\.\d+\.\d+)", own, re.MULTILINE)[1]  # type: ignore[index]

    @property
    def home(self) -> Path:
        """The made-up user's home folder."""
        return self.tmp / "home"

    @property
    def config(self) -> Path:
        """The user's GIMP folder."""
        return self.home / ".config" / "GIMP" / self.version

    def prepare(self) -> None:
        """Make the folders of the user, and settings that ask no questions."""
        for folder in (self.config, self.tmp / "run"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.tmp / "run").chmod(0o700)
        self.tmp.chmod(0o1777)
        (self.config / "gimprc").write_text(GIMPRC.format(version=self.full_version))

    def forget_last_values(self) -> None:
        """Let dialogs begin with what a script gives them, not with what was last used."""
        for path in (*self.config.rglob("*plug-in-portrait-style*.last"), *self.config.glob("portrait-style.json")):
            path.unlink()

    def environment(self) -> dict[str, str]:
        """The environment in which the command line, outside the tree, finds the same user."""
        kept = {
            key: value for key, value in os.environ.items() if key in ("PATH", "PYTHONPATH", "LANG", "LD_LIBRARY_PATH")
        }
        own = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_RUNTIME_DIR": str(self.tmp / "run"),
        }
        return {**kept, **own, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}

    def atelier(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line outside the tree, as that user."""
        command = [sys.executable, "-m", "portrait_atelier.core.cli", *words]
        return subprocess.run(command, capture_output=True, text=True, env=self.environment(), check=False, timeout=300)

    def python(
        self,
        *scripts: str,
        driver: str | None = None,
        screen: str = "1600x1200",
        fonts: bool = False,
        timeout: float = 580,
        **environment: str,
    ) -> GimpRun:
        """Run scripts of tests/hosts/gimp_scripts in GIMP's own Python, all in one tree entered once.

        Args:
            scripts: each gets a GIMP of its own, one after the other.
            driver: a script of tests/hosts/gimp_scripts run by the tree's Python beside GIMP, which then has a display.
            screen: pixels of that display.
            fonts: whether GIMP loads them, which takes a moment.
            timeout: seconds after which everything in the tree is ended.
            environment: of GIMP, such as LANGUAGE="de"; unless ATELIER_SILENCE is among it, no worker is given up
                because the computer is busy.

        Returns:
            What they left; the code is that of the last one.
        """
        variables = {"ATELIER_SILENCE": "120", **environment}
        command = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
        command += "" if driver is None else _DISPLAY.format(driver=driver, screen=screen)
        program = "gimp-console -n -i -d" if driver is None else "gimp -n -s"
        program += "" if fonts else " --no-fonts"
        for script in scripts:
            code = _RUN_SCRIPT.format(script)
            command += f"{program} --quit --batch-interpreter=python-fu-eval -b {shlex.quote(code)}\ncode=$?\n"
        return self.shell(f"{command}{'' if driver is None else 'wait $driver'}\nexit $code\n", timeout=timeout)

    def shell(self, command: str, *, timeout: float = 580) -> GimpRun:
        """Run commands of bash in the tree."""
        shutil.copytree(SCRIPTS, self.tmp / "scripts", dirs_exist_ok=True)
        lines = self.tmp / "lines.jsonl"
        lines.unlink(missing_ok=True)
        (self.tmp / "command").write_text(command)
        code, output = self._enter(timeout)
        sent = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else []
        return GimpRun(code, output, sent, self.tmp)

    def _enter(self, timeout: float) -> tuple[int, str]:
        variables = {
            "ROOT": str(self.root),
            "TMP": str(self.tmp),
            "BINDS": " ".join(str(path) for path in (*python_paths(), *self.more_binds)),
            "SHM_SIZE": self.shm_size,
            "GIMP_LANG": self.lang,
            "PATH": os.environ["PATH"],
        }
        unshare = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--propagation", "private"]
        with (self.tmp / "output.log").open("wb") as log:
            process = subprocess.Popen(
                [*unshare, "bash", "-c", _ENTER], env=variables, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = 124
        return code, (self.tmp / "output.log").read_text(errors="replace")


def python_paths() -> Sequence[Path]:
    """What the Python of the tests needs to run in a tree: itself, its packages, this package."""
    package = Path(portrait_atelier.__path__[0]).resolve()
    wanted = {package, Path(sys.prefix), *(Path(text) for text in sys.path if "site-packages" in text)}
    base = Path(sys.base_prefix)
    wanted |= _system_python() if base == Path("/usr") else {base}
    there = sorted({path.resolve() for path in wanted if path.exists()} | {path for path in wanted if path.exists()})
    return [path for path in there if not any(other != path and path.is_relative_to(other) for other in there)]


def _system_python() -> set[Path]:
    """The files of a Python under /usr, which the tree must not see as a whole."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return {Path("/usr/bin") / name, Path("/usr/lib") / name}
