"""What the panel can be told, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import AtelierError

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
SHORTEST_PASSWORD = 8
USER = "atelier"  # that others log in as, with the password


class PanelError(AtelierError):
    """The panel cannot be started as it was asked for."""


@dataclass(frozen=True)
class PanelSettings:
    """How the panel is served."""

    host: str = "127.0.0.1"  # this computer alone; another address only with a password
    port: int = 7865  # the first one tried
    password: str = ""  # of the user `atelier`; needed for other computers
    open_browser: bool = True
    num_renders: int = 2  # photos at full size that are restyled at once, for all visitors together
    num_intakes: int = 2  # photos of which small copies are made at once
    num_looks: int = 2  # small copies that are restyled at once, beside all that
    num_waiting: int = 64  # more requests than that are refused, not kept
    seconds_kept: float = 3600  # of a tab's files once its page has gone; a phone that slept comes back before

    def __post_init__(self) -> None:
        if not self.is_local and len(self.password) < SHORTEST_PASSWORD:
            raise PanelError(
                "--host {host}: other computers could open the panel (no password is set, or it is short); add "
                "--password with at least {least} letters, or leave --host out",
                host=self.host,
                least=SHORTEST_PASSWORD,
            )
        if not 0 < self.port < 65536:
            raise PanelError("--port {port}: is no port; choose one from 1024 to 65535", port=self.port)

    @property
    def is_local(self) -> bool:
        """Whether only this computer can reach it."""
        return self.host in LOCAL_HOSTS
