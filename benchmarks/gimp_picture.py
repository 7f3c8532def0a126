"""Make the README's picture of the GIMP plug-in: its dialog on the astronaut, whole and in part, before and after.

    GIMP_ROOT=$(.ci/gimp_trees) python benchmarks/gimp_picture.py [-o docs/images/gimp-dialog.jpg]

The newest of the trees is shown, in the hands of the user of tests/hosts/gimp_scripts/detail_dialog_user.py.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "hosts")]
_QUALITY = 88  # of JPEG


def main() -> None:
    """Write the picture."""
    import gimp_cells
    from gimp_host import GimpHost, gimp_roots, why_not

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "images" / "gimp-dialog.jpg")
    options = parser.parse_args()
    if (reason := why_not()) is not None:
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as folder:
        host = max((GimpHost(root, Path(folder)) for root in gimp_roots()), key=lambda one: one.version)
        host.prepare()
        installed = host.atelier("gimp", "install")
        if installed.returncode:
            sys.exit(installed.stderr)
        gimp_cells.write_picture(host.tmp)
        host.python("detail_dialog.py", driver="detail_dialog_user.py", fonts=True, timeout=580).check()
        with Image.open(host.tmp / "dialog.png") as shown:
            shown.convert("RGB").save(options.output, quality=_QUALITY, optimize=True)


if __name__ == "__main__":
    main()
