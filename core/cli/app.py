"""The command line: `atelier COMMAND`. Declares the commands; their modules are imported when they run."""

from __future__ import annotations

import io
import logging
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import AtelierError
from ..languages import for_terminal
from ..learning.look.settings import LookTrainSettings
from ..learning.losses.settings import FEATURES, GAN_LOSSES
from ..learning.pixel.settings import PixelTrainSettings
from ..learning.request import MAX_SEED, MAX_STEPS, Resume, TrainOptions, TrainRequest
from ..styles.controls import DEVICES, Controls
from ..texts import Text, printable, verbatim
from ..version import installed_version
from .gimp import gimp
from .library import Overwrite, library
from .options import AsJson, CommandGroup, Quiet, Verbose, be_as_usual, checked
from .photos import photos

_EXAMPLES = (
    "atelier demo",
    "atelier apply portrait.jpg -s golden-hour",
    'atelier apply ~/Pictures/wedding -s "my look" -o ~/Pictures/wedding-done',
    'atelier learn ~/Pictures/my-best-40 -n "my look"',
    'atelier show "my look" --plot my-look.png',
    "atelier panel",
)
_MORE = (
    "Every command has its own --help; `atelier man | man -l -` is the manual. After `atelier --install-completion` "
    "the Tab key completes commands, options and the names of styles."
)
app = typer.Typer(
    name="atelier",
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(gimp, name="gimp")
app.add_typer(photos)
app.add_typer(library)  # without a name, so that its commands are commands of `atelier`
_DEFAULTS = Controls()
_LEARNING, _PAINTING = LookTrainSettings(), PixelTrainSettings()
_WEIGHTS = _LEARNING.weights
_STOPPED = 130
_log = logging.getLogger(__name__)


def _print_version(chosen: bool) -> None:
    if chosen:
        from .commands.console import say

        say(verbatim(f"atelier {installed_version()}"))
        raise typer.Exit


@app.callback(epilog="\n\n".join(("Examples:", *_EXAMPLES, _MORE)))
def atelier(
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, expose_value=False, callback=_print_version, help="Say the version."),
    ] = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> None:
    """Learn a portrait photographer's style from a folder of finished photos, and give it to new portraits."""


def _of_each(look: float, painting: float, words: str, **limits: Any) -> Any:
    """Declare a training option with different defaults for looks and pixel styles."""
    return typer.Option(show_default=f"{look:g}; {painting:g} of a painting", help=words, **limits)


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the pictures.")] = Path("atelier-demo"),
    overwrite: Overwrite = False,
) -> None:
    """Restyle a real portrait with every ready style, and make a contact sheet."""
    from .commands.demo import run_demo

    run_demo(output, overwrite=overwrite)


