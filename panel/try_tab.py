"""The tab that applies a style to photos: a large preview, its controls, and downloads at full size and depth."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import gradio as gr

from ..core.errors import AtelierError
from ..core.styles.style import Style, blend_styles
from .cards import error_card, raw_card, remarks_card, stray_card
from .context import TRAINING, Panel, paths_of, plain_text, show_errors
from .crops import crop_feed, face_spot, make_crop
from .judging import judge, judge_card, skin_of
from .lanes import Latest, lanes_of
from .photo_states import (
    SHARED,
    Masks,
    Own,
    alone,
    chosen_feed,
    data_of,
    kept_by_name,
    length_of,
    mask_feed,
    mask_of_event,
    spot_of,
    strip_of,
    with_mask,
    with_settings,
)
from .pictures import photos_to_drop
from .restyling import Order, restyle_preview
from .stage import address, feed, stage, stage_html, wall_feed, wall_html
from .try_controls import TryControls
from .try_covers import Covers
from .try_export import TryExport
from .try_photos import TryPhoto, take_photos
from .try_styles import NONE, known_choices, second_choices
from .uploads import stray_names
from .words import Words, label

_START_WALL = "const start = () => window.atelier.startWall(element); watch('value', start); start();"
_BARE: dict[str, Any] = {"padding": False, "apply_default_css": False}
_PROGRESS = gr.Progress()


class TryTab:
    """The components of the tab and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._pictures, self._messages, self._crops = Latest(), Latest(), Latest()
        self._photos = gr.State([])
        self._index = gr.State(0)
        self._masks = gr.State({})
        self._own = gr.State({})  # settings of photos
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
        self._message = gr.HTML(padding=False, elem_id="try-message")
        self._wall = gr.HTML(**_BARE, elem_id="try-gallery", js_on_load=_START_WALL)
        self._controls = TryControls()
        with gr.Accordion(label("try.blend_title"), open=False):
            self.second = gr.Dropdown([(NONE, "")], value="", label=label("try.second"), elem_id="second")
            self._weight = gr.Slider(0, 1, 0.5, step=0.05, label=label("try.weight"))
        with gr.Accordion(label("try.more"), open=False):
            self._controls.build_more()
        with gr.Row(visible=False, elem_id="own") as self._own_row:
            self._alone = gr.Checkbox(False, label=label("try.alone"), elem_id="alone", min_width=160)
            self._to_all = gr.Button(label("try.to_all"), elem_id="to-all", min_width=140)
        self._remarks = gr.HTML(padding=False, elem_id="try-remarks")
        self._files = photos_to_drop("try.files", "try-photos", height=110)
        self._export = TryExport(self._panel, self._order)

    def connect(self, token: gr.BrowserState) -> None:
        """Wire the events."""
        lanes = lanes_of(self._panel.settings)
        controls = list(self._controls.inputs.values())
        settings = [self.style, self.second, self._weight, *controls]
        looked = self._looked(token)
        look = self._looking(self._look, looked)
        chosen = [self._own, self._alone, self._feeds["mask"], *settings]
        states = [self._photos, self._index, self._masks, self._own]
        taken = [
            self._photos,
            self._index,
            self._masks,
            self._strip,
            self._export.bar,
            self._own_row,
            self._message,
            *chosen,
        ]
        self._files.change(
            self._take, [self._files, self._masks, self._own, *settings], taken, **lanes["intake"],
            show_progress="full", show_progress_on=self._message,
        ).success(**{**look, "fn": self._look_first})  # fmt: skip
        changes = [part.change for part in (*settings, self._masks)]
        # While a preview is computed, only the latest change waits.
        gr.on(changes, **look, trigger_mode="always_last")
        asked: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last"}
        self._stage.choose(self._choose, [*states, *settings], [self._index, *chosen], **asked).then(**look)
        self._stage.pick(self._pick, token, self.style, **asked)
        self._stage.restore(self._restore, token, settings, **asked)
        self._stage.spot(self._near, looked, self._feeds["near"], **lanes["crops"], **asked)
        masked = [self._masks, self._strip]
        self._stage.mask(self._painted, states, masked, **asked)
        self._stage.region(self._select_region, states, [*masked, self._feeds["mask"]], **asked, **lanes["crops"])
        covers = {"inputs": [self._photos, token], "outputs": self._feeds["covers"], **lanes["covers"]}
        self._stage.covers(Covers(self._panel).make, **covers, show_progress="hidden", trigger_mode="multiple")
        owned = [self._strip, *chosen]
        self._alone.input(self._set_alone, [*states, self._alone, *settings], owned, **asked)
        self._to_all.click(self._copy_to_all, [*states, *settings], owned, **asked)
        self._controls.connect()
        self._export.connect(looked)

    def _looked(self, token: gr.BrowserState) -> list[Any]:
        """Return what a preview depends on."""
        settings = [self.style, self.second, self._weight, *self._controls.inputs.values()]
        return [self._photos, self._index, self._masks, self._own, token, *settings]

    def _looking(self, handler: Any, inputs: list[Any]) -> dict[str, Any]:
        """Return the arguments of an event that shows a preview; the preview itself tells of its progress."""
        seen = [self._feeds["look"], self._judged, self._remarks, self._message]
        lane = lanes_of(self._panel.settings)["looks"]
        return {"fn": handler, "inputs": inputs, "outputs": seen, "show_progress": "hidden", **lane}

    def look_again(self, token: gr.BrowserState) -> dict[str, Any]:
        """Return the arguments of an event after which the style of a training may be another one."""
        return self._looking(self._look_again, [self._feeds["look"], *self._looked(token)])

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
        wanted = listed.kept.get(style or "", style)
        values = [value for value, _, _, _ in listed.styles]
        chosen = wanted if wanted in values else values[0]
        # Send only changed values, in order not to undo a selection by another event.
        selected = gr.skip() if chosen == style and not is_new else chosen
        blended, wall = second_choices(listed, second), wall_feed(listed.styles, chosen)
        return selected, blended, wall, self._controls.named_regions(words)

    @property
    def load_outputs(self) -> list[Any]:
        """The components that `on_load` fills."""
        return [self.style, self.second, self._feeds["wall"], self._controls.region]

    def _take(self, request: gr.Request, files: Any, masks: Masks, own: Own, *settings: Any) -> Any:
        folder, words, paths = self._panel.sessions.folder(request), Words.of(request), paths_of(files)
        photos, errors = take_photos(paths, folder)
        problems = [plain_text(error) for error in errors]
        message = error_card("\n".join(problems)) if problems else ""
        if photos:  # else the error names them
            message += raw_card(paths, words) + stray_card(stray_names(paths), words)
        masks, own = kept_by_name(masks, photos), kept_by_name(own, photos)
        strip = strip_of(photos, 0, masks, own, words)
        shown = gr.update(visible=bool(photos)), gr.update(visible=len(photos) > 1)
        return photos, 0, masks, strip, *shown, message, *chosen_feed(photos, 0, masks, own, settings)

    def _order(self, token: str, style: str | None, second: str | None, weight: float, *controls: Any) -> Order:
        """Convert the fields of the page to an order.

        Raises:
            AtelierError: no style is selected, or two that cannot be blended.
        """
        chosen: Style = self._panel.style(style, token)
        if second:
            chosen = blend_styles(chosen, self._panel.style(second, token), weight, f"{chosen.name} + {second}"[:80])
        return Order(chosen, self._controls.controls_of(controls))

    def _order_for(
        self, photos: list[TryPhoto], index: int, masks: Masks, own: Own, *fields: Any
    ) -> tuple[TryPhoto, Order]:
        """Return the chosen photo, and the order for it."""
        photo = photos[min(index, len(photos) - 1)]
        order = self._order(*fields)
        if str(photo.path) not in own:
            order = order.for_photos([other.path for other in photos if str(other.path) not in own])
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
        settings = dict(zip(("style", "second", "weight", *self._controls.inputs), fields[4:], strict=True))
        told = {
            "photo": photo.thumbnail.stem,
            "before": address(photo.preview),
            "after": address(found.path),
            "title": f"{photo.path.name} · {order.style.name}",
            "settings": settings,
            "mark": zlib.crc32(found.after.tobytes()),
            "own": photo.thumbnail.stem if str(photo.path) in fields[2] else SHARED,
        }
        return told, judged, remarks_card(found.remarks, words)

    def _look_first(self, request: gr.Request, photos: list[TryPhoto], *fields: Any) -> Any:
        """Return the preview of photos just taken; what was said of those that cannot be read stays."""
        *shown, told = self._look(request, photos, *fields)
        return *shown, told or gr.skip()

    def _look_again(self, request: gr.Request, shown: Any, photos: list[TryPhoto], *fields: Any) -> Any:
        """Return the preview anew where a style of a training is in it, with a note where that made it another one."""
        trained = next((name for name in fields[4:6] if name and name.startswith(TRAINING)), None)
        if trained is None:
            return (gr.skip(),) * 4
        look, *others = self._look(request, photos, *fields)
        before, told = shown or {}, look if "mark" in look else {}
        if told and before.get("settings") == told["settings"] and before["mark"] != told["mark"]:
            name = self._panel.style(trained, fields[3]).name
            look = {**look, "note": Words.of(request)("try.improved", name=name)}
        return look, *others

    def _near(self, event: gr.EventData, request: gr.Request, photos: list[TryPhoto], *fields: Any) -> Any:
        """Return a part of the photo at 100 %, around the place that is asked for; else around an eye."""
        page = request.session_hash
        number = self._crops.begin(page)
        if not photos:
            return {}
        with suppress(AtelierError):  # which the preview tells
            photo, order = self._order_for(photos, *fields)
            spot = spot_of(event) or face_spot(photo.preview)
            crop = make_crop(photo.path, order, spot, self._panel.sessions.folder(request), length=length_of(event))
            told = crop_feed(crop, photo.thumbnail.stem)
            return told if self._crops.is_latest(page, number) else gr.skip()
        return {}

    def _choose(
        self, event: gr.EventData, photos: list[TryPhoto], index: int, masks: Masks, own: Own, *settings: Any
    ) -> Any:
        asked = data_of(event)
        wanted = asked.get("index")
        chosen = wanted if isinstance(wanted, int) and 0 <= wanted < len(photos) else index
        # The fields belong to the photo that the page shows, which may not be the latest that was chosen.
        if photos and asked.get("photo") == photos[index].thumbnail.stem:
            own = with_settings(own, photos[index], settings)
        return chosen, *chosen_feed(photos, chosen, masks, own, settings)

    def _set_alone(
        self,
        request: gr.Request,
        photos: list[TryPhoto],
        index: int,
        masks: Masks,
        own: Own,
        is_alone: bool,
        *settings: Any,
    ) -> Any:
        photo = photos[index]
        if is_alone:
            own = alone(own, photo, settings)
        else:
            own = {path: kept for path, kept in own.items() if path != str(photo.path)}
        strip = strip_of(photos, index, masks, own, Words.of(request))
        return strip, *chosen_feed(photos, index, masks, own, settings)

    def _copy_to_all(
        self, request: gr.Request, photos: list[TryPhoto], index: int, masks: Masks, own: Own, *settings: Any
    ) -> Any:
        own = {SHARED: settings}
        return strip_of(photos, index, masks, own, Words.of(request)), *chosen_feed(photos, index, masks, own, settings)

    @show_errors
    def _pick(self, event: gr.EventData, token: str) -> Any:
        asked = data_of(event).get("value")
        self._panel.style(asked if isinstance(asked, str) else None, token)
        return asked

    def _restore(self, event: gr.EventData, token: str) -> Any:
        """Return settings that the page remembers, of an earlier look; styles that are gone stay as they are."""
        asked = data_of(event)
        styles = []
        for key in ("style", "second"):
            styles.append(gr.skip())
            with suppress(AtelierError):
                if isinstance(name := asked.get(key), str):
                    if name or key == "style":
                        self._panel.style(name, token)
                    styles[-1] = name
        weight = asked.get("weight")
        weighed = float(weight) if isinstance(weight, int | float) and 0 <= weight <= 1 else gr.skip()
        return *styles, weighed, *self._controls.restored(asked)

    @show_errors
    def _painted(
        self, event: gr.EventData, request: gr.Request, photos: list[TryPhoto], index: int, masks: Masks, own: Own
    ) -> Any:
        if not photos:
            return gr.skip(), gr.skip()
        masks = with_mask(masks, photos[index], mask_of_event(event))
        return masks, strip_of(photos, index, masks, own, Words.of(request))

    def _select_region(
        self, event: gr.EventData, request: gr.Request, photos: list[TryPhoto], index: int, masks: Masks, own: Own
    ) -> Any:
        masks, strip = self._painted(event, request, photos, index, masks, own)
        return masks, strip, mask_feed(photos[index], masks) if photos else gr.skip()
