"""The tab of the library: cards, renaming, covers, copies, trash, import and export; with it, what else can be done."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import gradio as gr

from ..core.errors import AtelierError, StyleError
from ..core.folders import library_folder
from ..core.styles.cover import cover_path
from ..core.styles.library import StyleEntry, add_style, find_own_style, find_style, rename_style
from ..core.styles.style import Style
from ..core.styles.style_file import SUFFIX
from .cards import error_card, quiet_card, report_card, style_card
from .comparison import Comparison
from .context import Panel, paths_of, plain_text, show_errors
from .cover_part import CoverPart
from .improved_offer import ImprovedOffer
from .learn_again import LearnAgain
from .library_changes import (
    LibraryState,
    describe_style,
    duplicate_style,
    is_installed,
    is_taken,
    known_styles,
    library_state,
    open_style,
    restore_style,
    store_in_place,
    style_in,
    trash_style,
)
from .orders import NO_NAME
from .pictures import files_to_take, picture_gallery
from .sharing import Sharing
from .style_files import style_files
from .taken_name import TakenName
from .uploads import STYLE_TYPES
from .words import Words, label

_ABOUT = 6  # index in `load_outputs` of the first component that shows the selected style


class LibraryTab:
    """The components of the tab and their handlers.

    Args:
        panel: the panel.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._chosen = gr.State(None)
        self._shown = gr.State(None)  # library state that the page shows
        self._trashed = gr.State(None)
        self._added = gr.State(None)  # path of an uploaded file whose name is taken
        with gr.Row(equal_height=False):
            with gr.Column(scale=6, min_width=300):
                self._gallery = picture_gallery("library.gallery", "library", columns=5)
                self._import = gr.File(
                    label=label("library.import"), height=150, elem_id="import", elem_classes="pa-takes-styles"
                )
                self._message = gr.HTML(padding=False, elem_id="import-message")
                self._taken = TakenName("import-taken")
                self._where = gr.Markdown(elem_classes="pa-quiet", elem_id="where")
            with gr.Column(scale=5, min_width=300):
                self._improved = ImprovedOffer(panel)
                self._card = gr.HTML(padding=False, elem_id="card")
                self._build_changes()
        self._comparison = Comparison(panel)

    def _build_changes(self) -> None:
        with gr.Row():
            self._export = gr.Button(label("library.export"), min_width=110, elem_id="export")
            self._copy = gr.Button(label("library.duplicate"), min_width=110, elem_id="duplicate")
            self._delete = gr.Button(label("library.delete"), variant="stop", min_width=110, elem_id="delete")
        gr.Markdown(label("library.export_help"), elem_classes="pa-quiet")
        self._undo = gr.Button(label("library.undo"), visible=False, elem_id="undo")
        self._files = files_to_take("library.files", "exported")
        self._loss = gr.HTML(padding=False, elem_id="export-loss")
        with gr.Accordion(label("library.change"), open=False, elem_id="change") as self._change:
            self._name = gr.Textbox(label=label("learn.name"), max_lines=1, max_length=80, elem_id="new-name")
            self._description = gr.Textbox(label=label("library.description"), max_lines=2, max_length=300)
            self._words = gr.Textbox(label=label("library.words"), lines=3, max_length=4000)
            self._licence = gr.Textbox(label=label("library.licence"), max_lines=1, max_length=200)
            self._save = gr.Button(label("library.save"), elem_id="save")
        self._report = gr.HTML(padding=False)
        self._again = LearnAgain(self._panel)
        self._sharing = Sharing(self._panel)
        self._cover = CoverPart()

    @property
    def load_outputs(self) -> list[Any]:
        """The components that `on_load` fills."""
        about = [self._card, self._report, self._name, self._description, self._words, self._licence]
        shown = [*about, self._change, self._delete, self._cover.box, self._files, self._loss]
        more = [*self._again.outputs, *self._sharing.outputs, *self._improved.outputs]
        compared = [self._comparison.left, self._comparison.right]
        return [self._shown, self._gallery, self._where, self._chosen, *compared, *shown, *more]

    @property
    def load_inputs(self) -> list[Any]:
        """The inputs of `on_load`: the selected styles."""
        return [self._chosen, self._comparison.left, self._comparison.right]

    @property
    def serial(self) -> dict[str, Any]:
        """Options of all events that change the selection: they run one at a time, in the order of the clicks."""
        return {"concurrency_id": "library", "concurrency_limit": 1}

    def on_load(self, chosen: str | None, left: str | None, right: str | None, request: gr.Request) -> Any:
        """Return the current library; selected styles stay selected if they exist."""
        words = Words.of(request)
        state, styles = library_state(), known_styles()
        names = [entry.name for entry, _ in styles]
        if chosen not in names:
            chosen = names[0] if names else None
        folder = self._panel.sessions.folder(request)
        covers = [(cover_path(style, folder), entry.name) for entry, style in styles]
        where = words("library.where", folder=library_folder())
        gallery = gr.Gallery(value=covers, selected_index=names.index(chosen) if chosen else None)
        pair = [left if left in names else chosen, right if right in names else _other(names, chosen)]
        compared = [gr.Dropdown(choices=names, value=name) for name in pair]
        return state, gallery, where, chosen, *compared, *self._about(chosen, words)

    def on_load_if_changed(
        self, shown: LibraryState | None, chosen: str | None, left: str | None, right: str | None, request: gr.Request
    ) -> Any:
        """Call `on_load` if the library has changed; else skip all outputs, so that a newer selection stays."""
        if shown == library_state():
            return (gr.skip(),) * len(self.load_outputs)
        return self.on_load(chosen, left, right, request)

    def show_kept(self, events: list[Any], name: gr.State) -> None:
        """Have the tab show a style that was just kept, when it is opened.

        Args:
            events: that keep a style.
            name: of the style; None if it was only asked about.
        """
        inputs = [name, self._comparison.right]
        for event in events:
            event.success(self._show, inputs, self.load_outputs, show_progress="hidden", **self.serial)

    def connect(
        self,
        openings: list[Any],
        changed: list[Any],
        refresh: Any,
        token: gr.BrowserState,
        selected: gr.State,
    ) -> None:
        """Wire the events.

        Args:
            openings: events after which the tab must show the current library.
            changed: components of other tabs that list styles.
            refresh: fills them from the token and the two styles selected there.
            token: of the browser.
            selected: key of the training that is shown.
        """
        again: dict[str, Any] = {
            "fn": self.on_load,
            "inputs": self.load_inputs,
            "outputs": self.load_outputs,
            "show_progress": "hidden",
            **self.serial,
        }
        about = self.load_outputs[_ABOUT:]
        left = self._comparison.left
        shown = [self._chosen, left, self._again.files, *about]
        picked = self._gallery.select(self._select, self._chosen, shown, **self.serial, show_progress_on=self._card)
        self._comparison.connect()
        self._comparison.follow(picked)
        self._again.connect(self._chosen, token, selected)
        self._sharing.connect(self._chosen)
        added = [self._chosen, self._import, self._message, self._added, *self._taken.outputs]
        events = [
            *self._cover.connect(self._chosen, **self.serial),
            self._copy.click(self._duplicate, self._chosen, self._chosen, **self.serial),
            self._delete.click(self._remove, self._chosen, [self._trashed, self._undo], **self.serial),
            self._undo.click(self._restore, self._trashed, [self._chosen, self._trashed, self._undo], **self.serial),
            self._improved.connect(self._chosen, picked, **self.serial),
            self._save.click(
                self._describe,
                [self._chosen, self._name, self._description, self._words, self._licence],
                self._chosen,
                **self.serial,
            ),
        ]
        unless_shown = {**again, "fn": self.on_load_if_changed, "inputs": [self._shown, *self.load_inputs]}
        for opened in openings:
            opened(**unless_shown)
        adding = {**self.serial, "show_progress_on": self._message}
        additions = [
            self._import.upload(self._add, self._import, added, **adding),
            self._taken.rename.click(self._add_as, [self._added, self._taken.name], added, **adding),
            self._taken.replace.click(self._add_over, self._added, added, **adding),
        ]
        filled = [event.success(**again) for event in events]
        filled += [event.success(**unless_shown) for event in additions]  # what was only asked changes nothing
        for event in filled:
            event.then(refresh, [token, *changed[:2]], changed, show_progress="hidden")
        self._export.click(self._write, self._chosen, [self._files, self._loss])

    def _about(self, name: str | None, words: Words) -> Any:
        """Return card, report and texts of a style, and whether the texts can be changed."""
        if name is None:
            hidden = gr.Accordion(visible=False), gr.Button(visible=False), gr.Accordion(visible=False)
            return *("",) * 6, *hidden, gr.File(visible=False), "", *self._more(None, None, words)
        entry, style = find_style(name), open_style(name)
        own = entry.origin == "library"
        report = report_card(style, words) if style.score else ""
        texts = (style.name, style.description, style.words, style.licence)
        changes = (
            gr.Accordion(visible=own),
            gr.Button(visible=own),
            gr.Accordion(visible=own),
            gr.File(visible=False),
            "",
        )
        return style_card(entry, style, words), report, *texts, *changes, *self._more(entry, style, words)

    def _more(self, entry: StyleEntry | None, style: Style | None, words: Words) -> tuple[Any, ...]:
        """Return what the parts of the tab show of a style."""
        again, sharing = self._again.about(entry, style, words), self._sharing.about(entry, style)
        return *again, *sharing, *self._improved.about(entry, style, words)

    def _show(self, name: str | None, right: str | None, request: gr.Request) -> Any:
        return self.on_load(name, name, right, request) if name else (gr.skip(),) * len(self.load_outputs)

    @show_errors
    def _select(self, chosen: str | None, event: gr.SelectData, request: gr.Request) -> Any:
        name = event.value["caption"]
        if name == chosen:  # selected by `on_load`: do not overwrite typed texts
            return (gr.skip(),) * (3 + len(self.load_outputs[_ABOUT:]))
        return name, name, None, *self._about(name, Words.of(request))  # photos dropped for another are not for this

    @show_errors
    def _duplicate(self, name: str) -> str:
        return duplicate_style(name).name

    @show_errors
    def _remove(self, name: str, request: gr.Request) -> Any:
        plain = find_style(name).path.name.removesuffix(SUFFIX)
        path = trash_style(name)
        return path.name, gr.Button(Words.of(request)("library.undo_name", name=plain), visible=True)

    @show_errors
    def _restore(self, trashed: str | None) -> Any:
        name = restore_style(trashed).name if trashed else None
        return name, None, gr.Button(visible=False)

    def _add(self, file: Any, request: gr.Request) -> Any:
        """Add a style file or a color table, or ask if its name is taken; clear the upload component in any case."""
        path, words = paths_of(file)[0], Words.of(request)
        if path.suffix.lower() not in STYLE_TYPES:
            refused = error_card(words("library.other", name=path.name))
            return gr.skip(), None, refused, None, *self._taken.answered()
        try:
            style = style_in(path)
            if is_installed(style):
                same = quiet_card(words("taken.same", name=style.name))
                return gr.skip(), None, same, None, *self._taken.answered()
            if is_taken(style.name):
                return gr.skip(), None, "", path, *self._taken.ask(style.name, words)
            name = add_style(path).name
        except AtelierError as error:
            return gr.skip(), None, error_card(plain_text(error)), None, *self._taken.answered()
        return self._told_of(name, words)

    def _add_as(self, path: Path | None, name: str, request: gr.Request) -> Any:
        if path is None:
            return (gr.skip(),) * 7
        try:
            if not name.strip():
                raise StyleError(NO_NAME)
            added = add_style(path, name=name.strip()).name
        except AtelierError as error:
            return gr.skip(), None, "", path, *self._taken.refused(error)
        return self._told_of(added, Words.of(request))

    def _add_over(self, path: Path | None, request: gr.Request) -> Any:
        if path is None:
            return (gr.skip(),) * 7
        try:
            added = store_in_place(style_in(path)).name
        except AtelierError as error:
            return gr.skip(), None, "", path, *self._taken.refused(error)
        return self._told_of(added, Words.of(request))

    def _told_of(self, name: str, words: Words) -> Any:
        return name, None, quiet_card(words("library.added", name=name)), None, *self._taken.answered()

    @show_errors
    def _describe(
        self, name: str, new_name: str, description: str, words: str, licence: str, request: gr.Request
    ) -> str:
        new_name, entry = new_name.strip(), find_own_style(name)
        if not new_name:
            raise StyleError(NO_NAME)
        if new_name != entry.path.name.removesuffix(SUFFIX):  # first, so that an invalid name changes nothing
            entry = rename_style(name, new_name)
        return describe_style(entry.name, {"description": description, "words": words, "licence": licence}).name

    @show_errors
    def _write(self, name: str | None, request: gr.Request) -> Any:
        if not name:
            return gr.File(visible=False), ""
        folder = self._panel.sessions.folder(request) / "export"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        files, loss = style_files(find_style(name).path, folder, Words.of(request))
        return gr.File(value=files, visible=True), loss


def _other(names: list[str], chosen: str | None) -> str | None:
    """Return a style to compare with."""
    return next((name for name in reversed(names) if name != chosen), chosen)