@app.command()
def learn(
    folder: Annotated[Path, typer.Argument(help="Finished photos by one photographer; or one photo.")],
    name: Annotated[str, typer.Option("-n", "--name", help="What the style shall be called.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file. Without it: the library of your styles.")
    ] = None,
    content: Annotated[
        Path | None, typer.Option(help="Untouched photos of your own, if you have them: they make the style truer.")
    ] = None,
    instant: Annotated[bool, typer.Option("--instant", help="In seconds, without training.")] = False,
    generator: Annotated[
        str, typer.Option(help="look: colors and light, keeps every feature; pixel: paints, for textures.")
    ] = "look",
    steps: Annotated[
        int | None, _of_each(_LEARNING.num_steps, _PAINTING.num_steps, "At most so many steps.", min=1, max=MAX_STEPS)
    ] = None,
    lambda_content: Annotated[
        float | None,
        _of_each(_WEIGHTS.content_weight, _PAINTING.content_weight, "Keeps the person's shapes.", min=0),
    ] = None,
    lambda_style: Annotated[
        float | None,
        _of_each(_WEIGHTS.style_weight, _PAINTING.style_weight, "Brings colors and textures near (Gram).", min=0),
    ] = None,
    lambda_tv: Annotated[
        float | None, _of_each(_WEIGHTS.tv_weight, _PAINTING.tv_weight, "Smooths noise and banding.", min=0)
    ] = None,
    adversarial: Annotated[
        float | None,
        _of_each(_WEIGHTS.adversarial_weight, _PAINTING.adversarial_weight, "The adversary; 0: none.", min=0),
    ] = None,
    game: Annotated[
        str | None,
        typer.Option(
            "--game",
            "--gan-loss",
            show_default=_LEARNING.gan_loss,
            help=f"Form of a look's game: {', '.join(GAN_LOSSES)}.",
        ),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            show_default=_LEARNING.features,
            help=f"Network for a look's content and style: {', '.join(FEATURES)}; or the best at hand.",
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where this command was stopped.")] = False,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_SEED, show_default=str(_LEARNING.seed), help="The same seed learns the same."),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(show_default=_DEFAULTS.device, help=f"Where to learn a look: {', '.join(DEVICES)}."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--texture-picture",
            metavar="FILE.png",
            help="Also write a picture: a photo before and after, and one of yours, whole and at 100 %.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Learn a style from a folder of finished photos."""
    if device is not None:
        checked(Controls, device=device)
    options = checked(
        TrainOptions,
        steps=steps,
        seed=seed,
        adversarial_weight=adversarial,
        content_weight=lambda_content,
        style_weight=lambda_style,
        tv_weight=lambda_tv,
        gan_loss=game,
        features=features,
    )
    request = checked(
        TrainRequest,
        name=name,
        photos=folder,
        content=content,
        generator=generator,
        instant=instant,
        options=options,
        device=device,
        resume=Resume.REQUIRED if resume else Resume.NEVER,
        check_faces=not instant,
    )
    from .commands.learn import run_learn

    run_learn(request, output, picture=picture, overwrite=overwrite)


@app.command()
def panel(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The first port that is tried; else 7865.")] = None,
    host: Annotated[
        str | None, typer.Option(help="An address for other computers; needs --password. Else this computer alone.")
    ] = None,
    password: Annotated[str, typer.Option(envvar="ATELIER_PASSWORD", help="Of the user `atelier`.")] = "",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in a browser.")] = True,
) -> None:
    """Train styles, try them and keep them in the browser, on this computer alone."""
    from ...panel.launch import run_panel
    from ...panel.panel_settings import PanelSettings
    from .commands.console import tell

    chosen: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    run_panel(PanelSettings(password=password, open_browser=browser, **chosen), tell)


@app.command()
def pretrain(
    folders: Annotated[
        list[str],
        typer.Argument(metavar="FOLDER...", help="Untouched portraits, one kind a folder; FOLDER:N is N photos."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the checkpoint and the best network.")],
    films: Annotated[list[Path] | None, typer.Option(help="Color tables of films to learn from, npz files.")] = None,
    choosing_films: Annotated[Path | None, typer.Option(help="Color tables of other films, to choose by.")] = None,
    start: Annotated[Path | None, typer.Option(help="A network of an earlier run to begin with.")] = None,
    adversarial: Annotated[float, typer.Option(min=0, help="Lambda of the game; 0 plays none.")] = 0.0,
    lambda_content: Annotated[float, typer.Option(min=0, help="Lambda of the content loss.")] = 0.0,
    lambda_style: Annotated[float, typer.Option(min=0, help="Lambda of the Gram style loss.")] = 0.0,
    lambda_tv: Annotated[float, typer.Option(min=0, help="Lambda of total variation.")] = 0.0,
    learning_rate: Annotated[float | None, typer.Option(min=0, help="At its highest.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="How long to train.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed trains the same.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an earlier run stopped.")] = False,
    device: Annotated[str, typer.Option(help=f"Where to compute: {', '.join(DEVICES)}.")] = _DEFAULTS.device,
) -> None:
    """For developers: train the set network that styles share; with `accelerate launch` on several GPUs or machines."""
    from ..pretraining.look.settings import PretrainSettings
    from .commands.pretrain import PretrainRequest, run_pretrain

    chosen = {"num_steps": steps, "learning_rate": learning_rate}
    settings = checked(
        PretrainSettings,
        seed=seed,
        adversarial_weight=adversarial,
        content_weight=lambda_content,
        style_weight=lambda_style,
        tv_weight=lambda_tv,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    run_pretrain(
        PretrainRequest(
            tuple(folders), output, settings, tuple(films or ()), choosing_films, start, resume=resume, device=device
        )
    )


@app.command()
def doctor(
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Also load every package and ask torch for GPUs; takes seconds.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is installed, where things live, what is missing and how to get it."""
    from .commands.doctor import run_doctor

    raise typer.Exit(run_doctor(thorough=thorough, as_json=as_json))


@app.command()
def worker(
    folder: Annotated[
        Path | None, typer.Option(help="Where it is met. Without it: where the GIMP plug-in looks.")
    ] = None,
    idle_minutes: Annotated[float, typer.Option(min=0, help="It ends when not needed for so long.")] = 10,
) -> None:
    """Serve programs that cannot load torch, such as GIMP; the plug-in starts it by itself where it can."""
    from .commands.worker import run_worker_command

    run_worker_command(folder, idle_minutes)


@app.command(hidden=True)
def man(context: typer.Context) -> None:
    """Print the manual page: `atelier man | man -l -`, or into a file atelier.1 where `man` looks."""
    from .commands.manual import run_manual

    root = context.find_root().command
    run_manual(type(context)(root, info_name=root.name), _EXAMPLES)


def main() -> None:
    """Run the command line; an AtelierError becomes one line on stderr and exit code 1."""
    _write_whatever_happens()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrix products, which threads only slow down
    handler = logging.StreamHandler()
    handler.setFormatter(_NoteFormatter("%(message)s"))
    logging.basicConfig(handlers=[handler])
    be_as_usual()
    started = time.perf_counter()
    try:
        app(prog_name="atelier")  # also where it runs as a module, so that help and completion are the same
    except AtelierError as error:
        _log.debug("%s", type(error).__name__, exc_info=error)
        typer.echo(f"atelier: {for_terminal(error)}", err=True)
        sys.exit(1)
    except SystemExit as stop:
        if stop.code == _STOPPED:  # what typer raises for Ctrl-C
            stopped = Text("stopped; nothing half-written is left behind")
            typer.echo(f"atelier: {for_terminal(stopped)}", err=True)
        raise
    finally:
        _log.info("%.1f seconds", time.perf_counter() - started)


class _NoteFormatter(logging.Formatter):
    """Formats log records as notes, in the user's language."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        if isinstance(record.msg, Text):
            return for_terminal(Text("note: {text}", text=record.msg))
        return printable(super().format(record))


def _write_whatever_happens() -> None:
    """Write characters that the console's encoding lacks (as of a pipe on Windows) as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
