"""Facts of a style as labeled text."""

from __future__ import annotations

from ..styles.style import Style
from ..styles.style_file import style_hash

RENEW = "learnt by an older version: it applies, and is truer when its photos are learnt anew"


def style_facts(style: Style) -> dict[str, str]:
    """Return label and text of each known fact of a style."""
    facts = {
        "style": style.name,
        "kind": style.kind,
        "": style.description,
        "in its photographer's words": style.words,
        "learnt from": _photos(style.num_photos),
        "to renew": RENEW if style.is_outdated else "",
        "how sure it is": _how_sure(style),
        "untouched photos": str(style.settings.get("num_content") or ""),
        "mixed from": ", ".join(f"{weight:.0%} {part.name}" for weight, part in style.parts),
        "created": style.created,
        "licence": style.licence,
        "content hash": style_hash(style)[:16],
    }
    return {label: text for label, text in facts.items() if text}


def _how_sure(style: Style) -> str:
    expected = style.score.get("expected")
    return "" if expected is None else f"expected to lie {expected:.1f} from the photographer's own look (mean dE)"


def _photos(count: int) -> str:
    return f"{count} photo{'' if count == 1 else 's'}" if count else ""
