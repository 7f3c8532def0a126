"""Settings of the panel, with checks."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import AtelierError

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
SHORTEST_PASSWORD = 8
USER = "atelier"  # name of the user for the login with password


class PanelError(AtelierError):
    """The panel cannot be started with these settings."""


@dataclass(frozen=True)
class PanelSettings:
    """Settings of the server."""

    host: str = "127.0.0.1"  # this computer only; other addresses need a password
    port: int = 7865  # the first port that is tried
    password: str = ""  # of the user `atelier`; required for other computers
    open_browser: bool = True
    num_renders: int = 2  # photos at full size that are restyled at a time, for all visitors together
    num_intakes: int = 2  # photos that are reduced at a time
    num_looks: int = 2  # small copies that are restyled at a time, in addition
    num_crops: int = 2  # parts at 100 % that are made at a time, in addition
    num_covers: int = 1  # requests for thumbnails that are answered at a time, in addition
    num_waiting: int = 64  # largest number of waiting requests
    seconds_kept: float = 3600  # lifetime of a tab's files after its page was closed, or its phone slept

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
