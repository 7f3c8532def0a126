"""The tab that applies a style to photos: live previews, and downloads at full size and depth."""

from __future__ import annotations

import math
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ..core.errors import AtelierError
from ..core.styles.cover import cover_path
from ..core.styles.style import Style, blend_styles
from ..core.styles.style_file import load_style, style_hash
from .cards import error_card, quiet_card, remarks_card
from .context import TRAINING, Panel, paths_of, plain_text, show_errors
from .crops import Spot, crop_view, face_spot, make_crop
from .library_changes import known_styles
from .mask_board import READ_BOARD, board, mask_of
from .panel_settings import PanelSettings
from .pictures import files_to_take, picture_gallery, picture_slider
from .restyling import Order, restyle_files, restyle_full, restyle_preview
from .try_controls import TryControls
from .try_photos import TryPhoto, take_photos
from .uploads import PHOTO_TYPES, in_use
from .words import Words, label

_NONE = "—"
_NO_BOARD: Any = ("", gr.update(visible=False), gr.update(visible=False))  # no picture to paint on, and its two buttons
_MOST_PAGES = 1000  # whose requests are counted
_TELL_SPOT = "element.addEventListener('pa-spot', (event) => trigger('select', event.detail));"
Masks = dict[str, np.ndarray]
Spots = dict[str, Spot]
_PROGRESS = gr.Progress()


