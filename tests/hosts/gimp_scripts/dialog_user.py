"""The user of dialog.py: moves the slider, looks at the preview, presses OK, undoes, searches, repeats, cancels."""

import json
import time
from collections import Counter

from screen import (
    at_rest,
    becomes,
    done,
    gone,
    picture,
    played,
    press,
    reached,
    run,
    screen,
    shoot,
    wait_for,
    window,
    write,
)

TITLE, EDIT_TITLE = "^Portrait Style$", "^Edit Portrait Style$"
IMAGE = r"\.0 .*GIMP"  # [Untitled]-1.0 (RGB color …) – GIMP
SMALLER, SMALLEST = r"\.0 .*400.300.*GIMP", r"\.0 .*320.240.*GIMP"
_A_WHILE = 2.0  # seconds in which a preview shows the effect of a key; else try again
_LONGER = 1.0  # seconds by which each further try waits longer: the computer is busy
_TRIES: Counter[str] = Counter()  # by dialog
PREVIEW = (20, 220, 380, 290)  # left, top, width, height in the dialog


def use_the_dialog() -> dict:
    dialog = window(TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    styled = at_rest(lambda: seen(dialog))
    plain = toggled(dialog, "alt+p", styled)
    found = {"differs": toggled(dialog, "alt+p", plain) == styled}
    found["split"] = split_view(dialog, styled, plain)
    zero = set_strength(dialog, "0", styled)
    found["strength 0 is the photo"] = largest_difference(zero, plain) <= 2
    found["half differs from both"] = set_strength(dialog, "0.5", zero) not in (styled, plain)
    shoot("screen")
    press(dialog, "alt+v", "ctrl+a")
    write("0")
    press(dialog, "Return")  # as in every dialog of GIMP: what was typed counts, and OK is pressed
    gone(dialog)
    return found


def split_view(dialog: str, styled: bytes, plain: bytes) -> bool:
    """Whether the left of the split view is the photo, and the right the style."""
    split = toggled(dialog, "alt+i", styled)
    toggled(dialog, "alt+i", split)
    both, before, after = (shown[: PREVIEW[2] * 3] for shown in (split, plain, styled))
    return both[:300] == before[:300] != after[:300] and both[-300:] == after[-300:] != before[-300:]


def preview_is_drawn(dialog: str) -> bool:
    """Whether the picture changes with the check box of the preview, and with nothing else."""
    longer = _LONGER * _TRIES[dialog]
    _TRIES[dialog] += 1
    time.sleep(longer)  # what an earlier try did may show late
    patience, shown = _A_WHILE + longer, seen(dialog)
    press(dialog, "alt+p")
    is_other = becomes(lambda: seen(dialog) != shown, patience)
    press(dialog, "alt+p")
    return is_other and becomes(lambda: seen(dialog) == shown, patience)


def toggled(dialog: str, key: str, shown: bytes) -> bytes:
    """Press a key that changes the picture; return the new screenshot."""
    press(dialog, key)
    return at_rest(lambda: seen(dialog), unlike=shown)


def largest_difference(one: bytes, other: bytes) -> int:
    """Of 256; the worker and GIMP round small pictures each in its own way."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def seen(dialog: str) -> bytes:
    return picture(dialog, *PREVIEW)


def set_strength(dialog: str, text: str, shown: bytes) -> bytes:
    """Type a strength; return the screenshot once the preview has changed."""
    press(dialog, "alt+t", "ctrl+a")
    write(text)
    return toggled(dialog, "Tab", shown)


def undo_search_and_repeat() -> None:
    reached("dialog-ended")
    image = window(IMAGE)
    press(image, "ctrl+z")
    done("undone")
    reached("searching")
    before = screen()
    press(image, "slash")
    empty = at_rest(screen, unlike=before)
    write("portrait style")
    at_rest(screen, unlike=empty)
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
    change_the_style_by_searching()
    for made, title, undone in (("rasterized", SMALLER, "restored"), ("masked", SMALLEST, "unmasked")):
        reached(made)
        image = window(title)
        at_rest(screen)
        press(image, "ctrl+z")
        reached(undone)


def change_the_style_by_searching() -> None:
    dialog = window(EDIT_TITLE)
    wait_for(lambda: preview_is_drawn(dialog))
    golden = at_rest(lambda: seen(dialog))
    run("xdotool", "windowactivate", "--sync", dialog)
    write("lver")  # somewhere in the name: silver-gelatin
    toggled(dialog, "Return", golden)
    shoot("edit", dialog)
    press(dialog, "alt+o")
    gone(dialog)


def use() -> None:
    facts = use_the_dialog()
    with open("/tmp/user.json", "w", encoding="utf-8") as file:
        json.dump(facts, file)
    undo_search_and_repeat()


if __name__ == "__main__":
    played(use)
