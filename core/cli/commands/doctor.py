"""`atelier doctor`: reports what is installed, where it is, what is missing and how to get it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Callable
from importlib import metadata
from typing import TYPE_CHECKING, Any

from ...errors import AtelierError
from ...folders import cache_folder, library_folder, package_folder, weights_folder
from ...installation import install_command, pip_command
from ...languages import for_terminal
from ...texts import Text, joined, verbatim
from ...version import installed_version
from .console import out, say

if TYPE_CHECKING:
    from typing_extensions import LiteralString

    from .console import Said

# (distribution, module, purpose, whether loading it is slow)
_PACKAGES: tuple[tuple[str, str, Text, bool], ...] = (
    ("torch", "torch", Text("learning and the GPU"), True),
    ("torchvision", "torchvision", Text("pretrained feature networks"), True),
    ("numpy", "numpy", Text("everything"), False),
    ("pillow", "PIL", Text("photo files"), False),
    ("opencv-python", "cv2", Text("photo files, resizing"), False),
    ("tifffile", "tifffile", Text("TIFF files"), False),
    ("imagecodecs", "imagecodecs", Text("16-bit files, color profiles"), False),
    ("scikit-image", "skimage", Text("color science, the astronaut"), True),
    ("safetensors", "safetensors", Text("style files"), False),
    ("numba", "numba", Text("the renderer of large photos; without it a slower one serves"), True),
)
_EXTRAS: tuple[tuple[str, str, Text, str], ...] = (
    ("gradio", "gradio", Text("the panel"), "panel"),
    ("onnx", "onnx", Text("export as an ONNX graph"), "onnx"),
    ("accelerate", "accelerate", Text("pretraining on several GPUs or machines"), "train"),
    ("pillow-heif", "pillow_heif", Text("HEIC photos"), "heic"),
    ("rawpy", "rawpy", Text("RAW files of cameras"), "raw"),
    ("ray", "ray", Text("photos on many machines"), "cluster"),
    ("s3fs", "s3fs", Text("photos at s3:// and gs://"), "cloud"),
)
_SYSTEM_LIBRARIES = Text(
    "opencv-python needs the system's libGL and GLib; on Debian and Ubuntu: apt-get install libgl1 libglib2.0-0"
)


def run_doctor(*, thorough: bool = False, as_json: bool = False) -> int:
    """Report the state of the installation.

    Args:
        thorough: whether to also load slow packages, and ask torch for GPUs.
        as_json: print one JSON object for programs, in English, instead of texts.

    Returns:
        The exit code: 0 if everything needed works, else 1.
    """
    report = _Report(silent=as_json)
    _look_at_python(report)
    report.say("packages")
    packages = [_look_at_package(report, *package, thorough=thorough) for package in _PACKAGES]
    broken = [package["name"] for package in packages if package["error"] is not None]
    report.say("extras")
    extras = [_look_at_extra(report, *extra) for extra in _EXTRAS]
    report.facts |= {"usable": not broken, "packages": packages, "extras": extras}
    report.say("devices")
    _look_at_devices(report, thorough=thorough)
    report.say("feature networks (for training; never needed to apply a style)")
    _guarded(report, _look_at_features, Text("need torch; see above"))
    report.say("folders")
    _look_at_folders(report)
    report.say("styles")
    _guarded(report, _look_at_styles, Text("cannot be listed; see above"))
    report.say("GIMP")
    _look_at_gimp(report)
    if as_json:
        out.print_json(json.dumps(report.facts))
    elif broken:
        text = Text("\nmissing or broken: {names}", names=joined(broken))
        out.print(for_terminal(text), style="red", markup=False)
    return 1 if broken else 0


class _Report:
    """What is found: said line by line unless `silent`, and kept as facts for programs."""

    def __init__(self, *, silent: bool) -> None:
        self.facts: dict[str, Any] = {}
        self._silent = silent

    def say(self, text: LiteralString, /, *, one: LiteralString | None = None, **values: object) -> None:
        if not self._silent:
            say(text, one=one, **values)


def _look_at_python(report: _Report) -> None:
    version, python, system = installed_version(), platform.python_version(), platform.platform()
    report.say(
        "Portrait Atelier {version}, Python {python}, {system}",
        version=Text("(from a checkout)") if version == "checkout" else version,
        python=python,
        system=system,
    )
    report.say("  {python}", python=sys.executable)
    report.say("  {folder}", folder=package_folder())
    report.facts |= {
        "version": version,
        "folder": str(package_folder()),
        "python": {"version": python, "path": sys.executable},
        "system": system,
    }


def _look_at_package(
    report: _Report, name: str, module: str, use: Text, is_slow: bool, *, thorough: bool
) -> dict[str, Any]:
    try:
        if thorough or not is_slow:
            importlib.import_module(module)
        elif importlib.util.find_spec(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r}")
    except Exception as error:  # noqa: BLE001 - whatever an import raises, the doctor reports it
        kind, cure = type(error).__name__, _cure(name, error)
        report.say(
            "  {name}: BROKEN or missing ({kind}: {error}); needed for {use}",
            name=name,
            kind=kind,
            error=error,
            use=use,
        )
        report.say("    cure: {cure}", cure=cure)
        return {"name": name, "use": use, "version": None, "error": f"{kind}: {error}", "cure": cure}
    version = _version(name, module)
    report.say("  {name} {version}: {use}", name=name, version=version, use=use)
    return {"name": name, "use": use, "version": version, "error": None, "cure": None}


def _cure(name: str, error: Exception) -> Text:
    if name == "opencv-python" and ".so" in str(error):
        return _SYSTEM_LIBRARIES
    if name == "torchvision" and "nms" in str(error):
        return Text(
            "torch and torchvision come from different builds: {command}",
            command=pip_command("--force-reinstall", "torch", "torchvision"),
        )
    return verbatim(pip_command("--upgrade", name))


def _look_at_extra(report: _Report, name: str, module: str, use: Text, extra: str) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "extra": extra, "use": use, "version": None, "command": None}
    if importlib.util.find_spec(module) is None:
        found["command"] = install_command(extra)
        report.say("  {name}: not installed; for {use}: {command}", name=name, use=use, command=found["command"])
    else:
        found["version"] = _version(name, module)
        report.say("  {name} {version}: {use}", name=name, version=found["version"], use=use)
    return found


def _look_at_devices(report: _Report, *, thorough: bool) -> None:
    count = os.cpu_count() or 1
    report.say("  cpu: {count} cores", one="  cpu: {count} core", count=count)
    report.facts |= {"cores": count, "cuda": None, "mps": None}  # None: torch was not asked
    if thorough:
        _guarded(report, _look_at_gpus, Text("torch does not work; see above"))
    else:
        report.say("  GPUs: `atelier doctor --thorough` asks torch for them, and loads every package (seconds)")


def _look_at_gpus(report: _Report) -> None:
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    found = [torch.cuda.get_device_properties(index) for index in range(count)]
    report.facts["cuda"] = [{"name": each.name, "gibibytes": round(each.total_memory / 2**30, 1)} for each in found]
    for each in found:
        report.say("  cuda: {name}, {memory:.0f} GiB", name=each.name, memory=each.total_memory / 2**30)
    if not found:
        report.say("  cuda: no NVIDIA GPU that torch can use (styles are applied well without one)")
    report.facts["mps"] = torch.backends.mps.is_available()
    state = Text("ready") if report.facts["mps"] else Text("not on this computer")
    report.say("  mps: {state}", state=state)


def _look_at_features(report: _Report) -> None:
    from ...networks.pretrained import PRETRAINED, is_on_this_computer, state_of

    report.facts["feature_networks"] = {"compact": True}
    for file in PRETRAINED.values():
        report.facts["feature_networks"][file.network] = is_on_this_computer(file)
        report.say("  {state}", state=state_of(file))
    report.say("  compact: bundled")


def _look_at_folders(report: _Report) -> None:
    report.facts["folders"] = {}
    for name, label, folder, own in (
        ("styles", Text("your styles (ATELIER_STYLES)"), library_folder(), True),
        ("cache", Text("cache (ATELIER_CACHE)"), cache_folder(), True),
        ("weights", Text("weights and ready styles"), weights_folder(), False),
    ):
        there, writable = folder.exists(), os.access(folder, os.W_OK)
        report.facts["folders"][name] = {"path": str(folder), "exists": there, "writable": writable}
        report.say("  {label}: {folder}{state}", label=label, folder=folder, state=_folder_state(there, writable, own))


def _folder_state(there: bool, writable: bool, own: bool) -> Text:
    if not there:
        return Text(" (made when it is needed)") if own else Text(" MISSING: install again")
    if own and not writable:
        return Text(" CANNOT BE WRITTEN: change its permissions, or set the variable to another folder")
    return Text("")


def _look_at_styles(report: _Report) -> None:
    from ...learning.resolve import open_entry
    from ...styles.library import list_styles

    entries, broken = list_styles(), {}
    for entry in entries:
        try:
            open_entry(entry)
        except Exception as error:  # noqa: BLE001 - a broken style is a finding, not the end
            broken[entry.name] = str(error)
            report.say("  {name}: {error}", name=entry.name, error=error)
    own = sum(entry.origin == "library" for entry in entries)
    report.say("  {count} ready styles, {own} of your own", count=len(entries) - own, own=own)
    report.facts["styles"] = {"ready": len(entries) - own, "own": own, "broken": broken}


def _look_at_gimp(report: _Report) -> None:
    from ....gimp_plugin.commands import Terminal
    from ....gimp_plugin.status import tell_places

    def say_indented(text: Said, /, *, one: LiteralString | None = None, **values: object) -> None:
        said = text if isinstance(text, Text | AtelierError) else Text(text, one=one, **values)
        report.say("  {text}", text=said)

    report.facts["gimp"] = tell_places(Terminal(say_indented, say_indented))
    if not report.facts["gimp"]:
        report.say("  no GIMP 3 with settings of yours; once it was started, `atelier gimp install` adds the plug-in")


def _guarded(report: _Report, look: Callable[[_Report], None], otherwise: Text) -> None:
    try:
        look(report)
    except ImportError:
        report.say("  {text}", text=otherwise)


def _version(name: str, module: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # another package brings the module, as opencv-python-headless does
        return str(getattr(sys.modules.get(module), "__version__", "?"))
