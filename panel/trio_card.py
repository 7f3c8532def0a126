"""The pictures of a training with what they are: three side by side in its report, and the names of its samples."""

from __future__ import annotations

import base64
from html import escape

from .training_samples import trio_paths
from .trainings import Training
from .words import Words


def trio_card(training: Training, words: Words) -> str:
    """Return a card with an untouched photo, the same in the style, and a finished photo; empty before there are any.

    The pictures are part of the page, since they lie in the training's folder, which no browser may read.
    """
    paths = trio_paths(training.samples)
    figures = []
    for name, path in paths.items():
        text = escape(words(f"trio.{name}"))
        data = base64.b64encode(path.read_bytes()).decode("ascii")
        figures.append(
            f'<figure><img src="data:image/jpeg;base64,{data}" alt="{text}"><figcaption>{text}</figcaption></figure>'
        )
    if not figures:
        return ""
    return (
        f'<div class="pa-card"><h3>{escape(words("trio.title"))}</h3><div class="pa-trio">{"".join(figures)}</div>'
        f"<p>{escape(words('trio.help'))}</p></div>"
    )


def sample_names(training: Training, count: int, words: Words) -> list[str]:
    """Name the sample portraits of a training by what they are: the program's own first, then the photographer's."""
    own = "trainings.neutralized" if training.request.content is None else "trainings.untouched"
    return [words("trio.sample"), *(words(own, number=number) for number in range(1, count))][:count]
