"""The user of dialog.py: moves the slider, looks at the preview, presses OK, undoes, searches, repeats, cancels."""

import json
import time

from screen import done, gone, picture, played, press, reached, run, shoot, wait_for, window, write

TITLE = "^Portrait Style$"
IMAGE = r"\.0 .*GIMP"  # [Untitled]-1.0 (RGB color …) – GIMP
SMALLER = r"\.0 .*400.300.*GIMP"
PREVIEW = (20, 60, 380, 360)  # left, top, width, height in the dialog


def use_the_dialog() -> dict:
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    styled, plain = seen(dialog), without_preview(dialog)
    found = {"differs": styled != plain and seen(dialog) == styled}
    found["split"] = split_view(dialog, styled, plain)
    found["seconds"] = set_strength(dialog, "0", styled)
    found["strength 0 is the photo"] = largest_difference(seen(dialog), plain) <= 2
    set_strength(dialog, "0.5", plain)
    found["half differs from both"] = seen(dialog) not in (styled, plain)
    shoot("screen")
    press(dialog, "alt+v", "ctrl+a")
    write("0")
    press(dialog, "Return")  # as in every dialog of GIMP: what was typed counts, and OK is pressed
    gone(dialog)
    return found


def split_view(dialog: str, styled: bytes, plain: bytes) -> bool:
    """Whether the left of the split view is the photo, and the right the style; takes the README's picture."""
    press(dialog, "alt+i")
    time.sleep(0.5)
    shoot("dialog", dialog)
    row = slice(0, PREVIEW[2] * 3)
    both, before, after = seen(dialog)[row], plain[row], styled[row]
    press(dialog, "alt+i")
    time.sleep(0.5)
    return both[:300] == before[:300] != after[:300] and both[-300:] == after[-300:] != before[-300:]


def preview_is_drawn(dialog: str) -> bool:
    """Whether the picture changes with the check box of the preview, and with nothing else."""
    shown = seen(dialog)
    return shown != without_preview(dialog) and shown == seen(dialog)


def largest_difference(one: bytes, other: bytes) -> int:
    """Of 256; the worker and GIMP round small pictures each in its own way."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def without_preview(dialog: str) -> bytes:
    press(dialog, "alt+p")
    time.sleep(0.3)
    plain = seen(dialog)
    press(dialog, "alt+p")
    time.sleep(0.3)
    return plain


def seen(dialog: str) -> bytes:
    return picture(dialog, *PREVIEW)


def set_strength(dialog: str, text: str, shown: bytes) -> float:
    """Type a strength, and wait until the preview shows another picture than before.

    Returns:
        Seconds, with those that the looking takes.
    """
    press(dialog, "alt+t", "ctrl+a")
    write(text)
    started = time.monotonic()
    press(dialog, "Tab")
    wait_for(lambda: seen(dialog) != shown, 20)
    seconds = time.monotonic() - started
    time.sleep(0.5)
    return seconds


def undo_search_and_repeat() -> None:
    reached("dialog-ended")
    image = window(IMAGE)
    press(image, "ctrl+z")
    done("undone")
    reached("searching")
    press(image, "slash")
    time.sleep(1)
    write("portrait style")
    time.sleep(1.5)
    shoot("search")
    run("xdotool", "key", "Return")  # the first one found
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    press(dialog, "alt+o")
    gone(dialog)
    reached("repeating")
    press(image, "ctrl+f")
    reached("cancelling")
    dialog = window(TITLE)
    press(dialog, "Escape")
    gone(dialog)
    reached("rasterized")
    time.sleep(1)
    press(window(SMALLER), "ctrl+z")
    reached("restored")


def use() -> None:
    facts = use_the_dialog()
    with open("/tmp/user.json", "w", encoding="utf-8") as file:
        json.dump(facts, file)
    undo_search_and_repeat()


if __name__ == "__main__":
    played(use)
