"""The score of a style as text, and as a bar."""

from __future__ import annotations

from ..styles.style import Style

_WIDTH = 48
VERDICTS = (  # smallest share of the way, and its text
    (0.9, "as near as the photographer's own photos are to each other"),
    (0.7, "well: most of the way"),
    (0.4, "fairly: about half of the way or more"),
    (0.1, "a little: the photos differ much, or are few"),
)


def score_lines(style: Style) -> list[str]:
    """Describe the score of a style in lines of text; empty for a style without score."""
    score = style.score
    share = share_of_the_way(style)
    if share is None:
        return []
    floor, ceiling, found = float(score["floor"]), float(score["ceiling"]), float(score["score"])
    return [
        f"how well it was learnt: {_verdict(share)}",
        f"  other photos in this style lie {found:.1f} from the photographer's own; untouched they lie {ceiling:.1f},",
        f"  and two halves of the photographer's own photos {floor:.1f} from each other (color differences, dE)",
        f"  {_bar(floor, found, ceiling)}",
        f"  {_learning_words(float(score['instant']), found, float(score.get('keep', 0)), bool(score.get('clear')))}",
    ]


def share_of_the_way(style: Style) -> float | None:
    """Return the score as a share of the way from ceiling (0) to floor (1); None for a style without score."""
    score = style.score
    if not {"score", "instant", "floor", "ceiling"} <= set(score):
        return None
    floor, ceiling, found = float(score["floor"]), float(score["ceiling"]), float(score["score"])
    return (ceiling - found) / max(ceiling - floor, 1e-6)


def _verdict(share: float) -> str:
    for least, words in VERDICTS:
        if share >= least:
            return words
    return "not to be told: untouched photos are as near; more photos, or --content, would help"


def _bar(floor: float, found: float, ceiling: float) -> str:
    """Draw floor, score and ceiling on a scale from 0."""
    top = max(floor, found, ceiling, 1e-6)
    places = [round(value / top * (_WIDTH - 1)) for value in (floor, ceiling, found)]
    cells = ["-"] * _WIDTH
    for place, mark in zip(places, ["F", "U", "*"], strict=True):
        cells[place] = mark
    return f"0 [{''.join(cells)}] {top:.1f}   * this style, F own photos among themselves, U untouched"


def _learning_words(instant: float, found: float, delta_weight: float, is_clear: bool) -> str:
    if is_clear:
        return f"the look was clear at once ({instant:.1f}): training has nothing to add"
    if delta_weight == 0:
        return (
            f"training found nothing that the photos kept aside confirm; the style is its instant form ({instant:.1f})"
        )
    return f"training brought it from {instant:.1f} to {found:.1f}; {delta_weight:.0%} of what was learnt is kept"
