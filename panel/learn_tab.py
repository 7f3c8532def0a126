"""The tab that starts a training: photos, their check, name, quality."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from ..core.errors import AtelierError
from ..core.learning.look.settings import LookTrainSettings
from ..core.learning.losses.settings import GAN_LOSSES, LossWeights
from ..core.learning.request import GENERATORS, MAX_SEED, MAX_STEPS, MAX_WEIGHT
from ..core.styles.controls import DEVICES
from .cards import check_card, error_card, quiet_card, raw_card, usable_card
from .context import Panel, paths_of, plain_text, show_errors
from .forecast import UNKNOWN_PHOTOS
from .orders import NO_NAME, PIXEL_STEPS, QUALITIES, STEPS, Photos, TrainingOrder, begin_training
from .pace import PIXEL, expected_seconds
from .photo_check import check_photos, left_out_thumbnails, used_thumbnails
from .pictures import photos_to_drop, picture_gallery
from .training_view import TrainingView
from .uploads import UploadError, gather_photos, in_use, new_upload, remove_earlier, stray_names
from .words import Words, label

_DEFAULT = LookTrainSettings()
_PROGRESS = gr.Progress()
_UNCHECKED = Photos(Path(), is_copy=True)  # uploaded files that were not checked yet, or without success


class LearnTab:
    """The components of the tab and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._photos = gr.State(None)
        self._content = gr.State(None)
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=300):
                self._build_photos()
                self._build_order()
            with gr.Column(scale=6, min_width=300):
                self._result = gr.HTML(elem_id="check", padding=False)
                self._used = picture_gallery("learn.used", "used", columns=5, is_chosen_from=False, visible=False)
                self._left = picture_gallery("learn.left", "left", columns=5, is_chosen_from=False, visible=False)

    def _build_photos(self) -> None:
        self._files = photos_to_drop("learn.files", "photos", height=170)
        self._folder = gr.Textbox(
            label=label("learn.folder"),
            placeholder="/home/me/Pictures/my-best-40",
            visible=self._panel.settings.is_local,
            elem_id="folder",
            max_lines=1,
        )
        with gr.Accordion(label("learn.content_title"), open=False, elem_id="content"):
            gr.Markdown(label("learn.content_help"), elem_classes="pa-quiet")
            self._content_files = photos_to_drop("learn.content_files", "content-photos", height=170)
            self._content_folder = gr.Textbox(
                label=label("learn.content_folder"), visible=self._panel.settings.is_local, max_lines=1
            )
            self._content_result = gr.HTML(padding=False, elem_id="content-check")

    def _build_order(self) -> None:
        self._name = gr.Textbox(label=label("learn.name"), max_lines=1, elem_id="name", max_length=80)
        self._quality = gr.Radio(list(QUALITIES), value="quick", label=label("learn.quality"), elem_id="quality")
        with gr.Accordion(label("learn.advanced"), open=False, elem_id="advanced"):
            self._generator = gr.Radio(
                list(GENERATORS), value="look", label=label("learn.generator"), elem_id="generator"
            )
            self._steps = gr.Number(  # Gradio shows 0 for None, and 0 must be allowed to begin at all
                0, label=label("learn.steps"), precision=0, minimum=0, maximum=MAX_STEPS, elem_id="steps"
            )
            with gr.Row():
                weights = _DEFAULT.weights
                self._lambdas = [
                    gr.Number(
                        value, label=label(f"learn.{name}"), minimum=0, maximum=MAX_WEIGHT, step=0.05, min_width=180
                    )
                    for name, value in (
                        ("lambda_content", weights.content_weight),
                        ("lambda_style", weights.style_weight),
                        ("lambda_tv", weights.tv_weight),
                        ("adversarial", weights.adversarial_weight),
                    )
                ]
            with gr.Row():
                self._gan_loss = gr.Dropdown(
                    list(GAN_LOSSES), value=_DEFAULT.gan_loss, label=label("learn.form"), min_width=200
                )
                self._seed = gr.Number(
                    _DEFAULT.seed, label=label("learn.seed"), precision=0, minimum=0, maximum=MAX_SEED, min_width=100
                )
                self._device = gr.Dropdown(list(DEVICES), value="auto", label=label("learn.device"), min_width=100)
            with gr.Accordion("?", open=False, elem_id="terms"):
                gr.Markdown(label("learn.terms"), elem_classes="pa-quiet")
        self._start = gr.Button(label("learn.start"), variant="primary", elem_id="start")
        self._message = gr.HTML(padding=False, elem_id="start-message")

    def connect(self, token: gr.BrowserState, view: TrainingView) -> None:
        """Wire the events.

        Args:
            token: of the browser.
            view: of the trainings, which shows one at once that was begun.
        """
        checked = [self._result, self._used, self._left, self._photos]
        times: dict[str, Any] = {
            "fn": self._choices,
            "inputs": [self._photos, self._generator, self._steps],
            "outputs": self._quality,
            "show_progress": "hidden",
        }
        for trigger, source in ((self._files.change, self._files), (self._folder.submit, self._folder)):
            lane: dict[str, Any] = {"concurrency_id": "check", "concurrency_limit": 2}
            trigger(self._check, source, checked, **lane, show_progress_on=self._result).then(**times)
        for trigger, source in (
            (self._content_files.change, self._content_files),
            (self._content_folder.submit, self._content_folder),
        ):
            trigger(self._check_content, source, [self._content_result, self._content])
        for changed in (self._generator, self._steps):
            changed.change(**times)
        order = [self._name, self._quality, self._generator, self._steps, *self._lambdas, self._gan_loss, self._seed]
        sources = [self._files, self._folder, self._content_files, self._content_folder]
        fields = [token, self._photos, self._content, *sources, *order, self._device]
        shown = [view.selected, self._message, *view.outputs]
        begun = self._start.click(self._begin_and_show(view), fields, shown)
        begun.then(None, js="() => window.atelier.showTrainings()")

    def on_load(self, request: gr.Request) -> Any:
        """Return the values at page load, for `load_outputs`."""
        words = Words.of(request)
        return (
            gr.Radio(choices=self._named(None, "look", None, words)),
            gr.Radio(choices=[(words(f"generator.{name}"), name) for name in GENERATORS]),
            gr.Dropdown(choices=[(words(f"form.{name}"), name) for name in GAN_LOSSES]),
            quiet_card(words("learn.hint")),
        )

    @property
    def load_outputs(self) -> list[Any]:
        """The components that `on_load` fills."""
        return [self._quality, self._generator, self._gan_loss, self._result]

    def _check(self, source: Any, request: gr.Request, progress: gr.Progress = _PROGRESS) -> Any:
        words = Words.of(request)
        hidden = gr.Gallery(value=None, visible=False)
        try:
            photos = self._taken(source, "photos", request)
            if photos is None:
                return quiet_card(words("learn.hint")), hidden, hidden, None
            found = check_photos(
                photos.folder, lambda done, total: progress((done, total), desc=words("check.reading"))
            )
        except AtelierError as error:
            return error_card(plain_text(error)), hidden, hidden, None
        photos = replace(photos, count=len(found.folder.photos))
        thumbnails = self._panel.sessions.folder(request) / "thumbnails"
        left = left_out_thumbnails(found.left_out, thumbnails)
        return (
            raw_card(photos.files, words) + check_card(found, words, stray_names(photos.files)),
            gr.Gallery(value=used_thumbnails(found, thumbnails), visible=True),
            gr.Gallery(value=left, visible=bool(left)),
            photos,
        )

    def _check_content(self, source: Any, request: gr.Request) -> Any:
        words = Words.of(request)
        try:
            photos = self._taken(source, "content", request)
            if photos is None:
                return "", None
            found = check_photos(photos.folder)
        except AtelierError as error:
            return error_card(plain_text(error)), None
        count = len(found.folder.photos)
        card = raw_card(photos.files, words) + usable_card(found, words, stray_names(photos.files))
        return card, replace(photos, count=count)

    def _taken(self, source: Any, name: str, request: gr.Request) -> Photos | None:
        """Store uploaded files, or check the given folder; return None if there are neither."""
        if isinstance(source, str):
            if not source.strip():
                return None
            return self._named_folder(source.strip())
        files = paths_of(source)
        if not files:
            return None
        target = new_upload(self._panel.sessions.folder(request), name)
        gather_photos(files, target)
        remove_earlier(target)
        return Photos(target, is_copy=True, files=tuple(files))

    def _named_folder(self, text: str) -> Photos:
        if not self._panel.settings.is_local:  # else a visitor could read files of this computer
            raise UploadError("a folder can be named only on the computer that the panel runs on; drop the photos")
        return Photos(_named(text), is_copy=False)

    def _current(self, photos: Photos | None, files: Any, folder: str) -> Photos | None:
        """Return the photos of the fields; _UNCHECKED if they changed since the last check."""
        paths, text = tuple(paths_of(files)), (folder or "").strip()
        if photos is not None and _is_of(photos, paths, text):
            return photos
        if paths and (photos is None or photos.is_copy or not text):
            return _UNCHECKED
        return self._named_folder(text) if text else None  # typed, but not confirmed by Enter

    def _begin_and_show(self, view: TrainingView) -> Any:
        """Return a handler that begins a training, and shows it in the same answer: the list names what is said of."""

        @show_errors
        def begin(request: gr.Request, token: str, *fields: Any) -> Any:
            key, told = self._begin(token, *fields, request=request)
            shown = view.show(token, key, request) if isinstance(key, str) else (gr.skip(),) * len(view.outputs)
            return key, told, *shown

        return begin

    def _begin(
        self,
        token: str,
        photos: Photos | None,
        content: Photos | None,
        files: Any,
        folder: str,
        content_files: Any,
        content_folder: str,
        name: str,
        quality: str,
        generator: str,
        steps: float | None,
        content_weight: float,
        style_weight: float,
        tv_weight: float,
        adversarial_weight: float,
        gan_loss: str,
        seed: float,
        device: str,
        request: gr.Request,
    ) -> Any:
        words = Words.of(request)
        photos = self._current(photos, files, folder)
        content = self._current(content, content_files, content_folder)
        if photos is _UNCHECKED or content is _UNCHECKED:
            return gr.skip(), error_card(words("learn.still_checking"))
        if photos is None:
            return gr.skip(), error_card(words("learn.no_photos"))
        if content is not None and content.count == 1:
            return gr.skip(), error_card(words("learn.one_untouched"))
        if not (name or "").strip():
            return gr.skip(), error_card(words.translate(NO_NAME))
        try:
            weights = LossWeights(adversarial_weight, content_weight, style_weight, tv_weight)
            order = TrainingOrder(
                name, quality, generator, int(steps) if steps else None, weights, gan_loss, int(seed or 0), device
            )
            owner = self._panel.owner(token) or ""
            num_steps = 0 if quality == "instant" else order.num_steps
            forecast = self._panel.forecaster.of_new(generator, num_steps, photos.count)
            with _kept(photos), _kept(content):
                training = begin_training(self._panel.store, order, photos, content, owner, forecast.seconds)
        except (AtelierError, ValueError, TypeError) as error:
            return gr.skip(), error_card(plain_text(error))
        return training.key, _begun_card(name.strip(), order, words)

    def _choices(self, photos: Photos | None, generator: str, steps: float | None, request: gr.Request) -> Any:
        return gr.Radio(choices=self._named(photos, generator, steps, Words.of(request)))

    def _named(self, photos: Photos | None, generator: str, steps: float | None, words: Words) -> list[tuple[str, str]]:
        """Return the qualities with their expected durations, if measured; other trainings not counted."""
        usual = PIXEL_STEPS if generator == PIXEL else STEPS
        count = photos.count if photos is not None and photos.count else UNKNOWN_PHOTOS
        named = [(f"{words('quality.instant')} · {words('quality.seconds')}", "instant")]
        for quality in QUALITIES[1:]:
            num_steps = int(steps or usual[quality])
            share = self._panel.forecaster.share() if photos else 1.0
            seconds = expected_seconds(generator, num_steps, count, share)
            unknown = words("quality.unmeasured", count=num_steps)
            text = unknown if seconds is None else words("quality.about", time=words.seconds(seconds))
            named.append((f"{words(f'quality.{quality}')} · {text}", quality))
        return named


def _begun_card(name: str, order: TrainingOrder, words: Words) -> str:
    """Return the card of a training that was begun; its status tells of times, which this card would not update."""
    lines = [words("learn.begun", name=name)]
    if order.quality != "instant":
        lines.append(words("learn.improves"))
    return f'<div class="pa-card pa-quiet pa-begun" role="status"><p>{escape(" ".join(lines))}</p></div>'


def _is_of(photos: Photos, files: tuple[Path, ...], folder: str) -> bool:
    return photos.files == files if photos.is_copy else bool(folder) and photos.folder == _named(folder)


def _named(text: str) -> Path:
    return Path(text).expanduser()


def _kept(photos: Photos | None) -> AbstractContextManager[None]:
    """Keep uploaded photos."""
    return nullcontext() if photos is None or not photos.is_copy else in_use(photos.folder)
