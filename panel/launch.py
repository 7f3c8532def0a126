"""The server of the panel: on this computer only unless a password is set, without telemetry."""

from __future__ import annotations

import errno
import importlib
import os
import secrets
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import AtelierError
from ..core.folders import trainings_folder
from ..core.imaging.files.atomic import atomic_write
from ..core.installation import install_command
from ..core.texts import Text, cause_of
from .panel_settings import USER, PanelError, PanelSettings

if TYPE_CHECKING:
    import gradio as gr

_PORTS_TRIED = 20
_LONG = 3600  # seconds of one sleep of the main thread
_QUIET = {  # before Gradio is imported: no telemetry, no check for updates, no node server
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SSR_MODE": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def run_panel(settings: PanelSettings, say: Callable[[Text], None]) -> None:
    """Serve the panel until Ctrl-C.

    Args:
        settings: address, limits and users of the panel.
        say: prints a text in the terminal.

    Raises:
        PanelError: Gradio is not installed, or no port is free.
    """
    require_installed("filelock")
    from .run_folder import prepare_folder

    work = prepare_folder()
    os.environ.update(_QUIET)
    os.environ["GRADIO_TEMP_DIR"] = str(work)
    require_installed("gradio")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as with Ctrl-C
    blocks = _built(settings, work)
    try:
        url = _serve(blocks, settings)
        say(Text("Portrait Atelier: {url}  (Ctrl-C ends it; trainings go on at the next start)", url=url))
        _learn_until_ctrl_c(say)
    finally:
        blocks.close(verbose=False)
        shutil.rmtree(work, ignore_errors=True)


def _learn_until_ctrl_c(say: Callable[[Text], None]) -> None:
    """Run the queue of trainings; stop it before the server, which waits for open connections."""
    from .pace import measure_in_background
    from .training_queue import TrainingQueue
    from .trainings import TrainingStore

    queue, measuring = TrainingQueue(TrainingStore(trainings_folder())), None
    queue.start()
    threading.Thread(target=_load_renderers, name="renderers", daemon=True).start()
    try:
        with suppress(KeyboardInterrupt):
            measuring = measure_in_background()
            while True:
                time.sleep(_LONG)
    finally:
        if measuring is not None and measuring.poll() is None:
            measuring.terminate()
        say(Text("Portrait Atelier ends; a training at work keeps what it has learnt"))
        queue.stop()


def _load_renderers() -> None:
    """Load the kernel of looks, then torch for painting styles, whose covers are asked for with the first photo.

    Both take seconds, on a busy computer much longer, which the first preview would wait for.
    """
    from ..core.imaging.rendering.render import KERNEL_PIXELS, load_kernel_beside

    kernel = load_kernel_beside(KERNEL_PIXELS, texture=True)
    if kernel is not None:
        kernel.join()
    importlib.import_module("...core.networks.painting", __name__)


def require_installed(name: str) -> None:
    """Check that a package is installed.

    Raises:
        PanelError: it is missing; the text says how to install it.
    """
    try:
        importlib.import_module(name)
    except ImportError as error:
        raise PanelError(
            "the panel needs Gradio 6 (not installed: {name}); {command}",
            name=error.name,
            command=install_command("panel"),
        ) from error


def browser_secret(folder: Path) -> str:
    """Return the key of the token in browsers, the same after a restart."""
    path = folder / ".secret"
    with suppress(OSError):
        found = path.read_text(encoding="ascii").strip()
        if found:
            return found
    secret = secrets.token_urlsafe(32)
    with suppress(AtelierError), atomic_write(path, overwrite=True) as temporary:
        temporary.write_text(secret, encoding="ascii")
        os.chmod(temporary, 0o600)
    return secret


def _built(settings: PanelSettings, work: Path) -> gr.Blocks:
    from .app import build_app
    from .context import Panel
    from .idle import rest_while_empty, tell_no_hidden_progress
    from .sessions import Sessions
    from .trainings import TrainingStore

    panel = Panel(settings, TrainingStore(trainings_folder()), Sessions(work, settings.seconds_kept))
    blocks = build_app(panel, browser_secret(trainings_folder()))
    blocks.queue(max_size=settings.num_waiting, default_concurrency_limit=8, api_open=False)
    tell_no_hidden_progress(blocks)
    if hasattr(blocks, "_queue"):  # a private part of Gradio, which may go away
        rest_while_empty(blocks._queue)
    return blocks


def _serve(blocks: gr.Blocks, settings: PanelSettings) -> str:
    """Start the server; return its address."""
    from gradio import http_server
    from starlette.middleware import Middleware

    from .guard import Guard, LoginBrake
    from .idle import EarlyScript, tick_slowly
    from .panel_settings import LOCAL_HOSTS
    from .theme import build_theme, login_extras, page_script, style_sheet
    from .uploads import UploadLimits
    from .words import browser_texts

    names = LOCAL_HOSTS if settings.is_local else ()
    tick_slowly(http_server.Server)
    _, url, _ = blocks.launch(
        server_name=settings.host,
        server_port=free_port(settings),
        auth=(USER, settings.password) if settings.password else None,
        share=False,
        inbrowser=settings.open_browser,
        prevent_thread_lock=True,
        quiet=True,
        footer_links=["settings"],
        run_history=False,
        allowed_paths=[],
        blocked_paths=[str(trainings_folder())],
        max_file_size=UploadLimits().file_bytes,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        i18n=browser_texts(),
        theme=build_theme(),
        css=style_sheet(),
        head=page_script(),
        app_kwargs={
            "middleware": [
                Middleware(Guard, hosts=names),
                Middleware(LoginBrake),
                Middleware(EarlyScript, login=login_extras()),
            ],
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
    )
    return url


def free_port(settings: PanelSettings) -> int:
    """Return the given port, or the next free one.

    Raises:
        PanelError: no port is free, or the address does not belong to this computer.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    for port in range(settings.port, settings.port + _PORTS_TRIED):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except OSError as error:
                if error.errno in (errno.EADDRINUSE, errno.EACCES):
                    continue
                raise PanelError(
                    "--host {host}: is no address of this computer ({cause})", host=settings.host, cause=cause_of(error)
                ) from error
            return port
    raise PanelError(
        "--port {port}: this and the next {count} ports are taken; name another with --port",
        port=settings.port,
        count=_PORTS_TRIED,
    )
