"""What one client has lying on the worker's desk: memory for pixels, and what it is shown a preview of."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from .job import BadRequest
from .memory import PixelMemory, lend_memory

if TYPE_CHECKING:
    from ..imaging.proxy import Proxy
    from .preview_cache import Preview


class ClientState:
    """Belongs to one connection and is cleared with it.

    Attributes:
        preview: the layer that previews are of.
        series: the layers that shall get one look.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory: PixelMemory | None = None
        self.preview: Preview | None = None
        self.series: list[Proxy] = []

    def make_memory(self, size: int) -> PixelMemory:
        """Memory for the pixels of the next request, in place of what was there.

        Raises:
            WorkerError: there is no room.
        """
        self._drop()
        self._memory = lend_memory(size, self._folder)
        return self._memory

    @property
    def memory(self) -> PixelMemory:
        """The memory that the client has filled."""
        if self._memory is None:
            raise BadRequest("no memory was asked for")
        return self._memory

    def hand_over(self, connection: Connection) -> None:
        """Pass the memory's handle to the client."""
        self.memory.hand_over(connection)

    def clear(self) -> None:
        """Give everything back."""
        self._drop()
        self.preview = None
        self.series = []

    def _drop(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None
