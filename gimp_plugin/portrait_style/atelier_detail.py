"""The part of a layer that the preview shows at 100 %: the worker gets the whole layer once, and crops its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from atelier_background import Background  # noqa: E402
from atelier_client import Answer, SharedMemory, Worker  # noqa: E402
from atelier_pixels import PixelKind, as_seen, layout_of, profile_of, read_into  # noqa: E402
from atelier_preview import SIZE, PreviewArea  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gegl, Gimp  # noqa: E402


class Detail:
    """Keeps the part of the preview at 100 % up to date.

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

    def show(self, values: dict[str, Any]) -> None:
        """Show the part in a style, if it is wanted: `values` are those of a request for a preview."""
        self._values = values
        if not self._preview.shows_detail or not values:
            return
        self._preview.busy(True, _("At 100%…"))
        if self._knows_layer is not None:
            self._ask_for_crop()
        elif not self._is_sending:
            self._send_layer()

    def resized(self) -> None:
        """Show more or less of the layer."""
        if self._center is not None and self._size() != self._shown:
            self._move_to(*self._center)

    def look_at(self, place: tuple[float, float]) -> None:
        """Show the part around a place in the layer, each 0 to 1."""
        if self._center is not None:
            self._move_to(place[0] * self._layout["width"], place[1] * self._layout["height"])

    def drag(self, gone: tuple[float, float]) -> None:
        """Move the picture by some pixels."""
        if self._center is not None:
            self._move_to(self._center[0] - gone[0], self._center[1] - gone[1])

    def _move_to(self, x: float, y: float) -> None:
        across, down = self._size()
        width, height = self._layout["width"], self._layout["height"]
        x = min(max(x, across / 2), width - across / 2)
        self._center = (x, min(max(y, down / 2), height - down / 2))
        self.show(self._values)

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
        (across, down), (x, y) = self._size(), self._center or (0, 0)
        self._shown = (across, down)
        left, top = round(x - across / 2), round(y - down / 2)
        place = {"left": left, "top": top, "width": across, "height": down}
        request, selection = {**self._values, **place}, self._selection(left, top, self._shown)
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
            self._preview.detail.set_before(across, down, before)
            self._preview.detail.set_after(across, down, after)

        self._background.send("crop", ask, drawn, self._not_drawn, is_preemptible=True)

    def _not_drawn(self, text: str) -> None:
        """Handle a failed request; an empty text means that it was preempted."""
        if text:
            self._failed(text)

    def _size(self) -> tuple[int, int]:
        across, down = self._preview.detail.room
        return min(max(across, SIZE), self._layout["width"]), min(max(down, SIZE), self._layout["height"])

    def _selection(self, left: int, top: int, size: tuple[int, int]) -> list[bytes]:
        """The selection over the part, 8 bits, as the blobs of a request."""
        if Gimp.Selection.is_empty(self._image):
            return []
        place = Gegl.Rectangle.new(left + self._offsets[0], top + self._offsets[1], *size)
        return [self._image.get_selection().get_buffer().get(place, 1.0, "Y u8", Gegl.AbyssPolicy.NONE)]
