"""Cards of trainings: status, charts, entry of the list."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..core.reports.verdict import verdict_of
from ..core.styles.style import Style
from ..core.texts import verbatim
from .cards import error_card
from .charts import Line, line_chart
from .forecast import Forecast
from .trainings import ACTIVE, Training, TrainingStatus
from .words import Words, without_own_folders

_TERMS = ("g_style", "g_content", "g_tv")
_ADVERSARIAL = "g_adversarial"
_MOST_POINTS = 240
_GOOD = ("closely", "well")  # verdicts
_MOST_TOLD = 30  # trainings whose ends the page is told of


def status_card(
    training: Training,
    status: TrainingStatus,
    forecast: Forecast | None,
    words: Words,
    style: Style | None = None,
) -> str:
    """Return the card of the status of a training: what can be used, what is being done, and until when.

    Args:
        training: the training.
        status: its status.
        forecast: of its end; None unless it waits or runs.
        words: of the page.
        style: that can be used; None if it has none.
    """
    is_ready = training.has_style
    lines = [f"<h3>{escape(training.request.name)}</h3>"]
    if is_ready and status.state != "done":
        lines.append(f'<p class="pa-good">{escape(words("trainings.ready"))}</p>')
    if status.state == "done" and status.complete and style is not None and style.score.get("clear"):
        lines.append(_done_at_once(style, words))
    else:
        lines.append(f'<p role="status">{escape(_doing(training, status, words, is_ready=is_ready))}</p>')
    if status.state in ACTIVE:
        lines.append(_bar(status, words))
    if forecast is not None and training.command == "run" and not training.request.instant:
        lines.append(f'<p class="pa-quiet pa-forecast">{until(forecast, words)}</p>')
    if status.state == "failed":
        message = without_own_folders(words.translate(verbatim(status.message)))
        lines.append(f'<p class="pa-note">{escape(message)}</p>' if is_ready else error_card(message))
    lines += [f'<p class="pa-note">{escape(without_own_folders(words.translate(note)))}</p>' for note in status.notes]
    return f'<div class="pa-card">{"".join(lines)}</div>'


def _done_at_once(style: Style, words: Words) -> str:
    """Return what is said of a training without a step: good news, unless the verdict sees differences all the same."""
    verdict = verdict_of(style)
    if verdict is not None and verdict.name not in _GOOD:
        return f'<p role="status">{escape(words("done.unconfirmed"))}</p>'
    return f'<p role="status" class="pa-good">{escape(words("done.at_once"))}</p>'


def _doing(training: Training, status: TrainingStatus, words: Words, *, is_ready: bool) -> str:
    """Return what a training does now."""
    if status.state in ACTIVE and training.command != "run":
        return words(f"wish.{training.command}")
    counts = f"{status.photos_read} / {status.num_photos}"
    if status.state == "learning":
        return words("trainings.improving", step=status.step, total=status.num_steps)
    if status.state == "reading":
        key = {"photos": "reading.photos", "texture": "reading.texture", "setup": "reading.setup"}.get(status.stage)
        return words(key or "reading.start", counts=counts, share=words.share(status.share))
    if status.is_stopped:
        return words("stopped.at" if status.step else "stopped.first", step=status.step, total=status.num_steps)
    if status.state == "done" or not is_ready:
        return words(f"state.{status.state}")
    return words(f"ready.{status.state}", step=status.step, total=status.num_steps)


def _bar(status: TrainingStatus, words: Words) -> str:
    done = share_done(status)
    spoken = escape(words("trainings.progress"))
    return (
        f'<div class="pa-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{done * 100:.0f}" aria-label="{spoken}"><div style="width:{done:.1%}"></div></div>'
    )


def share_done(status: TrainingStatus) -> float:
    """Return the share of its present stage that a training has done, 0 to 1: of its steps, once they have begun."""
    if status.state == "done":
        return 1.0
    if status.state == "reading" and status.stage == "setup":
        return status.share
    if status.state == "reading":
        return status.photos_read / max(status.num_photos, 1)
    return min(status.step / max(status.num_steps, 1), 1.0)


def until(forecast: Forecast, words: Words) -> str:
    """Return as HTML how many trainings are before one, how long it takes, and until when; empty if that is unknown."""
    parts = []
    if forecast.num_ahead:
        parts.append(escape(words("trainings.ahead", count=forecast.num_ahead)))
    if forecast.seconds:
        parts.append(_time_left(forecast.seconds, words))
    return " · ".join(parts)


def _time_left(seconds: float, words: Words) -> str:
    """Return a remaining time as HTML, with the time of day at its end, which the browser writes as it is used to.

    Once that has passed, the browser says instead that it takes longer.
    """
    left = escape(words("trainings.left", time=words.seconds(seconds)))
    clock = f'<time class="pa-clock" data-at="{time.time() + seconds:.0f}"></time>'
    end = escape(words("trainings.until", clock="|")).replace("|", clock)
    late = escape(words("trainings.late"))
    return (
        f'<span class="pa-left">{left}<span class="pa-until" hidden>, {end}</span></span>'
        f'<span class="pa-late" hidden>{late}</span>'
    )


def page_news(trainings: Sequence[Training], words: Words) -> str:
    """Return what the page says beside itself, for `panel.js`: in the title of its tab, and when a training has ended.

    Args:
        trainings: the oldest first.
        words: of the page.
    """
    told, title = {}, ""
    for training in trainings[-_MOST_TOLD:]:
        status, name = training.status, training.request.name
        told[training.key] = [status.state, words(f"news.{status.state}", name=name) if _is_over(status) else ""]
        if status.state in ACTIVE:
            title = f"{words.share(share_done(status))} {name}"
    ask = escape(words("news.ask"), quote=True)
    return (
        f'<div class="pa-news" data-title="{escape(title, quote=True)}" '
        f'data-told="{escape(json.dumps(told), quote=True)}"><button class="pa-tell" hidden>{ask}</button></div>'
    )


def _is_over(status: TrainingStatus) -> bool:
    """Whether a training has ended by itself: whoever has stopped it knows."""
    return status.state in ("done", "failed") and not status.is_stopped


def training_charts(training: Training, words: Words, score: dict[str, Any] | None = None) -> str:
    """Return charts over the steps: of the distance from held-out photos, and, folded in, of the losses and the game.

    Args:
        training: the training.
        words: of the page.
        score: of its style; None if it has none.
    """
    rows = training.rows()
    if len(rows) < 2:
        return ""
    charts = _score_chart(rows, words, score or {})
    more = line_chart(words("chart.losses"), _lines(rows, _TERMS, words), number=words.number)
    game = line_chart(words("chart.game"), _lines(rows, (_ADVERSARIAL,), words), number=words.number)
    if game:
        game = f'<div class="pa-small">{game}<p class="pa-quiet">{escape(words("chart.game_help"))}</p></div>'
    charts = f'<div class="pa-charts">{charts}</div>' if charts else ""
    fold = f'<details data-fold="networks"><summary>{escape(words("charts.more"))}</summary>'
    return f'{charts}{fold}<div class="pa-charts">{more}{game}</div></details>' if more or game else charts


def _score_chart(rows: Sequence[Mapping[str, Any]], words: Words, score: Mapping[str, Any]) -> str:
    judged = [(row["step"], row["score"], row["base"]) for row in rows if "score" in row]
    if judged and "instant" in score:
        start = float(score["instant"])
        judged.insert(0, (0, start, start))
    if len(judged) < 2:
        return ""
    levels = {words(f"chart.{name}"): float(score[name]) for name in ("floor", "ceiling") if name in score}
    held = [
        Line(words("chart.learnt"), [(step, learnt) for step, learnt, _ in judged]),
        Line(words("chart.instant"), [(step, instant) for step, _, instant in judged]),
    ]
    return line_chart(words("chart.held_out"), held, levels, number=words.number)


def _lines(rows: Sequence[Mapping[str, Any]], terms: Sequence[str], words: Words) -> list[Line]:
    shown = rows[:: max(1, len(rows) // _MOST_POINTS)]
    found = [
        Line(words(f"term.{name}"), [(row["step"], row["terms"][name]) for row in shown if name in row["terms"]])
        for name in terms
    ]
    return [line for line in found if line.points]


def list_entry(training: Training, words: Words) -> str:
    """Return the entry of a training in the list."""
    status = training.status
    text = words("state.stopped" if status.is_stopped else f"state.{status.state}")
    if status.state == "learning":
        text = f"{text} {status.step}/{status.num_steps}"
    if training.has_style and status.state != "done":
        text = f"{words('state.ready')}, {text}"
    return f"{training.request.name} · {text}"
