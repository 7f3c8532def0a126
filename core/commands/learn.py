"""`atelier learn`: from a folder of finished photos to a style."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ..learning.instant import InstantResult, learn_instant
from ..learning.photo_folder import PhotoFolder
from ..styles.library import own_style_path
from ..styles.style_file import SUFFIX, save_style
from .console import counted, note, progress_bar, say


def run_learn(folder: Path, name: str, *, output: Path | None, content: Path | None, overwrite: bool) -> None:
    """Learn a style and save it into the library, or to `output`."""
    target = style_target(name, output, overwrite=overwrite)
    with progress_bar("reading photos") as progress:
        result = learn_instant(folder, name, content_folder=content, progress=progress)
    _report(result)
    path = save_style(result.style, target, overwrite=overwrite)
    say(f"{name}: learnt from {counted(result.style.num_photos, 'photo')}, {path.stat().st_size / 1000:.0f} kB")
    say(str(path))
    say(f"use it:  atelier apply PHOTO -s {_quoted(name if output is None else str(path))}")


def style_target(name: str, output: Path | None, *, overwrite: bool) -> Path:
    """The file a new style goes to, checked before any work is done.

    Raises:
        AtelierError: the name cannot be used, or the file exists.
    """
    from ..imaging.files import refuse_existing

    if output is None:
        return own_style_path(name, overwrite=overwrite)
    path = output / f"{name}{SUFFIX}" if output.is_dir() else output
    path = path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)
    refuse_existing(path, overwrite=overwrite)
    return path


def _report(result: InstantResult) -> None:
    for folder in (result.photos, result.content):
        if folder is not None:
            _report_folder(folder)


def _report_folder(folder: PhotoFolder) -> None:
    for finding in folder.findings:
        note(f"{finding.path}: {finding.text}")
    for warning in folder.warnings:
        note(warning)
    counts = Counter(finding.kind for finding in folder.findings)
    summary = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    say(f"{folder.folder}: {counted(len(folder.photos), 'photo')} used{f' ({summary})' if summary else ''}")


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
