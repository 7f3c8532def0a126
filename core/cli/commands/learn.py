"""`atelier learn`: learns a style from a folder of finished photos, instant or trained."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from ...errors import AtelierError
from ...imaging.photo import Photo
from ...learning.request import (
    CheckingFaces,
    Ending,
    FacesChecked,
    PhotosRead,
    ReadingPhotos,
    ReadingTexture,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainProgress,
    TrainRequest,
    TrainResult,
)
from ...learning.service import train_style
from ...photos.findings import KIND_NAMES, counted_kinds
from ...photos.folder import PhotoFolder, find_photos
from ...reports.words import score_lines
from ...styles.library import style_target
from ...styles.sources import StyleSource, remember_source
from ...styles.style import Style
from ...styles.style_file import save_style
from ...texts import Text
from .console import fail, note, progress_bar, say, say_path

_SHOWN_FINDINGS = 3  # most findings of one kind that are printed
_CURES = {
    "no face": Text("remove those that are no portraits"),
    "sideways": Text("turn them and save them again"),
}
_BARS = {
    ReadingPhotos: Text("reading photos"),
    CheckingFaces: Text("finding faces"),
    ReadingTexture: Text("looking at the texture"),
    TrainingStep: Text("learning"),
}


def run_learn(
    request: TrainRequest, output: Path | None = None, *, picture: Path | None = None, overwrite: bool = False
) -> None:
    """Learn a style and save it in the library, or to `output`; Ctrl-C keeps the best so far, SIGTERM a checkpoint.

    Args:
        request: the arguments of the training.
        output: a file; None for the library.
        picture: a PNG file for the style beside a finished photo; None for none.
        overwrite: whether a style may be replaced.

    Raises:
        AtelierError: the style cannot be learnt or saved.
        SystemExit: SIGTERM or SIGHUP ended it; the exit code is that of a shell.
    """
    target = style_target(request.name, output, overwrite=overwrite)
    if picture is not None:
        from ...reports.texture_picture import check_picture_path  # imports cv2

        check_picture_path(picture, overwrite=overwrite)
    with ExitStack() as bars, _signals() as signals:
        listener = _Listener(bars, signals)
        result = train_style(request, listener, signals.ending)
    if result.style is None:
        fail("stopped at step {step}; to go on: the same command with --resume", step=result.step)
        raise SystemExit(signals.exit_code)
    _report_end(result)
    _save(result.style, target, overwrite=overwrite, in_library=output is None)
    if output is None:
        remember_source(result.style, _source_of(request))
    result.forget_checkpoint()
    if picture is not None:
        _write_picture(request, listener.folders, result.style, picture, overwrite=overwrite)


def _source_of(request: TrainRequest) -> StyleSource:
    photos, content = (path.resolve() if isinstance(path, Path) else None for path in (request.photos, request.content))
    return StyleSource(photos, content, request.generator, request.instant, asdict(request.options))


class _Signals:
    """Ends training after the running step at a signal; before the steps, or at the second signal, at once.

    Ctrl-C keeps the best style so far. SIGTERM and SIGHUP, sent when the computer is shut down or the terminal is
    closed, leave only a checkpoint, since time is short.
    """

    def __init__(self) -> None:
        self.is_training = False
        self._received: int | None = None

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal.

        Raises:
            KeyboardInterrupt: it is Ctrl-C; no step has been started, or it is the second signal.
            SystemExit: the same, for the others.
        """
        is_first, self._received = self._received is None, number
        if is_first and self.is_training:
            return
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(self.exit_code)

    @property
    def exit_code(self) -> int:
        """The code by which shells tell of the signal received."""
        return 128 + (self._received or 0)

    def ending(self) -> Ending | None:
        """Return KEEP after Ctrl-C and PAUSE after another signal, for `should_stop`."""
        if self._received is None:
            return None
        return Ending.KEEP if self._received == signal.SIGINT else Ending.PAUSE


@contextmanager
def _signals() -> Iterator[_Signals]:
    signals = _Signals()
    handled = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup sets it
        handled.append(signal.SIGHUP)
    usual = {number: signal.signal(number, signals.handle) for number in handled}
    try:
        yield signals
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


