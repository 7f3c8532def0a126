"""What tells whether a photo is still the one that was restyled: its size, its date, and a hash of its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Fingerprint:
    """What a photo was when it was read.

    Attributes:
        size: in bytes.
        mtime_ns: when it was changed last.
        sha256: of its content.
    """

    size: int
    mtime_ns: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Fingerprint:
        """Read a file.

        Raises:
            OSError: it cannot be read.
        """
        status, digest = path.stat(), hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return cls(status.st_size, status.st_mtime_ns, digest.hexdigest())
