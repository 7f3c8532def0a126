"""`atelier doctor`: reports what is installed, where it is, what is missing and how to get it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from ...folders import cache_folder, library_folder, weights_folder
from ...languages import for_terminal
from ...texts import Text, joined, verbatim
from .console import out, say

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
)
_SYSTEM_LIBRARIES = Text(
    "opencv-python needs the system's libGL and GLib; on Debian and Ubuntu: apt-get install libgl1 libglib2.0-0"
)


def run_doctor(*, thorough: bool = False) -> int:
    """Print the state of the installation.

    Args:
        thorough: whether to also load slow packages, and ask torch for GPUs.

    Returns:
        The exit code: 0 if everything needed works, else 1.
    """
    say(
        "Portrait Atelier {version}, Python {python}, {system}",
        version=_version("portrait-atelier"),
        python=platform.python_version(),
        system=platform.platform(),
    )
    say("  {python}", python=sys.executable)
    say("packages")
    broken = [
        name
        for name, module, use, is_slow in _PACKAGES
        if not _report_package(name, module, use, load=thorough or not is_slow)
    ]
    say("extras")
    for name, module, use, extra in _EXTRAS:
        _report_extra(name, module, use, extra)
    say("devices")
    say("  cpu: {count} cores", one="  cpu: {count} core", count=os.cpu_count() or 1)
    if thorough:
        _guarded(_report_gpus, Text("torch does not work; see above"))
    else:
        say("  GPUs: `atelier doctor --thorough` asks torch for them, and loads every package (seconds)")
    say("feature networks (for training; never needed to apply a style)")
    _guarded(_report_features, Text("need torch; see above"))
    say("folders")
    _report_folders()
    say("styles")
    _guarded(_report_styles, Text("cannot be listed; see above"))
    if broken:
        text = Text("\nmissing or broken: {names}", names=joined(broken))
        out.print(for_terminal(text), style="red", markup=False)
    return 1 if broken else 0


def _report_package(name: str, module: str, use: Text, *, load: bool) -> bool:
    try:
        if load:
            importlib.import_module(module)
        elif importlib.util.find_spec(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r}")
    except Exception as error:  # noqa: BLE001 - whatever an import raises, the doctor reports it
        say(
            "  {name}: BROKEN or missing ({kind}: {error}); needed for {use}",
            name=name,
            kind=type(error).__name__,
            error=error,
            use=use,
        )
        say("    cure: {cure}", cure=_cure(name, error))
        return False
    say("  {name} {version}: {use}", name=name, version=_version(name), use=use)
    return True


def _cure(name: str, error: Exception) -> Text:
    if name == "opencv-python" and ".so" in str(error):
        return _SYSTEM_LIBRARIES
    if name == "torchvision" and "nms" in str(error):
        return Text("torch and torchvision come from different builds: pip install --force-reinstall torch torchvision")
    return verbatim(f"pip install --upgrade {name}")


def _report_extra(name: str, module: str, use: Text, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        say(
            '  {name}: not installed; for {use}: pip install "portrait-atelier[{extra}]"',
            name=name,
            use=use,
            extra=extra,
        )
    else:
        say("  {name} {version}: {use}", name=name, version=_version(name), use=use)


def _report_gpus() -> None:
    import torch

    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            say("  cuda: {name}, {memory:.0f} GiB", name=properties.name, memory=properties.total_memory / 2**30)
    else:
        say("  cuda: no NVIDIA GPU that torch can use (styles are applied well without one)")
    state = Text("ready") if torch.backends.mps.is_available() else Text("not on this computer")
    say("  mps: {state}", state=state)


def _report_features() -> None:
    from ...networks.pretrained import PRETRAINED, state_of

    for file in PRETRAINED.values():
        say("  {state}", state=state_of(file))
    say("  compact: bundled")


def _report_folders() -> None:
    for label, folder, own in (
        (Text("your styles (ATELIER_STYLES)"), library_folder(), True),
        (Text("cache (ATELIER_CACHE)"), cache_folder(), True),
        (Text("weights and ready styles"), weights_folder(), False),
    ):
        say("  {label}: {folder}{state}", label=label, folder=folder, state=_folder_state(folder, own))


def _folder_state(folder: Path, own: bool) -> Text:
    if not folder.exists():
        return Text(" (made when it is needed)") if own else Text(" MISSING: install again")
    if own and not os.access(folder, os.W_OK):
        return Text(" CANNOT BE WRITTEN: change its permissions, or set the variable to another folder")
    return Text("")


def _report_styles() -> None:
    from ...learning.resolve import open_entry
    from ...styles.library import list_styles

    entries = list_styles()
    for entry in entries:
        try:
            open_entry(entry)
        except Exception as error:  # noqa: BLE001 - a broken style is a finding, not the end
            say("  {name}: {error}", name=entry.name, error=error)
    own = sum(entry.origin == "library" for entry in entries)
    say("  {count} ready styles, {own} of your own", count=len(entries) - own, own=own)


def _guarded(report: Callable[[], None], otherwise: Text) -> None:
    try:
        report()
    except ImportError:
        say("  {text}", text=otherwise)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return Text("(from a checkout)")
