"""Styles in the library that their trainings have improved since they were put there.

They are not replaced by themselves: photos of one series may have been made with the form that is there.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from ..core.errors import AtelierError
from ..core.imaging.files.atomic import atomic_write
from ..core.styles.cover import with_cover
from ..core.styles.library import StyleEntry, find_own_style
from ..core.styles.sources import learnt_hash
from ..core.styles.style import Style
from ..core.styles.style_file import SUFFIX, load_style
from .library_changes import known_styles, open_style, store_in_place
from .trainings import Training, TrainingStore

_KEPT = "kept"  # file in the folder of a training: the hash of the form that was put into the library


def remember_kept(training: Training, style: Style) -> None:
    """Note which form of a training's style is in the library; where that cannot be written, nothing is offered."""
    with suppress(AtelierError, OSError), atomic_write(training.folder / _KEPT, overwrite=True) as temporary:
        temporary.write_text(learnt_hash(style), encoding="ascii")


def earlier_form(training: Training, style: Style) -> StyleEntry | None:
    """Return the entry of the library that holds an earlier form of a training's style; None without one.

    Args:
        training: the training.
        style: its style as it is now.
    """
    kept = _kept_hash(training)
    if kept is None or kept == learnt_hash(style):
        return None
    own = (pair for pair in known_styles() if pair[0].origin == "library")
    return next((entry for entry, there in own if learnt_hash(there) == kept), None)


def improving_training(store: TrainingStore, owner: str | None, style: Style) -> Training | None:
    """Return the training that has a better form of a style of the library; None without one.

    Args:
        store: the trainings.
        owner: whose trainings are looked at; None for all.
        style: as it is in the library.
    """
    there = learnt_hash(style)
    for training in reversed(store.all(owner)):
        if _kept_hash(training) == there and training.has_style:
            with suppress(AtelierError):
                if learnt_hash(load_style(training.style_path)) != there:
                    return training
    return None


def put_improved(training: Training, name: str) -> StyleEntry:
    """Put the style of a training into the place of its earlier form, which goes to the trash of the library.

    Its name, its texts, and a cover that was chosen stay.

    Args:
        training: the training.
        name: of the style in the library.

    Raises:
        AtelierError: one of them is gone, or the file cannot be written.
    """
    entry, style = find_own_style(name), load_style(training.style_path)
    there, plain = open_style(name), entry.path.name.removesuffix(SUFFIX)
    is_chosen = there.cover != with_cover(there).cover
    texts = {"description": there.description, "words": there.words, "licence": there.licence}
    style = replace(style.renamed(plain), **texts, cover=there.cover if is_chosen else b"")
    entry = store_in_place(style)
    remember_kept(training, style)
    return entry


def _kept_hash(training: Training) -> str | None:
    with suppress(OSError):
        return (training.folder / _KEPT).read_text(encoding="ascii")
    return None
