"""Cards as escaped HTML: of styles, trainings, and findings about photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ..core.photos.folder import Finding
from ..core.reports.verdict import Verdict, has_distances, verdict_of
from ..core.styles.library import StyleEntry
from ..core.styles.style import Style, description_of
from ..core.styles.texture_words import texture_parts
from ..core.texts import Text, from_file
from .charts import tone_chart, way_chart
from .photo_check import ALIKE, FEW, GOOD, VARIED, PhotoCheck
from .uploads import raw_names
from .words import Words

_SHOWN_FINDINGS, _SHOWN_NAMES = 12, 3
_MADE = {  # by the method in a style's settings, also of older versions: what it is in plain words
    "designed": "designed",
    "designed painter": "designed",
    "color table": "table",
    "closed form": "at_once",
    "closed form and base model": "at_once",
    "set network": "at_once",
    "adversarial": "trained",
    "pixel generator": "painting",
}

_LIGHTS = {  # by their names: what they look like
    "bloom": "found.bloom",
    "faint bloom": "found.bloom_faint",
    "warm bloom": "found.bloom_warm",
    "faint warm bloom": "found.bloom_faint_warm",
    "halation": "found.halation",
}


def error_card(text: str) -> str:
    """Return a card of an error, announced at once by screen readers."""
    return f'<div class="pa-card pa-error" role="alert">{escape(text)}</div>'


def quiet_card(text: str) -> str:
    """Return a card of a note."""
    return f'<div class="pa-card pa-quiet">{escape(text)}</div>'


def note_card(text: str) -> str:
    """Return a card of a note that wants to be seen."""
    return f'<div class="pa-card"><p class="pa-note">{escape(text)}</p></div>'


def remarks_card(remarks: Sequence[Text], words: Words) -> str:
    """Return the card of remarks on a restyled photo; empty without any."""
    lines = [f'<p class="pa-note">{escape(words.translate(remark))}</p>' for remark in remarks]
    return f'<div class="pa-card" role="status">{"".join(lines)}</div>' if lines else ""


def why(fold: str, text: str, words: Words) -> str:
    """Return a "?" that opens to how something is measured, as escaped HTML.

    Args:
        fold: a name of its own on the page, by which `panel.js` keeps it open when its card is shown anew.
        text: what it opens to.
        words: of the page.
    """
    said = escape(words("why.said"), quote=True)
    return (
        f'<details class="pa-why" data-fold="{fold}"><summary title="{said}" aria-label="{said}">?</summary>'
        f"<p>{escape(text)}</p></details>"
    )


def raw_card(files: Sequence[Path], words: Words) -> str:
    """Return the card of RAW files among uploaded photos, which are left out; empty without any."""
    names = raw_names(files)
    return note_card(words("check.raw", names=_first_names(names), count=len(names))) if names else ""


def stray_card(names: Sequence[str], words: Words) -> str:
    """Return the card of uploaded files that are no photos, which are left out; empty without any."""
    return quiet_card(words("check.strays", names=_first_names(names), count=len(names))) if names else ""


def _first_names(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN_NAMES]) + (" …" if len(names) > _SHOWN_NAMES else "")


def check_card(check: PhotoCheck, words: Words, strays: Sequence[str] = ()) -> str:
    """Return the card of a check of photos.

    Args:
        check: its result.
        words: of the page.
        strays: names of files among them that are no photos.
    """
    count = len(check.folder.photos)
    lines = [_usable(check, words, strays), _advice(check, words)]
    lines.append(
        f'<div class="pa-told-of"><p>{escape(words(f"check.kind.{check.kind}"))}</p>{_spread(check, words)}</div>'
    )
    lines += [
        f'<p class="pa-note">{escape(words.translate(text.without_subject()))}</p>' for text in check.folder.warnings
    ]
    axes = (words("chart.warmer"), words("chart.lighter"))
    said = words("check.spread_said", count=count)
    lines.append(tone_chart(words("chart.tones"), check.tones, axes, said))
    return f'<div class="pa-card" role="status">{"".join(lines)}</div>'


def _spread(check: PhotoCheck, words: Words) -> str:
    spread, alike, varied = (words.number(value) for value in (check.spread, ALIKE, VARIED))
    measured = words("check.spread_help", spread=spread, alike=alike, varied=varied)
    return why("spread", f"{measured} {words('why.color')}", words)


def usable_card(check: PhotoCheck, words: Words, strays: Sequence[str] = ()) -> str:
    """Return the card of the numbers of usable and unusable photos; for its arguments, see `check_card`."""
    return f'<div class="pa-card" role="status">{_usable(check, words, strays)}</div>'


def _usable(check: PhotoCheck, words: Words, strays: Sequence[str]) -> str:
    head = words("check.usable", count=len(check.folder.photos))
    lines = [f'<p class="pa-big">{escape(head)}</p>']
    left = [*check.left_out, *(Finding(Path(name), "stray", Text("")) for name in strays)]
    if left:
        lines.append(f"<p>{escape(words('check.left_out', count=len(left)))}</p>")
        lines.append(findings_list(left, words))
    return "".join(lines)


def findings_list(findings: Sequence[Finding], words: Words) -> str:
    """Return the list of photos that are left out, with reasons."""
    kinds = Counter(finding.kind for finding in findings)
    rows = []
    for finding in findings[:_SHOWN_FINDINGS]:
        why, more = words(f"finding.{finding.kind}"), words.translate(finding.text)
        why = more if finding.kind.endswith("duplicate") else f"{why}: {more}" if more else why
        rows.append(f"<li><b>{escape(finding.path.name)}</b>: {escape(why)}</li>")
    if len(findings) > _SHOWN_FINDINGS:
        rest = ", ".join(f"{count} × {words(f'finding.{kind}')}" for kind, count in kinds.items())
        rows.append(f"<li>{escape(words('check.and_more', total=rest))}</li>")
    return f"<ul>{''.join(rows)}</ul>"


def _advice(check: PhotoCheck, words: Words) -> str:
    if check.number == "enough":
        return f'<p class="pa-good">{escape(words("check.enough"))}</p>'
    key = "check.too_few" if check.number == "too few" else "check.few"
    return f'<p class="pa-note">{escape(words(key, few=FEW, good=GOOD))}</p>'


def report_card(style: Style, words: Words, *, complete: bool = True, is_improving: bool = False) -> str:
    """Return the card of how well a style was learnt, with a chart of what training measured.

    Args:
        style: the style.
        words: of the page.
        complete: whether its training came to the end, as opposed to stopped.
        is_improving: whether its training goes on, so that nothing is said of its outcome yet.
    """
    verdict = verdict_of(style)
    lines, figures = [], []
    if verdict is not None:
        lines += _verdict(verdict, words)
        figures.append(_expected(verdict, words))
    if has_distances(style):
        figures += _distances(style, words, is_improving)
    elif not style.score.get("step"):
        key = "report.pixel" if style.kind == "pixel" else "report.instant"
        lines.append(f"<p>{escape(words(key, count=style.num_photos))}</p>")
    if not complete and not is_improving:
        step = style.score.get("step", 0)
        told = words("report.stopped", step=step) if step else words("report.stopped_first")
        lines.append(f'<p class="pa-note">{escape(told)}</p>')
    if figures:
        figures.append(f"<p>{escape(words('why.color'))}</p>")
        summary = escape(words("report.figures"))
        lines.append(f'<details data-fold="figures"><summary>{summary}</summary>{"".join(figures)}</details>')
    return f'<div class="pa-card">{"".join(lines)}</div>'


def _verdict(verdict: Verdict, words: Words) -> list[str]:
    lines = [f'<p class="pa-big pa-sentence">{escape(words.translate(verdict.words))}</p>']
    lines += [f'<p class="pa-note pa-sentence">{escape(words.translate(reason))}</p>' for reason in verdict.reasons]
    if verdict.advice is not None:
        lines.append(f'<p class="pa-note pa-sentence">{escape(words.translate(verdict.advice))}</p>')
    return lines


def _expected(verdict: Verdict, words: Words) -> str:
    expected, low, high, moved = (
        words.number(value) for value in (verdict.expected, verdict.low, verdict.high, verdict.moved)
    )
    return f"<p>{escape(words('report.expected', expected=expected, low=low, high=high, moved=moved))}</p>"


def _distances(style: Style, words: Words, is_improving: bool) -> list[str]:
    score = style.score
    floor, found, ceiling = (float(score[name]) for name in ("floor", "score", "ceiling"))
    numbers = {name: words.number(value) for name, value in (("found", found), ("floor", floor), ("ceiling", ceiling))}
    names = (words("report.floor"), words("report.found"), words("report.ceiling"))
    keep = float(score.get("keep", 0))
    training = "report.gain" if keep else "report.clear" if score.get("clear") else "report.no_gain"
    gain = {"instant": words.number(float(score["instant"])), "found": numbers["found"], "keep": words.share(keep)}
    return [
        "" if is_improving and not keep else f"<p>{escape(words(training, **gain))}</p>",
        way_chart(words("report.chart"), floor, found, ceiling, names, words.number),
        f"<p>{escape(words('report.numbers', **numbers))}</p>",
    ]


def style_card(entry: StyleEntry, style: Style, words: Words) -> str:
    """Return the card of a style."""
    rows = {
        "card.kind": words(f"kind.{style.kind}"),
        "card.photos": str(style.num_photos) if style.num_photos else "",
        "card.untouched": str(style.settings.get("num_content") or ""),
        "card.mixed": ", ".join(f"{words.share(weight)} {part.name}" for weight, part in style.parts),
        "card.ground": words("card.ground_apart") if style.treats_ground_apart else "",
        "card.texture": ", ".join(_texture_lines(style, words)),
        "card.created": style.created,
        "card.licence": style.licence,
        "card.origin": words(f"origin.{entry.origin}"),
    }
    shown = "".join(f"<dt>{escape(words(key))}</dt><dd>{escape(text)}</dd>" for key, text in rows.items() if text)
    if made := _made(style, words):
        shown += f"<dt>{escape(words('card.made'))}</dt><dd>{made}</dd>"
    path = f'<dt>{escape(words("card.file"))}</dt><dd class="pa-path">{escape(str(entry.path))}</dd>'
    description = escape(words.translate(description_of(style)))
    quote = f"<p>{escape(words.translate(from_file(style.words)))}</p>" if style.words else ""
    return f'<div class="pa-card"><h3>{escape(entry.name)}</h3><p>{description}</p>{quote}<dl>{shown}{path}</dl></div>'


def found_card(style: Style, words: Words) -> str:
    """Return the card of what was found in the photos beside colors, and is part of the style; empty for nothing."""
    found = _texture_lines(style, words)
    if style.treats_ground_apart:
        found.append(words("found.ground"))
    if not found:
        return ""
    rows = "".join(f"<li>{escape(text)}</li>" for text in found)
    return f'<div class="pa-card"><p>{escape(words("found.title"))}</p><ul>{rows}</ul></div>'


def _texture_lines(style: Style, words: Words) -> list[str]:
    """Return what the textures of a style do, lights with what they look like."""
    parts = texture_parts(style.textures)
    return [words(_LIGHTS[part]) if part in _LIGHTS else words.translate(part) for part in parts]


def _made(style: Style, words: Words) -> str:
    """Return in plain words how a style was made, and the terms of it behind a "?"; empty where it is not known."""
    made = _MADE.get(style.settings.get("method", ""))
    if made is None:
        return ""
    if made == "trained" and not style.score.get("keep", style.adapter is not None):
        made = "untrained"
    return escape(words(f"made.{made}")) + why("made", _terms(style, words), words)


def _terms(style: Style, words: Words) -> str:
    """Return method, steps and seed of a style."""
    settings, learning = style.settings, style.settings.get("learning")
    parts = [words(f"method.{settings['method']}")]
    if isinstance(learning, dict):
        parts += [f"{words('card.seed')} {learning['seed']}"] if "seed" in learning else []
        steps = settings.get("steps", learning.get("kept_step"))
        parts += [words("card.steps", count=steps)] if steps is not None else []
    return ", ".join(parts)