class _Latest:
    """The latest request of each page, so that the result of an earlier one that takes longer is not shown."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {}
        self._lock = threading.Lock()

    def begin(self, page: str | None) -> int:
        """Return the number of a new request."""
        with self._lock:
            number = self._numbers.pop(page, 0) + 1
            self._numbers[page] = number
            while len(self._numbers) > _MOST_PAGES:
                self._numbers.pop(next(iter(self._numbers)))
            return number

    def is_latest(self, page: str | None, number: int) -> bool:
        """Whether no later request of the page has begun."""
        return self._numbers.get(page, number) == number


class TryTab:
    """The components of the tab and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._pictures, self._messages, self._crops = _Latest(), _Latest(), _Latest()
        self._photos = gr.State([])
        self._index = gr.State(0)
        self._masks = gr.State({})  # masks of photos, by path
        self._spots = gr.State({})  # what crops of photos show, by path; else their faces
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=300):
                self._files = gr.File(
                    label=label("try.files"),
                    file_count="multiple",
                    file_types=PHOTO_TYPES,
                    height=140,
                    elem_id="try-photos",
                )
                self._build_styles()
                self._build_controls()
            with gr.Column(scale=7, min_width=300, elem_classes="pa-results"):
                self._build_results()

    def _build_styles(self) -> None:
        self.style = gr.Dropdown([], label=label("try.style"), elem_id="try-style", filterable=True)
        self._gallery = picture_gallery("try.gallery", "try-gallery", columns=3)

    def _build_controls(self) -> None:
        self._controls = TryControls()
        with gr.Accordion(label("try.blend_title"), open=False):
            self.second = gr.Dropdown([(_NONE, "")], value="", label=label("try.second"), elem_id="second")
            self._weight = gr.Slider(0, 1, 0.5, step=0.05, label=label("try.weight"))
        with gr.Accordion(label("control.mask"), open=False, elem_id="mask"):
            gr.Markdown(label("try.mask_help"), elem_classes="pa-quiet")
            self._paint = gr.Button(label("try.paint"), elem_id="paint")
            self._board = gr.HTML(padding=False, elem_id="board")
            self._painting = gr.Textbox(visible=False)
            with gr.Row():
                self._use = gr.Button(label("try.use_mask"), visible=False, elem_id="use-mask", min_width=110)
                self._everywhere = gr.Button(label("try.everywhere"), visible=False, min_width=110)
        with gr.Accordion(label("try.more"), open=False):
            self._controls.build_more()

    def _build_results(self) -> None:
        self._hint = gr.Markdown(label("try.hint"), elem_classes="pa-quiet", elem_id="try-hint")
        with gr.Row(equal_height=False, elem_id="try-both"):
            with gr.Column(scale=3, min_width=280):
                self._slider = picture_slider("try.slider", "try-slider", height=640, visible=False)
            with gr.Column(scale=2, min_width=240):
                self._crop = gr.HTML(padding=False, elem_id="try-crop", js_on_load=_TELL_SPOT)
        self._remarks = gr.HTML(padding=False, elem_id="try-remarks")
        self._message = gr.HTML(padding=False, elem_id="try-message")
        self._previews = picture_gallery("try.photos", "try-list", columns=6, visible=False)
        with gr.Row():
            self._full = gr.Button(label("try.full"), elem_id="full", visible=False)
            self._make = gr.Button(label("try.make"), variant="primary", elem_id="make", visible=False)
        self._result = files_to_take("try.result", "result")

    def connect(self, token: gr.BrowserState) -> None:
        """Wire the events."""
        lanes = _lanes(self._panel.settings)
        quiet: dict[str, Any] = {"show_progress": "minimal"}
        controls = list(self._controls.inputs.values())
        order = [token, self.style, self.second, self._weight, *controls]
        looked = [self._photos, self._index, self._masks, *order]
        seen, painting = [self._slider, self._message], [self._board, self._use, self._everywhere]
        taken = [self._photos, self._index, self._previews, self._masks, *painting]
        taken += [self._slider, self._full, self._make, self._hint]
        look: dict[str, Any] = {"fn": self._look, "inputs": looked, "outputs": seen, **quiet, **lanes["looks"]}
        near: dict[str, Any] = {"fn": self._near, "inputs": [self._spots, *looked], **lanes["crops"]}
        near |= {"outputs": [self._crop, self._remarks], "trigger_mode": "always_last", "show_progress_on": self._crop}
        self._files.change(
            self._take, [self._files, self._masks], [*taken, self._message], **lanes["intake"], show_progress="full"
        ).success(**{**look, "fn": self._look_first}).then(**near)
        changes = [part.change for part in (self.style, self.second, self._weight, self._masks, *controls)]
        # While a preview is computed, only the latest change waits.
        gr.on(changes, **look, trigger_mode="always_last", show_progress_on=self._message).then(**near)
        self._previews.select(self._choose, None, [self._index, *painting]).then(**look).then(**near)
        self._crop.select(self._move, [self._photos, self._index, self._spots], self._spots).then(**near)
        self._gallery.select(self._pick, None, self.style)
        self._controls.connect()
        chosen = [self._photos, self._index]
        self._paint.click(self._open_board, chosen, painting)
        self._use.click(self._painted, [self._painting, *chosen, self._masks], self._masks, js=READ_BOARD)
        self._everywhere.click(self._unmask, [*chosen, self._masks], [self._masks, *painting])
        self._full.click(self._look_full, looked, seen, **lanes["renders"], show_progress="full")
        made = [self._photos, self._masks, *order]
        self._make.click(self._write, made, [self._result, self._message], **lanes["renders"])

    def on_load(self, token: str, style: str | None, second: str | None, request: gr.Request) -> Any:
        """Return the current styles (style, second, gallery, region); selected styles stay selected."""
        return self._loaded(token, style, second, request, is_new=False)

    def on_load_style(self, token: str, style: str | None, second: str | None, request: gr.Request) -> Any:
        """As `on_load`, with a newly selected style."""
        return self._loaded(token, style, second, request, is_new=True)

    def _loaded(self, token: str, style: str | None, second: str | None, request: gr.Request, *, is_new: bool) -> Any:
        words = Words.of(request)
        choices, installed = self._choices(token, words)
        wanted = installed.get(style or "", style)
        is_there = wanted in [value for _, value in choices]
        # Send only changed values, in order not to undo a selection by another event.
        stays = is_there and wanted == style and not is_new
        chosen: Any = {} if stays else {"value": wanted if is_there else choices[0][1]}
        folder = self._panel.sessions.folder(request)
        covers = [(cover_path(shown, folder), entry.name) for entry, shown in known_styles()]
        others = [(_NONE, ""), *[pair for pair in choices if not pair[1].startswith(TRAINING)]]
        is_gone = second not in [value for _, value in others]
        mixed: Any = {"value": ""} if is_gone else {}
        blended = gr.Dropdown(choices=others, **mixed)
        return gr.Dropdown(choices=choices, **chosen), blended, covers, self._controls.named_regions(words)

    @property
    def load_outputs(self) -> list[Any]:
        """The components that `on_load` fills."""
        return [self.style, self.second, self._gallery, self._controls.region]

    def _choices(self, token: str, words: Words) -> tuple[list[tuple[str, str]], dict[str, str]]:
        """Return installed styles, then uninstalled styles of trainings, with the names of the latter."""
        known = known_styles()
        own = {style_hash(style): entry.name for entry, style in known if entry.origin == "library"}
        found, installed = [(entry.name, entry.name) for entry, _ in known], {}
        for training in self._panel.store.all(self._panel.owner(token)):
            if training.status.state != "done" or not training.style_path.exists():
                continue
            value, name = f"{TRAINING}{training.key}", own.get(style_hash(load_style(training.style_path)))
            if name is None:
                found.append((words("try.not_installed", name=training.request.name), value))
            else:
                installed[value] = name
        return found, installed

    def _take(self, files: Any, masks: Masks, request: gr.Request) -> Any:
        folder = self._panel.sessions.folder(request)
        photos, errors = take_photos(paths_of(files), folder)
        problems = [plain_text(error) for error in errors]
        listed = gr.Gallery(value=[str(photo.preview) for photo in photos], visible=len(photos) > 1, selected_index=0)
        message = error_card("\n".join(problems)) if problems else ""
        ready, hint = gr.update(visible=bool(photos)), gr.update(visible=not photos)
        painted = {Path(path).name: mask for path, mask in masks.items()}  # earlier photos keep their masks
        kept = {str(photo.path): painted[photo.path.name] for photo in photos if photo.path.name in painted}
        return photos, 0, listed, kept, *_NO_BOARD, ready, ready, ready, hint, message

    def _order(self, token: str, style: str | None, second: str | None, weight: float, *controls: Any) -> Order:
        """Convert the fields of the page to an order.

        Raises:
            AtelierError: no style is selected, or two that cannot be blended.
        """
        chosen: Style = self._panel.style(style, token)
        if second:
            chosen = blend_styles(chosen, self._panel.style(second, token), weight, f"{chosen.name} + {second}"[:80])
        return Order(chosen, self._controls.controls_of(controls))

    def _order_for(self, photos: list[TryPhoto], index: int, masks: Masks, *fields: Any) -> tuple[TryPhoto, Order]:
        """Return the chosen photo, and the order for it."""
        photo = photos[min(index, len(photos) - 1)]
        order = self._order(*fields).for_photos([photo.path for photo in photos])
        return photo, order.masked(masks.get(str(photo.path)))

    def _look(self, request: gr.Request, photos: list[TryPhoto], *fields: Any) -> Any:
        """Return the preview, and no message; or an error. What came later stays: a preview, full size, a message."""
        page = request.session_hash
        picture, message = self._pictures.begin(page), self._messages.begin(page)
        if not photos:
            return gr.skip(), gr.skip()
        shown, told = gr.skip(), ""
        try:
            photo, order = self._order_for(photos, *fields)
            pair = restyle_preview(photo.preview, order, self._panel.sessions.folder(request))
            shown = gr.ImageSlider(value=(str(pair[0]), str(pair[1])))
        except AtelierError as error:
            told = error_card(plain_text(error))
        return (
            shown if self._pictures.is_latest(page, picture) else gr.skip(),
            told if self._messages.is_latest(page, message) else gr.skip(),
        )

    def _look_first(self, request: gr.Request, photos: list[TryPhoto], *fields: Any) -> Any:
        """Return the preview of photos just taken; what was said of those that cannot be read stays."""
        shown, told = self._look(request, photos, *fields)
        return shown, told or gr.skip()

    def _near(self, request: gr.Request, spots: Spots, photos: list[TryPhoto], *fields: Any) -> Any:
        """Return a part of the photo at 100 %, and what there is to remark on the whole."""
        words, number = Words.of(request), self._crops.begin(request.session_hash)
        if not photos:
            return "", ""
        with suppress(AtelierError):  # which the preview tells
            photo, order = self._order_for(photos, *fields)
            try:
                spot = spots.get(str(photo.path)) or face_spot(photo.preview)
                crop = make_crop(photo.path, order, spot, self._panel.sessions.folder(request))
                shown = crop_view(crop, words), remarks_card(crop.remarks, words)
            except AtelierError as error:
                shown = "", error_card(plain_text(error))
            return shown if self._crops.is_latest(request.session_hash, number) else (gr.skip(), gr.skip())
        return "", ""

    @staticmethod
    def _move(photos: list[TryPhoto], index: int, spots: Spots, event: gr.EventData) -> Spots:
        try:
            x, y = float(event.x), float(event.y)
        except (AttributeError, TypeError, ValueError):
            return spots
        if not photos or not math.isfinite(x + y):
            return spots
        return {**spots, str(photos[min(index, len(photos) - 1)].path): (min(max(x, 0), 1), min(max(y, 0), 1))}

    @show_errors
    def _look_full(self, request: gr.Request, photos: list[TryPhoto], *fields: Any) -> Any:
        words, page = Words.of(request), request.session_hash
        number = self._pictures.begin(page)
        photo, order = self._order_for(photos, *fields)
        before, after = restyle_full(photo.path, order, self._panel.sessions.folder(request))
        if not self._pictures.is_latest(page, number):
            return gr.skip(), gr.skip()
        self._messages.begin(page)
        return gr.ImageSlider(value=(str(before), str(after))), quiet_card(words("try.is_full"))

    @show_errors
    def _write(self, request: gr.Request, progress: gr.Progress = _PROGRESS, *fields: Any) -> Any:
        photos, masks, *order = fields
        words = Words.of(request)
        asked = [(photo.path, masks.get(str(photo.path))) for photo in photos]
        folder = self._panel.sessions.folder(request)

        def told_progress(done: int, total: int) -> None:
            progress((done, total), desc=words("try.making"))

        with in_use(photos[0].path.parent):
            path, notes = restyle_files(asked, self._order(*order), folder, told_progress)
        told = [words("try.made", count=len(asked)), *map(words.translate, notes)]
        self._messages.begin(request.session_hash)
        return gr.File(value=str(path), visible=True), quiet_card("\n".join(told))

    def _choose(self, event: gr.SelectData) -> Any:
        return event.index, *_NO_BOARD

    def _pick(self, event: gr.SelectData) -> str:
        return event.value["caption"]

    def _open_board(self, photos: list[TryPhoto], index: int, request: gr.Request) -> Any:
        if not photos:
            return (gr.skip(),) * 3
        preview = photos[min(index, len(photos) - 1)].preview
        return board(preview, Words.of(request)), gr.Button(visible=True), gr.Button(visible=True)

    @staticmethod
    @show_errors
    def _painted(painting: str | None, photos: list[TryPhoto], index: int, masks: Masks) -> Masks:
        mask, path = mask_of(painting), str(photos[index].path)
        others = {other: kept for other, kept in masks.items() if other != path}
        return others if mask is None else {**others, path: mask}

    @staticmethod
    def _unmask(photos: list[TryPhoto], index: int, masks: Masks) -> Any:
        path = str(photos[index].path) if photos else ""
        return {other: mask for other, mask in masks.items() if other != path}, *_NO_BOARD


def _lanes(settings: PanelSettings) -> dict[str, dict[str, Any]]:
    """Return the concurrency limits of events: few photos at full size at a time, because of memory, more small ones.

    Returns:
        Arguments of Gradio events by `renders`, `intake` (of small copies), `looks` and `crops`.
    """
    limits = {"renders": settings.num_renders, "intake": settings.num_intakes, "looks": settings.num_looks}
    limits["crops"] = settings.num_crops
    return {name: {"concurrency_id": name, "concurrency_limit": limit} for name, limit in limits.items()}
