"""The state of one client: shared memory, the layer of its previews, its series."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from .job import BadRequest
from .memory import PixelMemory, allocate_memory

if TYPE_CHECKING:
    from ..imaging.proxy import Proxy
    from .actual_size import ActualSize
    from .named_styles import NamedStyles
    from .preview_cache import Preview


class ClientState:
    """The state of one connection, cleared when it ends.

    Attributes:
        preview: the layer of previews, and their cache.
        actual_size: the layer of which crops are shown as they will come out.
        series: proxies of the layers that get one look.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory: PixelMemory | None = None
        self.preview: Preview | None = None
        self.actual_size: ActualSize | None = None
        self.series: list[Proxy] = []
        self._styles: NamedStyles | None = None

    @property
    def styles(self) -> NamedStyles:
        """The styles that requests name."""
        if self._styles is None:
            from .named_styles import NamedStyles

            self._styles = NamedStyles()
        return self._styles

    def make_memory(self, size: int) -> PixelMemory:
        """Allocate memory for the pixels of the next request; free the previous one.

        Raises:
            WorkerError: there is not enough memory.
        """
        self._drop()
        self.actual_size = None  # which has views of it, and a whole result
        self._memory = allocate_memory(size, self._folder)
        return self._memory

    @property
    def memory(self) -> PixelMemory:
        """The memory for pixels; BadRequest if there is none."""
        if self._memory is None:
            raise BadRequest("no memory was asked for")
        return self._memory

    def hand_over(self, connection: Connection) -> None:
        """Send the memory's handle to the client."""
        self.memory.hand_over(connection)

    def clear(self) -> None:
        """Free everything."""
        self._drop()
        self.preview = self.actual_size = None
        self.series = []

    def _drop(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None
