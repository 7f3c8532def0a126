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
from .console import out, say

# (distribution, module, purpose, whether loading it is slow)
_PACKAGES: tuple[tuple[str, str, str, bool], ...] = (
    ("torch", "torch", "learning and the GPU", True),
    ("torchvision", "torchvision", "pretrained feature networks", True),
    ("numpy", "numpy", "everything", False),
    ("pillow", "PIL", "photo files", False),
    ("opencv-python", "cv2", "photo files, resizing", False),
    ("tifffile", "tifffile", "TIFF files", False),
    ("imagecodecs", "imagecodecs", "16-bit files, color profiles", False),
    ("scikit-image", "skimage", "color science, the astronaut", True),
    ("safetensors", "safetensors", "style files", False),
    ("numba", "numba", "the renderer of large photos; without it a slower one serves", True),
)
_EXTRAS: tuple[tuple[str, str, str, str], ...] = (
    ("gradio", "gradio", "the panel", "panel"),
    ("accelerate", "accelerate", "pretraining on several GPUs or machines", "train"),
    ("pillow-heif", "pillow_heif", "HEIC photos", "heic"),
)
_SYSTEM_LIBRARIES = (
    "opencv-python needs the system's libGL and GLib; on Debian and Ubuntu: apt-get install libgl1 libglib2.0-0"
)


def run_doctor(*, thorough: bool = False) -> int:
    """Print the state of the installation.

    Args:
        thorough: whether to also load slow packages, and ask torch for GPUs.

    Returns:
        The exit code: 0 if everything needed works, else 1.
    """
    say(f"Portrait Atelier {_version('portrait-atelier')}, Python {platform.python_version()}, {platform.platform()}")
    say(f"  {sys.executable}")
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
    say(f"  cpu: {os.cpu_count()} cores")
    if thorough:
        _guarded(_report_gpus, "torch does not work; see above")
    else:
        say("  GPUs: `atelier doctor --thorough` asks torch for them, and loads every package (seconds)")
    say("feature networks (for training; never needed to apply a style)")
    _guarded(_report_features, "need torch; see above")
    say("folders")
    _report_folders()
    say("styles")
    _guarded(_report_styles, "cannot be listed; see above")
    if broken:
        out.print(f"\nmissing or broken: {', '.join(broken)}", style="red", markup=False)
    return 1 if broken else 0


def _report_package(name: str, module: str, use: str, *, load: bool) -> bool:
    try:
        if load:
            importlib.import_module(module)
        elif importlib.util.find_spec(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r}")
    except Exception as error:  # noqa: BLE001 - whatever an import raises, the doctor reports it
        say(f"  {name}: BROKEN or missing ({type(error).__name__}: {error}); needed for {use}")
        say(f"    cure: {_cure(name, error)}")
        return False
    say(f"  {name} {_version(name)}: {use}")
    return True


def _cure(name: str, error: Exception) -> str:
    if name == "opencv-python" and ".so" in str(error):
        return _SYSTEM_LIBRARIES
    if name == "torchvision" and "nms" in str(error):
        return "torch and torchvision come from different builds: pip install --force-reinstall torch torchvision"
    return f"pip install --upgrade {name}"


def _report_extra(name: str, module: str, use: str, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        say(f'  {name}: not installed; for {use}: pip install "portrait-atelier[{extra}]"')
    else:
        say(f"  {name} {_version(name)}: {use}")


def _report_gpus() -> None:
    import torch

    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            say(f"  cuda: {properties.name}, {properties.total_memory / 2**30:.0f} GiB")
    else:
        say("  cuda: no NVIDIA GPU that torch can use (styles are applied well without one)")
    say(f"  mps: {'ready' if torch.backends.mps.is_available() else 'not on this computer'}")


def _report_features() -> None:
    from ...networks.pretrained import PRETRAINED, state_of

    for file in PRETRAINED.values():
        say(f"  {state_of(file)}")
    say("  compact: bundled")


def _report_folders() -> None:
    for label, folder, own in (
        ("your styles (ATELIER_STYLES)", library_folder(), True),
        ("cache (ATELIER_CACHE)", cache_folder(), True),
        ("weights and ready styles", weights_folder(), False),
    ):
        say(f"  {label}: {folder}{_folder_state(folder, own)}")


def _folder_state(folder: Path, own: bool) -> str:
    if not folder.exists():
        return " (made when it is needed)" if own else " MISSING: install again"
    if own and not os.access(folder, os.W_OK):
        return " CANNOT BE WRITTEN: change its permissions, or set the variable to another folder"
    return ""


def _report_styles() -> None:
    from ...learning.resolve import open_entry
    from ...styles.library import list_styles

    entries = list_styles()
    for entry in entries:
        try:
            open_entry(entry)
        except Exception as error:  # noqa: BLE001 - a broken style is a finding, not the end
            say(f"  {entry.name}: {error}")
    own = sum(entry.origin == "library" for entry in entries)
    say(f"  {len(entries) - own} ready styles, {own} of your own")


def _guarded(report: Callable[[], None], otherwise: str) -> None:
    try:
        report()
    except ImportError:
        say(f"  {otherwise}")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "(from a checkout)"
