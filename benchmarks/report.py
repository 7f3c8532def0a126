"""Output of benchmarks: the machine, and tables."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def machine_line(*packages: str) -> str:
    """Processor, cores this process may use, system, Python and the versions of the packages."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{package} {_version(package)}" for package in packages)
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{_processor()}, {cores} cores, {system}, {versions}"


def chosen_pictures(
    arguments: Sequence[str] | None, description: str, names: Sequence[str], folder: Path
) -> tuple[list[str], Path]:
    """Read the command line of a maker of pictures: the names of those to make, and the folder for them, made."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}; none for all")
    parser.add_argument("-o", "--output", type=Path, default=folder, help="folder")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(names))
    if unknown:
        parser.error(f"there is no picture {unknown[0]!r}")
    options.output.mkdir(parents=True, exist_ok=True)
    return options.names or list(names), options.output


def table_text(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns line up; the first is aligned left, the others right."""
    widths = [max(len(line[column]) for line in (headings, *rows)) for column in range(len(headings))]

    def line_text(cells: Sequence[str]) -> str:
        aligned = [cells[0].ljust(widths[0])]
        aligned += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "| " + " | ".join(aligned) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line_text(headings), line_text(rule), *(line_text(row) for row in rows)])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
