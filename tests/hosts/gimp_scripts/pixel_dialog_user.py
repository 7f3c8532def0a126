"""The user of pixel_dialog.py: asks for another variation, keeps the rough preview, then the exact one, presses OK."""

import time
from pathlib import Path

from dialog_user import TITLE, preview_is_drawn
from screen import gone, picture, played, press, wait_for, window

WHOLE = (20, 100, 460, 520)  # the preview in the dialog, and a little around it
QUIET, A_PAINTING = 10.0, 200.0  # seconds


def use() -> None:
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    quiet(dialog)
    before = picture(dialog, *WHOLE)
    press(dialog, "alt+n")  # another variation
    wait_for(lambda: picture(dialog, *WHOLE) != before)
    rough = keep(dialog, "rough")
    wait_for(lambda: picture(dialog, *WHOLE) != rough, A_PAINTING)
    keep(dialog, "exact")
    press(dialog, "alt+o")
    gone(dialog)


def quiet(dialog: str) -> None:
    """Wait until the preview has not changed for a while in which most pictures are finished."""
    seen, since = b"", time.monotonic()
    while time.monotonic() - since < QUIET:
        shown = picture(dialog, *WHOLE)
        if shown != seen:
            seen, since = shown, time.monotonic()
        time.sleep(0.2)


def keep(dialog: str, name: str) -> bytes:
    shown = picture(dialog, *WHOLE)
    Path(f"/tmp/{name}.rgb").write_bytes(shown)
    return shown


if __name__ == "__main__":
    played(use)
