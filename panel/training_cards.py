"""Cards of trainings: status, charts, entry of the list."""

from __future__ import annotations

from html import escape
from typing import Any

from ..core.texts import verbatim
from .cards import error_card
from .charts import Line, line_chart
from .trainings import ACTIVE, Training, TrainingStatus
from .words import Words

_TERMS = ("g_style", "g_content", "g_adversarial", "g_tv")
_MOST_POINTS = 240


def status_card(training: Training, status: TrainingStatus, words: Words) -> str:
    """Return the card of the status of a training, with a progress bar."""
    done = 1.0 if status.state == "done" else min(status.step / max(status.num_steps, 1), 1.0)
    text = words(f"state.{status.state}")
    if status.state == "learning":
        text = words("trainings.step", step=status.step, total=status.num_steps)
    left = ""
    if status.state in ACTIVE and status.seconds_left:
        left = f" · {words('trainings.left', time=words.seconds(status.seconds_left))}"
    command = training.command
    if status.state in ACTIVE and command != "run":
        left = f" · {words(f'wish.{command}')}"
    if status.state == "reading" and status.stage == "photos":
        text = words("reading.photos", counts=f"{status.photos_read} / {status.num_photos}")
    elif status.state == "reading" and status.stage == "setup":
        text = words("reading.setup")
    spoken = escape(words("trainings.progress"))
    bar = (
        f'<div class="pa-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{done * 100:.0f}" '
        f'aria-label="{spoken}"><div style="width:{done:.1%}"></div></div>'
    )
    notes = "".join(f'<p class="pa-note">{escape(words.translate(note))}</p>' for note in status.notes)
    trouble = error_card(words.translate(verbatim(status.message))) if status.state == "failed" else ""
    name = escape(training.request.name)
    return f'<div class="pa-card"><h3>{name}</h3>{bar}<p role="status">{escape(text + left)}</p>{trouble}{notes}</div>'


def training_charts(training: Training, words: Words, score: dict[str, Any] | None = None) -> str:
    """Return charts of the losses and of the validation distance over the steps."""
    rows = training.rows()
    if len(rows) < 2:
        return ""
    every = max(1, len(rows) // _MOST_POINTS)
    lines = [
        Line(
            words(f"term.{name}"), [(row["step"], row["terms"][name]) for row in rows[::every] if name in row["terms"]]
        )
        for name in _TERMS
    ]
    charts = line_chart(words("chart.losses"), [line for line in lines if line.points], number=words.number)
    judged = [row for row in rows if "score" in row]
    if len(judged) > 1:
        levels = {}
        if score:
            levels = {words("chart.floor"): float(score["floor"]), words("chart.ceiling"): float(score["ceiling"])}
        held = [
            Line(words("chart.learnt"), [(row["step"], row["score"]) for row in judged]),
            Line(words("chart.instant"), [(row["step"], row["base"]) for row in judged]),
        ]
        charts += line_chart(words("chart.held_out"), held, levels, number=words.number)
    return f'<div class="pa-charts">{charts}</div>'


def list_entry(training: Training, words: Words) -> str:
    """Return the entry of a training in the list."""
    status = training.status
    text = words(f"state.{status.state}")
    if status.state == "learning":
        text = f"{text} {status.step}/{status.num_steps}"
    return f"{training.request.name} · {text}"
