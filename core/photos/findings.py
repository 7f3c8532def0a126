"""Findings about single photos of a folder, and their summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..texts import Text, joined

_CURES = {
    "unreadable": Text("export them again as JPEG, PNG, TIFF or WebP"),
    "too small": Text("use the full-size photos"),
}

KEPT_KINDS = ("cropped", "no face", "sideways")  # of findings about photos that are used

KIND_NAMES = {"no face": Text("no face"), "sideways": Text("sideways")}  # of photos that are kept


@dataclass(frozen=True)
class Finding:
    """A finding about one photo.

    Attributes:
        path: the photo.
        kind: "unreadable", "too small", "duplicate" or "near-duplicate" of photos that are left out; "cropped", and
            by `check_faces` "no face" or "sideways", of photos that are kept.
        text: the problem, or what was done, for users, without the path.
    """

    path: Path
    kind: str
    text: Text


def counted_kinds(findings: Iterable[Finding]) -> Text:
    """Return the number of findings of each kind: "2 unreadable, 1 duplicate".

    Raises:
        ValueError: there are no findings.
    """
    counts = Counter(finding.kind for finding in findings)
    return joined(_counted(kind, count) for kind, count in counts.items())


def cures_of(findings: Iterable[Finding]) -> Text:
    """Return advice for photos that are left out, once for each kind.

    Raises:
        ValueError: there is no advice for any of them.
    """
    kinds = dict.fromkeys(finding.kind for finding in findings)
    return joined((_CURES[kind] for kind in kinds if kind in _CURES), "{first}; {rest}")


def _counted(kind: str, count: int) -> Text:
    return {
        "unreadable": Text("{count} unreadable", count=count),
        "too small": Text("{count} too small", count=count),
        "duplicate": Text("{count} duplicate", count=count),
        "near-duplicate": Text("{count} near-duplicate", count=count),
        "cropped": Text("{count} cropped", count=count),
        "no face": Text("{count} no face", count=count),
        "sideways": Text("{count} sideways", count=count),
    }[kind]
