"""The tab that applies a style to photos: a large preview, its controls, and downloads at full size and depth."""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import gradio as gr

from ..core.errors import AtelierError
from ..core.styles.style import Style, blend_styles
from .cards import error_card, quiet_card, remarks_card
from .context import TRAINING, Panel, paths_of, plain_text, show_errors
from .crops import CROP_SIZE, Spot, crop_feed, face_spot, make_crop
from .judging import judge, judge_card, skin_of
from .masks import MASK_PARTS, Mask, limited_feather, mask_picture, read_mask
from .panel_settings import PanelSettings
from .pictures import files_to_take
from .restyling import Order, restyle_files, restyle_preview, restyle_thumbnail
from .stage import address, feed, stage, stage_html, strip_html, wall_feed, wall_html
from .try_controls import TryControls
from .try_photos import TryPhoto, take_photos
from .try_styles import known_choices
from .uploads import PHOTO_TYPES, in_use
from .words import Words, label

_NONE = "—"
_MOST_PAGES = 1000  # whose requests are counted
_MOST_COVERS = 8  # thumbnails of one request
_START_WALL = "const start = () => window.atelier.startWall(element); watch('value', start); start();"
_BARE: dict[str, Any] = {"padding": False, "apply_default_css": False}
Masks = dict[str, Mask]
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
        self.style = gr.State(None)
        self._feeds = {name: feed(name) for name in ("look", "near", "mask", "wall", "covers")}
        with gr.Row(equal_height=False, elem_id="try-work"):
            with gr.Column(scale=7, min_width=300, elem_classes="pa-main"):
                self._stage = stage()
                self._strip = gr.HTML(**_BARE, elem_id="try-list", js_on_load=None)
                self._judged = gr.HTML(**_BARE, elem_id="try-judge", js_on_load=None)
            with gr.Column(scale=4, min_width=300, elem_classes="pa-side"):
                self._build_side()

    def _build_side(self) -> None:
        self._files = gr.File(
            label=label("try.files"),
            file_count="multiple",
            file_types=PHOTO_TYPES,
            height=110,
            elem_id="try-photos",
        )
        self._message = gr.HTML(padding=False, elem_id="try-message")
        self._wall = gr.HTML(**_BARE, elem_id="try-gallery", js_on_load=_START_WALL)
        self._controls = TryControls()
        with gr.Accordion(label("try.blend_title"), open=False):
            self.second = gr.Dropdown([(_NONE, "")], value="", label=label("try.second"), elem_id="second")
            self._weight = gr.Slider(0, 1, 0.5, step=0.05, label=label("try.weight"))
        with gr.Accordion(label("try.more"), open=False):
            self._controls.build_more()
        self._remarks = gr.HTML(padding=False, elem_id="try-remarks")
        self._make = gr.Button(label("try.make"), variant="primary", elem_id="make", visible=False)
        self._result = files_to_take("try.result", "result")

    def connect(self, token: gr.BrowserState) -> None:
        """Wire the events."""
        lanes = _lanes(self._panel.settings)
        controls = list(self._controls.inputs.values())
        settings = [self.style, self.second, self._weight, *controls]
        order = [token, *settings]
        looked = [self._photos, self._index, self._masks, *order]
        seen = [self._feeds["look"], self._judged, self._remarks, self._message]
        strip, mask = [self._strip], [self._feeds["mask"]]
        look: dict[str, Any] = {"fn": self._look, "inputs": looked, "outputs": seen, **lanes["looks"]}
        look["show_progress"] = "hidden"  # the preview tells of it
        taken = [self._photos, self._index, self._masks, *strip, *mask, self._make]
        self._files.change(
            self._take, [self._files, self._masks], [*taken, self._message], **lanes["intake"], show_progress="full",
            show_progress_on=self._message,
        ).success(**{**look, "fn": self._look_first})  # fmt: skip
        changes = [part.change for part in (*settings, self._masks)]
        # While a preview is computed, only the latest change waits.
        gr.on(changes, **look, trigger_mode="always_last")
        asked: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last"}
        one = [self._photos, self._index, self._masks]
        self._stage.choose(self._choose, one, [self._index, *mask], **asked).then(**look)
        self._stage.pick(self._pick, token, self.style, **asked)
        self._stage.restore(self._restore, order, settings, **asked)
        near = {"inputs": looked, "outputs": self._feeds["near"], **lanes["crops"]}
        self._stage.spot(self._near, **near, **asked)
        masked = [self._masks, *strip]
        self._stage.mask(self._painted, one, masked, **asked)
        self._stage.region(self._select_region, one, [*masked, *mask], **asked, **lanes["crops"])
        covers = {"inputs": [self._photos, token], "outputs": self._feeds["covers"], **lanes["covers"]}
        self._stage.covers(self._covers, **covers, show_progress="hidden", trigger_mode="multiple")
        self._controls.connect()
        made = [self._photos, self._masks, *order]
        self._make.click(self._write, made, [self._result, self._message], **lanes["renders"])

    @property
    def open_outputs(self) -> list[Any]:
        """The components that `on_open` fills."""
        return [self._stage, self._wall]

    def on_open(self, request: gr.Request) -> Any:
        """Return what stays in the page, in its language: the preview without a photo, and the empty wall of styles."""
        words = Words.of(request)
        return stage_html(words), wall_html(words)

    def on_load(self, token: str, style: str | None, second: str | None, request: gr.Request) -> Any:
        """Return the current styles (style, second, wall, region); selected styles stay selected."""
        return self._loaded(token, style, second, request, is_new=False)

    def on_load_style(self, token: str, style: str | None, second: str | None, request: gr.Request) -> Any:
        """As `on_load`, with a newly selected style."""
        return self._loaded(token, style, second, request, is_new=True)

    def _loaded(self, token: str, style: str | None, second: str | None, request: gr.Request, *, is_new: bool) -> Any:
        words = Words.of(request)
        listed = known_choices(self._panel, token, self._panel.sessions.folder(request), words)
        wanted = listed.installed.get(style or "", style)
        values = [value for value, _, _, _ in listed.styles]
        chosen = wanted if wanted in values else values[0]
        # Send only changed values, in order not to undo a selection by another event.
        selected = gr.skip() if chosen == style and not is_new else chosen
        others = [
            (_NONE, ""),
            *[(name, value) for value, name, _, _ in listed.styles if not value.startswith(TRAINING)],
        ]
        is_gone = second not in [value for _, value in others]
        mixed: Any = {"value": ""} if is_gone else {}
        blended = gr.Dropdown(choices=others, **mixed)
        return selected, blended, wall_feed(listed.styles, chosen), self._controls.named_regions(words)

    @property
    def load_outputs(self) -> list[Any]:
        """The components that `on_load` fills."""
        return [self.style, self.second, self._feeds["wall"], self._controls.region]

    def _take(self, files: Any, masks: Masks, request: gr.Request) -> Any:
        folder = self._panel.sessions.folder(request)
        photos, errors = take_photos(paths_of(files), folder)
        problems = [plain_text(error) for error in errors]
        message = error_card("\n".join(problems)) if problems else ""
        painted = {Path(path).name: mask for path, mask in masks.items()}  # earlier photos keep their masks
        kept = {str(photo.path): painted[photo.path.name] for photo in photos if photo.path.name in painted}
        shown = self._strip_of(photos, 0, kept, request), _mask_told(photos, 0, kept)
        return photos, 0, kept, *shown, gr.update(visible=bool(photos)), message

    @staticmethod
    def _strip_of(photos: list[TryPhoto], index: int, masks: Masks, request: gr.Request) -> str:
        listed = [(photo.path.name, photo.thumbnail) for photo in photos]
        return strip_html(listed, index, [str(photo.path) in masks for photo in photos], Words.of(request))

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
        """Return the preview, its measures, and no message; or an error. What came later stays."""
        page = request.session_hash
        picture, message = self._pictures.begin(page), self._messages.begin(page)
        if not photos:
            return {}, "", "", gr.skip()
        shown, told = (gr.skip(),) * 3, ""
        try:
            photo, order = self._order_for(photos, *fields)
            shown = self._shown(photo, order, fields, request)
        except AtelierError as error:
            told = error_card(plain_text(error))
        return (
            *(shown if self._pictures.is_latest(page, picture) else (gr.skip(),) * 3),
            told if self._messages.is_latest(page, message) else gr.skip(),
        )

    def _shown(self, photo: TryPhoto, order: Order, fields: Sequence[Any], request: gr.Request) -> tuple[Any, str, str]:
        words = Words.of(request)
        found = restyle_preview(photo.preview, order, self._panel.sessions.folder(request))
        skin = skin_of(photo.preview)
        judged = judge_card(judge(found.before, skin), judge(found.after, skin), words)
        settings = dict(zip(("style", "second", "weight", *self._controls.inputs), fields[3:], strict=True))
        told = {
            "photo": photo.thumbnail.stem,
            "before": address(photo.preview),
            "after": address(found.path),
            "title": f"{photo.path.name} · {order.style.name}",
            "settings": settings,
        }
        return told, judged, remarks_card(found.remarks, words)

    def _look_first(self, request: gr.Request, photos: list[TryPhoto], *fields: Any) -> Any:
        """Return the preview of photos just taken; what was said of those that cannot be read stays."""
        *shown, told = self._look(request, photos, *fields)
        return *shown, told or gr.skip()

    def _near(self, event: gr.EventData, request: gr.Request, photos: list[TryPhoto], *fields: Any) -> Any:
        """Return a part of the photo at 100 %, around the place that is asked for; else around an eye."""
        page = request.session_hash
        number = self._crops.begin(page)
        with suppress(AtelierError):  # which the preview tells
            photo, order = self._order_for(photos, *fields)
            spot = _spot_of(event) or face_spot(photo.preview)
            crop = make_crop(photo.path, order, spot, self._panel.sessions.folder(request), length=_length_of(event))
            told = crop_feed(crop, photo.thumbnail.stem)
            return told if self._crops.is_latest(page, number) else gr.skip()
        return {}

    def _covers(self, event: gr.EventData, request: gr.Request, photos: list[TryPhoto], token: str) -> Any:
        """Return the asked photo in the asked styles, as thumbnails."""
        asked = _data_of(event)
        names = [name for name in asked.get("styles", ()) if isinstance(name, str)][:_MOST_COVERS]
        photo = next((photo for photo in photos if photo.thumbnail.stem == asked.get("photo")), None)
        pictures = {}
        for name in names if photo else ():
            assert photo is not None
            pictures[name] = ""
            with suppress(AtelierError):  # its own cover stays
                style = self._panel.style(name, token)
                found = restyle_thumbnail(photo.thumbnail, style, self._panel.sessions.folder(request))
                pictures[name] = address(found)
        return {"photo": asked.get("photo"), "pictures": pictures, "number": secrets.token_hex(4)}

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

    @staticmethod
    def _choose(event: gr.EventData, photos: list[TryPhoto], index: int, masks: Masks) -> Any:
        asked = _data_of(event).get("index")
        chosen = asked if isinstance(asked, int) and 0 <= asked < len(photos) else index
        return chosen, _mask_told(photos, chosen, masks)

    @show_errors
    def _pick(self, event: gr.EventData, token: str) -> Any:
        asked = _data_of(event).get("value")
        self._panel.style(asked if isinstance(asked, str) else None, token)
        return asked

    def _restore(self, event: gr.EventData, token: str, *now: Any) -> Any:
        """Return settings that the page remembers, of an earlier look; styles that are gone stay as they are."""
        asked = _data_of(event)
        styles = []
        for key in ("style", "second"):
            styles.append(gr.skip())
            with suppress(AtelierError):
                if isinstance(name := asked.get(key), str):
                    styles[-1] = name if not name and key == "second" else self._is_known(name, token)
        weight = asked.get("weight")
        weighed = float(weight) if isinstance(weight, int | float) and 0 <= weight <= 1 else gr.skip()
        return *styles, weighed, *self._controls.restored(asked)

    def _is_known(self, name: str, token: str) -> str:
        self._panel.style(name, token)
        return name

    @show_errors
    def _painted(
        self, event: gr.EventData, request: gr.Request, photos: list[TryPhoto], index: int, masks: Masks
    ) -> Any:
        asked = _data_of(event)
        if not photos:
            return gr.skip(), gr.skip()
        feather = limited_feather(asked.get("feather"))
        if asked.get("region") in MASK_PARTS:
            mask = Mask(region=asked["region"], feather=feather)
        else:
            mask = read_mask(asked.get("picture"), feather)
        return self._with_mask(mask, photos, index, masks, request)

    @show_errors
    def _select_region(
        self, event: gr.EventData, request: gr.Request, photos: list[TryPhoto], index: int, masks: Masks
    ) -> Any:
        asked = _data_of(event)
        if not photos or asked.get("part") not in MASK_PARTS:
            return (gr.skip(),) * 3
        mask = Mask(region=asked["part"], feather=limited_feather(asked.get("feather")))
        changed, strip = self._with_mask(mask, photos, index, masks, request)
        return changed, strip, _mask_told(photos, index, changed)

    def _with_mask(
        self, mask: Mask | None, photos: list[TryPhoto], index: int, masks: Masks, request: gr.Request
    ) -> tuple[Masks, str]:
        path = str(photos[min(index, len(photos) - 1)].path)
        changed = {other: kept for other, kept in masks.items() if other != path}
        if mask is not None:
            changed[path] = mask
        return changed, self._strip_of(photos, index, changed, request)