class _Listener:
    """Prints the progress of a training: bars and notes to stderr, results to stdout."""

    def __init__(self, bars: ExitStack, signals: _Signals) -> None:
        self._bars, self._signals = bars, signals
        self._kind: type[TrainProgress] | None = None
        self.folders: list[PhotoFolder] = []  # of the finished photos, and of untouched ones

    def __call__(self, event: TrainProgress) -> None:
        if isinstance(event, ReadingPhotos | CheckingFaces | ReadingTexture):
            self._show(type(event), event.done, event.total)
        elif isinstance(event, TrainingStep):
            self._show(TrainingStep, event.step, event.num_steps)
            if event.validation is not None:
                say(_progress_line(event))
        elif isinstance(event, TrainingBegan):
            self._signals.is_training = True
            if event.step:
                say("going on after step {step}", step=event.step)
        elif isinstance(event, TrainingNote):
            note(event.text)
        elif isinstance(event, PhotosRead):
            self.folders.append(event.folder)
            _report_folder(event.folder)
        elif isinstance(event, FacesChecked):
            _report_faces(event)

    def _show(self, kind: type[TrainProgress], done: int, total: int) -> None:
        """Update the progress bar of an event; another kind of event closes it."""
        if kind is not self._kind:
            self._bars.close()
            self._kind, self._bar = kind, self._bars.enter_context(progress_bar(_BARS[kind]))
        self._bar(done, total)
        if done == total:
            self._bars.close()
            self._kind = None


def _progress_line(step: TrainingStep) -> Text:
    """Format the state of training after a validated step."""
    assert step.validation is not None
    found = step.validation
    return Text(
        "step {step}  {terms}\n  from the photos kept aside: {start:.4g} -> {score:.4g} (step {best}, {kept:.0%} "
        "kept)  about {minutes:.1f} min left",
        step=step.step,
        terms="  ".join(f"{name} {value:.2f}" for name, value in step.terms.items()),
        start=found.instant_distance,
        score=found.best_distance,
        best=found.best_step,
        kept=found.best_delta_weight,
        minutes=step.seconds_left / 60,
    )


def _report_end(result: TrainResult) -> None:
    assert result.style is not None
    if result.ending is Ending.KEEP:
        note(
            "stopped at step {step}; the best so far is kept. To go on: the same command with --resume",
            step=result.step,
        )
    elif result.style.score.get("clear"):
        say("the look was clear at once; there is nothing to train")
    elif result.step:
        say(
            "learnt in {minutes:.1f} minutes, {count} steps",
            one="learnt in {minutes:.1f} minutes, {count} step",
            minutes=result.seconds / 60,
            count=result.step,
        )


def _save(style: Style, target: Path, *, overwrite: bool, in_library: bool) -> None:
    path = save_style(style, target, overwrite=overwrite)
    say(
        "{name}: learnt from {count} photos, {size:.0f} kB",
        one="{name}: learnt from {count} photo, {size:.0f} kB",
        name=style.name,
        count=style.num_photos,
        size=path.stat().st_size / 1000,
    )
    for line in score_lines(style):
        say(line)
    say_path(str(path))
    say("use it:  atelier apply PHOTO -s {style}", style=_quoted(style.name if in_library else str(path)))


def _report_folder(folder: PhotoFolder) -> None:
    for finding in folder.findings:
        note("{path}: {text}", path=finding.path, text=finding.text)
    for warning in folder.warnings:
        note(warning)
    used, count = folder.folder, len(folder.photos)
    if not folder.findings:
        say("{folder}: {count} photos used", one="{folder}: {count} photo used", folder=used, count=count)
        return
    say(
        "{folder}: {count} photos used ({summary})",
        one="{folder}: {count} photo used ({summary})",
        folder=used,
        count=count,
        summary=counted_kinds(folder.findings),
    )


def _report_faces(found: FacesChecked) -> None:
    counts = Counter(finding.kind for finding in found.findings)
    for finding in found.findings:
        if counts[finding.kind] <= _SHOWN_FINDINGS:
            note("{path}: {text}", path=finding.path, text=finding.text)
    for kind, count in counts.items():
        if count > _SHOWN_FINDINGS:
            note(
                "{folder}: {kind} in {count} photos; {cure}",
                folder=found.folder.folder,
                kind=KIND_NAMES[kind],
                count=count,
                cure=_CURES[kind],
            )


def _write_picture(
    request: TrainRequest, folders: Sequence[PhotoFolder], style: Style, path: Path, *, overwrite: bool
) -> None:
    """Show a style and its texture on an untouched photo, else on the sample portrait, beside a finished photo."""
    from ...imaging.files.reading import read_photo  # imports cv2
    from ...reports.texture_picture import write_texture_picture
    from ...reports.trio import Trio, choose_pair

    def first_of(photos: Path) -> Photo | None:
        for found in find_photos(photos):
            with suppress(AtelierError):  # learning has said so
                return read_photo(found)
        return None

    if folders:
        untouched = folders[1].photos if len(folders) > 1 else ()
        before, after = choose_pair(style, folders[0].photos, untouched)
        content, finished = None if before is None else read_photo(before.path), read_photo(after.path)
        trio = Trio.of(style, folders[0].photos, untouched)
    else:  # a pixel style, which reads its pictures otherwise
        assert isinstance(request.photos, Path)
        content = first_of(request.content) if isinstance(request.content, Path) else None
        finished, trio = first_of(request.photos), None
    assert finished is not None  # something was learnt from it
    write_texture_picture(style, content, finished, path, overwrite=overwrite, trio=trio)
    say_path(str(path))


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
