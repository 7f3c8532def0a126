"""Facts and scores of a style as texts for photographers, with bars of text."""

from __future__ import annotations

from typing import Any

from ..styles.style import Style, description_of
from ..styles.style_file import style_hash
from ..styles.texture_words import texture_words
from ..texts import Text, from_file, joined, verbatim
from .verdict import Verdict, has_distances, share_of_the_way, verdict_of

RENEW = Text("learnt by an older version: it applies, and is truer when its photos are learnt anew")
KIND_NAMES = {
    "fixed": Text("fixed"),
    "instant": Text("instant"),
    "learnt": Text("learnt"),
    "pixel": Text("pixel"),
    "blend": Text("blend"),
}
CONTENT_HASH = Text("content hash")  # label of the fact
_WIDTH = 48


def style_facts(style: Style) -> dict[Text, Text]:
    """Return label and text of each known fact of a style."""
    parts = [f"{weight:.0%} {part.name}" for weight, part in style.parts]
    facts = {
        Text("style"): verbatim(style.name),
        Text("kind"): KIND_NAMES[style.kind],
        Text(""): description_of(style),
        Text("in its photographer's words"): from_file(style.words),
        Text("learnt from"): _photos(style.num_photos),
        Text("to renew"): RENEW if style.is_outdated else Text(""),
        Text("untouched photos"): verbatim(str(style.settings.get("num_content") or "")),
        Text("mixed from"): joined(parts) if parts else Text(""),
        Text("subject and ground"): Text("treated apart") if style.treats_ground_apart else Text(""),
        Text("texture"): texture_words(style.textures),
        Text("created"): verbatim(style.created),
        Text("licence"): verbatim(style.licence),
        CONTENT_HASH: verbatim(style_hash(style)[:16]),
    }
    return {label: text for label, text in facts.items() if text}


def stored_facts(style: Style) -> dict[str, Any]:
    """Return the facts of a style for programs, as JSON values in English."""
    verdict = verdict_of(style)
    return {
        "name": style.name,
        "kind": style.kind,
        "description": style.description,
        "words": style.words,
        "licence": style.licence,
        "created": style.created,
        "photos": style.num_photos,
        "own_photos": style.settings.get("num_content", 0),
        "parts": [{"weight": weight, "name": part.name} for weight, part in style.parts],
        "ground_apart": style.treats_ground_apart,
        "texture": str(texture_words(style.textures)),
        "outdated": style.is_outdated,
        "score": dict(style.score),
        "share_of_the_way": share_of_the_way(style),
        "verdict": None if verdict is None else verdict.name,
        "settings": dict(style.settings),
        "hash": style_hash(style),
    }


def score_lines(style: Style) -> list[Text]:
    """Describe how well a style was learnt in lines of text; empty for one that no photos taught."""
    verdict = verdict_of(style)
    return [*([] if verdict is None else _verdict_lines(verdict)), *(_distances(style) if has_distances(style) else [])]


def verdict_lines(style: Style) -> list[Text]:
    """Describe how well a style was learnt without numbers: the verdict, why it is no better, and what may help."""
    verdict = verdict_of(style)
    return [] if verdict is None else _judgement(verdict)


def _judgement(verdict: Verdict) -> list[Text]:
    return [
        Text("how well it was learnt: {verdict}", verdict=verdict.words),
        *(Text("  {reason}", reason=reason) for reason in verdict.reasons),
        *(() if verdict.advice is None else (Text("  {reason}", reason=verdict.advice),)),
    ]


def _verdict_lines(verdict: Verdict) -> list[Text]:
    return [
        *_judgement(verdict),
        Text(
            "  a photo in it is expected to lie {expected:.1f} from the photographer's own finish, {low:.1f} to "
            "{high:.1f} in eight of ten such styles;",
            expected=verdict.expected,
            low=verdict.low,
            high=verdict.high,
        ),
        Text("  the look itself changes a photo by {moved:.1f} (color differences, dE)", moved=verdict.moved),
    ]


def _distances(style: Style) -> list[Text]:
    score = style.score
    floor, ceiling, found = float(score["floor"]), float(score["ceiling"]), float(score["score"])
    return [
        Text(
            "  other photos in this style lie {found:.1f} from the photographer's own; untouched they lie "
            "{ceiling:.1f},",
            found=found,
            ceiling=ceiling,
        ),
        Text(
            "  and two halves of the photographer's own photos {floor:.1f} from each other (color differences, dE)",
            floor=floor,
        ),
        _bar(floor, found, ceiling),
        _training_line(float(score["instant"]), found, float(score.get("keep", 0)), bool(score.get("clear"))),
    ]


def _photos(count: int) -> Text:
    return Text("{count} photos", one="{count} photo", count=count) if count else Text("")


def _bar(floor: float, found: float, ceiling: float) -> Text:
    """Draw floor, score and ceiling on a scale from 0."""
    top = max(floor, found, ceiling, 1e-6)
    places = [round(value / top * (_WIDTH - 1)) for value in (floor, ceiling, found)]
    cells = ["-"] * _WIDTH
    for place, mark in zip(places, ["F", "U", "*"], strict=True):
        cells[place] = mark
    return Text(
        "  0 [{cells}] {top:.1f}   * this style, F own photos among themselves, U untouched",
        cells="".join(cells),
        top=top,
    )


def _training_line(instant: float, found: float, delta_weight: float, instant_suffices: bool) -> Text:
    if instant_suffices:
        return Text(
            "  training has nothing to add that these photos would confirm; the style is its first look "
            "({instant:.1f})",
            instant=instant,
        )
    if delta_weight == 0:
        return Text(
            "  training found nothing that the photos kept aside confirm; the style is its instant form "
            "({instant:.1f})",
            instant=instant,
        )
    return Text(
        "  training brought it from {instant:.1f} to {found:.1f}; {kept:.0%} of what was learnt is kept",
        instant=instant,
        found=found,
        kept=delta_weight,
    )
