"""The view of trainings: status, charts, samples and report."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ..core.imaging.files.atomic import atomic_write
from ..core.styles.style_file import load_style
from .cards import found_card, quiet_card, report_card
from .context import TRAINING, Panel, show_errors
from .forecast import Forecast
from .keeping import Keeping
from .pictures import files_to_take, picture_gallery, picture_slider
from .style_files import style_files
from .training_cards import list_entry, page_news, status_card, training_charts
from .training_samples import sample_paths
from .trainings import ACTIVE, Training, TrainingStatus
from .trio_card import sample_names, trio_card
from .words import LANGUAGES, Words, label, labels_of

REFRESH = 1.5  # seconds between two refreshes while a training waits or runs; else none is needed
_LOSSES = {"near": 1.0, "seen": 2.5}  # what a color table loses (mean CIEDE2000), below which it is called so
# A page that is looked at again asks once: a training may have been begun elsewhere.
_TELL_LOOK = (
    "const look = () => document.visibilityState === 'visible' && element.isConnected && trigger('select');"
    "document.addEventListener('visibilitychange', look); window.addEventListener('focus', look);"
    "window.addEventListener('pageshow', look);"
)


@dataclass(frozen=True)
class _Buttons:
    pause: gr.Button
    resume: gr.Button
    stop: gr.Button
    remove: gr.Button

    def all(self) -> list[Any]:
        return [self.pause, self.resume, self.stop, self.remove]


class TrainingView:
    """The components of the view and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._seen = gr.State("")
        self._anew = gr.State("")  # in place of what was seen, where all is to be shown
        self.selected = gr.State(None)
        self.shown = gr.State(None)  # the selected training, on which the buttons act
        self.versions = gr.State({})  # of the trainings' styles by key; changes when one of them was improved
        with gr.Row(equal_height=False, elem_classes="pa-training"):
            with gr.Column(scale=4, min_width=280):
                self._list = gr.Radio(
                    [], label=label("trainings.list"), elem_classes="pa-list", elem_id="trainings", visible=False
                )
                self._status = gr.HTML(padding=False, elem_id="training-status", js_on_load=_TELL_LOOK)
                pause, resume, stop = self._build_steering()
                self._report = gr.HTML(padding=False, elem_id="report")
                with gr.Column(visible=False) as self._finished:
                    self.try_it = gr.Button(label("trainings.try"), variant="primary", elem_id="try-it")
                    self._keeping = Keeping(panel)
                    self._download = gr.Button(label("trainings.download"), elem_id="download-style")
                    self._files = files_to_take("trainings.files", "style-files")
                    self._loss = gr.HTML(padding=False, elem_id="download-loss")
                remove = gr.Button(
                    label("trainings.remove"), visible=False, variant="stop", elem_id="remove", size="sm"
                )
                self._buttons = _Buttons(pause, resume, stop, remove)
            with gr.Column(scale=7, min_width=300):
                self._slider = picture_slider("trainings.slider", "samples", height=520, visible=False)
                self._samples = picture_gallery(
                    "trainings.samples", "sample-list", columns=4, fit="contain", visible=False
                )
                self._charts = gr.HTML(padding=False, elem_id="charts")
        self._timer = gr.Timer(REFRESH, active=False)
        self._chosen = gr.State(0)
        self._sure = gr.Textbox(visible=False)  # set by the browser

    @staticmethod
    def _build_steering() -> list[gr.Button]:
        with gr.Row():
            return [
                gr.Button(label(f"trainings.{name}"), visible=False, elem_id=name, min_width=90)
                for name in ("pause", "resume", "stop")
            ]

    def connect(self, token: gr.BrowserState) -> list[Any]:
        """Wire the events; return the events that keep a style, after which `kept` has its name."""
        again = self.refresh(token)
        self._timer.tick(**again)
        self._status.select(**again)
        self._list.input(
            lambda key: (key, "", "", *self._keeping.cleared()),
            self._list,
            [self.selected, self._seen, self._loss, *self._keeping.told],
            show_progress_on=self._status,
        ).then(**again)
        self.selected.change(lambda: ("", 0), None, [self._seen, self._chosen]).then(**again)
        wished = [token, self.shown]
        for button, command in (
            (self._buttons.pause, "pause"),
            (self._buttons.resume, "run"),
            (self._buttons.stop, "stop"),
        ):
            button.click(self._command_sender(command), wished, None).then(**again)
        self._buttons.remove.click(self._remove, [*wished, self._sure], self.selected, js=_ask_to_remove()).then(
            **again
        )
        self._samples.select(self._show_sample, wished, [self._slider, self._chosen])
        self._download.click(self._make_files, wished, [self._files, self._loss])
        kept = self._keeping.connect(wished)
        for event in kept:
            event.success(**{**again, "inputs": [token, self.selected, self._anew, self._chosen]})
        return kept

    def refresh(self, token: gr.BrowserState) -> dict[str, Any]:
        """Return the arguments of an event that shows the present state of the trainings."""
        inputs = [token, self.selected, self._seen, self._chosen]
        return {"fn": self._refresh, "inputs": inputs, "outputs": self.outputs, "show_progress": "hidden"}

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` fills."""
        return [
            self.versions,
            self._timer,
            self._list,
            self._seen,
            self.shown,
            self._status,
            self._charts,
            self._slider,
            self._samples,
            *self._buttons.all(),
            self._report,
            self._finished,
            self._files,
            *self._keeping.outputs,
        ]

    @property
    def kept(self) -> gr.State:
        """The name of the style that was just put into the library."""
        return self._keeping.kept

    def style_name(self, key: str | None) -> str | None:
        """Return the name of the style of a training for other tabs."""
        return f"{TRAINING}{key}" if key else None

    def show(self, token: str, key: str, request: gr.Request) -> Any:
        """Return all that is shown of the trainings now, with one of them chosen, for `outputs`."""
        return self._refresh(token, key, "", 0, request)

    def _refresh(self, token: str, key: str | None, seen: str, chosen: int, request: gr.Request) -> Any:
        words = Words.of(request)
        trainings = self._panel.store.all(self._panel.owner(token))
        training = next((item for item in trainings if item.key == key), trainings[-1] if trainings else None)
        mark = _mark(trainings, training)
        if mark == seen:
            return (gr.skip(),) * len(self.outputs)
        versions = {item.key: item.style_path.stat().st_mtime_ns for item in trainings if item.has_style}
        choices = [(list_entry(item, words), item.key) for item in reversed(trainings)]
        timer = gr.Timer(active=any(item.status.state in ("waiting", *ACTIVE) for item in trainings))
        listed = gr.Radio(choices=choices, value=training.key if training else None, visible=bool(choices))
        if training is None:
            hidden = gr.update(visible=False)
            return (
                versions,
                timer,
                listed,
                mark,
                None,
                quiet_card(words("trainings.none")),
                "",
                hidden,
                hidden,
                *(hidden,) * 4,
                "",
                hidden,
                hidden,
                *self._keeping.nothing,
            )
        details = self._details(trainings, training, chosen, words, self._panel.sessions.folder(request))
        return versions, timer, listed, mark, training.key, *details

    def _details(self, trainings: list[Training], training: Training, chosen: int, words: Words, folder: Path) -> Any:
        status = training.status
        samples = sample_paths(training.samples)
        style = load_style(training.style_path) if training.has_style else None
        is_over = status.state in ("done", "failed")
        slider, pictures = gr.ImageSlider(visible=False), gr.Gallery(visible=False)
        if samples:
            samples = [(_copied(before, folder), _copied(after, folder)) for before, after in samples]
            slider = gr.ImageSlider(value=samples[min(chosen, len(samples) - 1)], visible=True)
            names = sample_names(training, len(samples), words)
            after = [(path, name) for (_, path), name in zip(samples, names, strict=True)]
            pictures = gr.Gallery(value=after, visible=len(samples) > 1)
        score = None if style is None else dict(style.score)
        return (
            status_card(training, status, self._forecast(training, status), words, style) + page_news(trainings, words),
            ("" if style is None else trio_card(training, words)) + training_charts(training, words, score),
            slider,
            pictures,
            gr.Button(visible=status.state in (*ACTIVE, "waiting")),
            gr.Button(visible=status.state in ("paused", "failed")),
            gr.Button(visible=_can_be_kept(training, status)),
            gr.Button(visible=status.state not in ACTIVE),
            ""
            if style is None
            else report_card(style, words, complete=status.complete, is_improving=not is_over)
            + found_card(style, words),
            gr.Column(visible=style is not None),
            gr.File(visible=False) if style is None else gr.skip(),
            *self._keeping.about(training, style, words),
        )

    def _forecast(self, training: Training, status: TrainingStatus) -> Forecast | None:
        return self._panel.forecaster.of(training) if status.state in ("waiting", *ACTIVE) else None

    def _command_sender(self, command: Any) -> Any:
        @show_errors
        def send_command(token: str, key: str | None) -> None:
            training = self._panel.training(key, token)
            if training is None:
                return
            training.send_command(command)
            if training.status.state in ("paused", "failed") and command != "pause":
                training.report(state="waiting", message="")

        return send_command

    @show_errors
    def _remove(self, token: str, key: str | None, sure: str) -> Any:
        training = self._panel.training(key, token)
        if training is None or not sure:
            return gr.skip()
        self._panel.store.remove(training)
        return None

    def _show_sample(self, token: str, key: str | None, event: gr.SelectData, request: gr.Request) -> Any:
        training = self._panel.training(key, token)
        pairs = [] if training is None else sample_paths(training.samples)
        if not pairs:
            return gr.skip(), 0
        folder = self._panel.sessions.folder(request)
        before, after = pairs[min(event.index, len(pairs) - 1)]
        return gr.ImageSlider(value=(_copied(before, folder), _copied(after, folder))), event.index

    @show_errors
    def _make_files(self, token: str, key: str | None, request: gr.Request) -> Any:
        training = self._panel.training(key, token)
        if training is None:
            return gr.File(visible=False), ""
        folder, words = self._panel.sessions.folder(request), Words.of(request)
        files, loss = style_files(training.style_path, folder, words)
        return gr.File(value=files, visible=True), loss


def _ask_to_remove() -> str:
    """Return JavaScript that asks for confirmation in the language of the page."""
    asked = json.dumps({language: labels_of(language)["trainings.sure"] for language in LANGUAGES})
    return (
        f"(token, key) => [token, key, confirm((texts => texts[navigator.language.slice(0, 2)] ?? texts.en)({asked})) "
        '? "yes" : ""]'
    )


def _can_be_kept(training: Training, status: TrainingStatus) -> bool:
    """Whether a training that is not at its end has, or will have, something to keep."""
    has_something = status.state in (*ACTIVE, "paused") or training.has_style or training.has_checkpoint
    return status.state != "done" and has_something


def _mark(trainings: list[Training], shown: Training | None) -> str:
    """Return a text that changes when anything that is shown does."""
    parts = [f"{item.key}{item.status}{item.command}" for item in trainings]
    return f"{shown.key if shown else ''}|{'|'.join(parts)}"


def _copied(path: Path, folder: Path) -> str:
    """Copy a file to the tab's folder, which its browser can read, with a new name for each version."""
    target = folder / f"{path.parent.parent.name}-{path.stem}-{path.stat().st_mtime_ns}{path.suffix}"
    if not target.exists():
        with atomic_write(target, overwrite=True) as temporary:
            shutil.copyfile(path, temporary)
    return str(target)
