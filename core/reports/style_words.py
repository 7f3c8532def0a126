"""What a style is made of, in words: for the command line, and for reports in other programs."""

from __future__ import annotations

from ..styles.descriptions import description_of
from ..styles.style import Style
from ..styles.style_file import style_hash
from ..texts import Text, from_file, joined, verbatim

RENEW = Text("learnt by an older version: it applies, and is truer when its photos are learnt anew")
KIND_NAMES = {
    "fixed": Text("fixed"),
    "instant": Text("instant"),
    "learnt": Text("learnt"),
    "pixel": Text("pixel"),
    "blend": Text("blend"),
}


def style_facts(style: Style) -> dict[Text, Text]:
    """Label and text of what is known about a style; what is not known is left out."""
    parts = [f"{weight:.0%} {part.name}" for weight, part in style.parts]
    facts = {
        Text("style"): verbatim(style.name),
        Text("kind"): KIND_NAMES[style.kind],
        Text(""): description_of(style),
        Text("in its photographer's words"): from_file(style.words),
        Text("learnt from"): _photos(style.num_photos),
        Text("to renew"): RENEW if style.is_outdated else Text(""),
        Text("how sure it is"): _how_sure(style),
        Text("untouched photos"): verbatim(str(style.settings.get("num_content") or "")),
        Text("mixed from"): joined(parts) if parts else Text(""),
        Text("created"): verbatim(style.created),
        Text("licence"): verbatim(style.licence),
        Text("content hash"): verbatim(style_hash(style)[:16]),
    }
    return {label: text for label, text in facts.items() if text}


def _how_sure(style: Style) -> Text:
    expected = style.score.get("expected")
    if expected is None:
        return Text("")
    return Text("expected to lie {expected:.1f} from the photographer's own look (mean dE)", expected=float(expected))


def _photos(count: int) -> Text:
    return Text("{count} photos", one="{count} photo", count=count) if count else Text("")