def _data_of(event: gr.EventData) -> dict[str, Any]:
    """Return what the page sent with an event."""
    data = event._data  # Gradio has no other way to what is optional
    return data if isinstance(data, dict) else {}


def _spot_of(event: gr.EventData) -> Spot | None:
    """Return the place of an event, in fractions of the photo; None if it names none."""
    x, y = (_data_of(event).get(axis) for axis in "xy")
    if not isinstance(x, int | float) or not isinstance(y, int | float) or not math.isfinite(x + y):
        return None
    return min(max(float(x), 0.0), 1.0), min(max(float(y), 0.0), 1.0)


def _length_of(event: gr.EventData) -> int:
    length = _data_of(event).get("length")
    return length if isinstance(length, int) else CROP_SIZE


def _mask_told(photos: list[TryPhoto], index: int, masks: Masks) -> dict[str, Any]:
    """Return what the page is told of the mask of a photo."""
    if not photos:
        return {}
    photo = photos[min(index, len(photos) - 1)]
    mask = masks.get(str(photo.path))
    told = {"photo": photo.thumbnail.stem, "picture": mask_picture(mask, photo.preview), "number": secrets.token_hex(4)}
    return {**told, "region": mask.region if mask else "", "feather": mask.feather if mask else 0}


def _lanes(settings: PanelSettings) -> dict[str, dict[str, Any]]:
    """Return the concurrency limits of events: few photos at full size at a time, because of memory, more small ones.

    Returns:
        Arguments of Gradio events by `renders`, `intake` (of small copies), `looks`, `crops` and `covers`.
    """
    limits = {"renders": settings.num_renders, "intake": settings.num_intakes, "looks": settings.num_looks}
    limits |= {"crops": settings.num_crops, "covers": settings.num_covers}
    return {name: {"concurrency_id": name, "concurrency_limit": limit} for name, limit in limits.items()}
