"""The part of a layer that the preview shows at a zoom: the worker gets the whole layer once, and crops its result."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from atelier_background import Background  # noqa: E402
from atelier_client import Answer, SharedMemory, Worker  # noqa: E402
from atelier_picture import LOWEST  # noqa: E402
from atelier_pixels import PixelKind, as_seen, layout_of, profile_of, read_into  # noqa: E402
from atelier_preview import PreviewArea  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gegl, Gimp  # noqa: E402


class Detail:
    """Keeps the part of the preview at a zoom up to date.

    Args:
        image, layer: what is shown.
        background: for the requests.
        preview: shows the part, its place, and that it is being made.
        failed: called with a message for the user.
    """

    def __init__(
        self, image: Any, layer: Any, background: Background, preview: PreviewArea, failed: Callable[[str], None]
    ) -> None:
        self._image, self._layer = image, layer
        self._background, self._preview, self._failed = background, preview, failed
        self._knows_layer: Worker | None = None
        self._is_sending = False
        self._layout: dict[str, Any] = {}
        self._offsets = (0, 0)
        self._center: tuple[float, float] | None = None  # in pixels of the layer
        self._values: dict[str, Any] = {}
        self._shown = (0, 0)

    def look_at_layer(self, image: Any, layer: Any) -> None:
        """Show another layer from now on."""
        self._image, self._layer, self._center, self._knows_layer = image, layer, None, None

    def show(self, values: dict[str, Any]) -> None:
        """Show the part in a style, if it is wanted: `values` are those of a request for a preview."""
        self._values = values
        if not self._preview.shows_detail or not values:
            return
        self._preview.busy(True, _("At {percent}%…").format(percent=round(self._preview.zoom * 100)))
        if self._knows_layer is not None:
            self._keep_inside()
            self._ask_for_crop()
        elif not self._is_sending:
            self._send_layer()

    def resized(self) -> None:
        """Show more or less of the layer."""
        if self._center is not None and self._part()[:2] != self._shown:
            self.show(self._values)

    def look_at(self, place: tuple[float, float]) -> None:
        """Show the part around a place in the layer, each 0 to 1."""
        if self._center is not None:
            self._move_to(place[0] * self._layout["width"], place[1] * self._layout["height"])

    def drag(self, gone: tuple[float, float]) -> None:
        """Move the picture by some pixels of the screen."""
        if self._center is not None:
            across, down = (way / self._preview.zoom for way in gone)
            self._move_to(self._center[0] - across, self._center[1] - down)

    def hold(self, place: tuple[float, float], zoom: float) -> None:
        """Let a place in the part, each 0 to 1, stay where it is at the zoom that comes next."""
        if self._center is not None:
            gone = 1 - self._preview.zoom / zoom
            ways = [(part - 0.5) * side * gone for part, side in zip(place, self._part(), strict=True)]
            self._center = (self._center[0] + ways[0], self._center[1] + ways[1])

    def _move_to(self, x: float, y: float) -> None:
        self._center = (x, y)
        self.show(self._values)

    def _keep_inside(self) -> None:
        (across, down), (x, y) = self._part(), self._center or (0, 0)
        width, height = self._layout["width"], self._layout["height"]
        x = min(max(x, across / 2), width - across / 2)
        self._center = (x, min(max(y, down / 2), height - down / 2))

    def _send_layer(self) -> None:
        """Read the layer in this thread, as GIMP wants it, between two requests in the other."""
        self._is_sending = True
        with as_seen(self._layer) as seen:
            kind = PixelKind.of(seen)
            self._layout, self._offsets = layout_of(seen, kind), tuple(seen.get_offsets()[-2:])
        layout, profile = self._layout, profile_of(self._image)

        def allocate(worker: Worker) -> tuple[Worker, SharedMemory]:
            return worker, worker.allocate(layout)

        def read(given: tuple[Worker, SharedMemory]) -> None:
            owner, memory = given
            with as_seen(self._layer) as seen:
                is_same = layout_of(seen, kind) == layout
                if is_same:
                    read_into(memory, seen, kind, lambda *_progress: None)
            memory.close()
            if not is_same:  # the layer was scaled or changed its precision meanwhile
                self._is_sending = False
                self.show(self._values)
                return
            self._background.send("show-whole", lambda worker: (owner, ask(worker, owner)), known, self._not_sent)

        def ask(worker: Worker, owner: Worker) -> Answer | None:
            return worker.ask("show-whole", layout, profile) if worker is owner else None

        def known(found: tuple[Worker, Answer | None]) -> None:
            owner, answer = found
            self._is_sending = False
            if not self._preview.shows_detail:  # it was turned off meanwhile
                self._preview.busy(False)
            if answer is not None:
                self._knows_layer = owner
                self._center = self._center or (answer["x"], answer["y"])
                self._move_to(*self._center)
            else:
                self.show(self._values)

        self._background.send("show-whole", allocate, read, self._not_sent)

    def _not_sent(self, text: str) -> None:
        self._is_sending = False
        self._failed(text)

    def _ask_for_crop(self) -> None:
        width, height = self._layout["width"], self._layout["height"]
        (across, down), (x, y) = self._part(), self._center or (0, 0)
        self._shown, times = (across, down), self._shrink
        left, top = (round(middle - side / 2) // times * times for middle, side in ((x, across), (y, down)))
        place = {"left": left, "top": top, "width": across, "height": down, "shrink": times}
        request, selection = {**self._values, **place}, self._selection(left, top, self._shown)
        size, magnification = (across // times, down // times), max(1, round(self._preview.zoom))
        self._preview.set_frame((left / width, top / height, across / width, down / height))

        def ask(worker: Worker) -> Answer | None:
            return worker.ask("crop", request, selection) if worker is self._knows_layer else None

        def drawn(answer: Answer | None) -> None:
            if answer is None:  # by another worker than the one that got the layer
                self._knows_layer = None
                self.show(self._values)
                return
            self._preview.busy(False)
            before, after = answer.blobs
            self._preview.detail.magnification = magnification
            self._preview.detail.set_before(*size, before)
            self._preview.detail.set_after(*size, after)

        self._background.send("crop", ask, drawn, self._not_drawn, is_preemptible=True)

    def _not_drawn(self, text: str) -> None:
        """Handle a failed request; an empty text means that it was preempted."""
        if text:
            self._failed(text)

    @property
    def _shrink(self) -> int:
        """How many pixels of the layer along each axis become one of the screen."""
        return max(1, min(round(1 / self._preview.zoom), self._layout["width"], self._layout["height"]))

    def _part(self) -> tuple[int, int]:
        """Return width and height of what is shown, in pixels of the layer."""
        zoom, times = self._preview.zoom, self._shrink
        sides = zip(self._preview.detail.room, (self._layout["width"], self._layout["height"]), strict=True)
        return tuple(_whole_part(max(room, LOWEST) / zoom, side, times) for room, side in sides)  # pyright: ignore[reportReturnType]

    def _selection(self, left: int, top: int, size: tuple[int, int]) -> list[bytes]:
        """The selection over the part, 8 bits, as the blobs of a request."""
        if Gimp.Selection.is_empty(self._image):
            return []
        times = self._shrink
        corner = (left + self._offsets[0], top + self._offsets[1])
        place = Gegl.Rectangle.new(*(round(number / times) for number in (*corner, *size)))
        return [self._image.get_selection().get_buffer().get(place, 1 / times, "Y u8", Gegl.AbyssPolicy.NONE)]


def _whole_part(wanted: float, side: int, times: int) -> int:
    """Return so many pixels of a side as are wanted, at most all, a multiple of `times`, at least that."""
    return max(times, min(math.ceil(wanted), side) // times * times)
