"""Settings of look recovery: what determines a number, and which cells are measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from portrait_atelier.core.errors import LearningError

from .recovery_data import ColorLook
from .recovery_methods import METHODS, SLOW, TAKES_CONTENT, UNTOUCHED

MAX_ALIKE = 25
DRAWINGS = ("mixed", "alike")


@dataclass(frozen=True)
class Source:
    """Where one kind of portraits comes from; all folders of photos as `photos_of` takes them.

    Attributes:
        kind: its name.
        photos: people of the style sets and the content.
        masks: the folder of face masks, or empty.
        subjects: the folder of subject masks, or empty; spatial looks and backdrops need it.
        content: a photographer's own untouched photos are drawn from here; or empty.
    """

    kind: str
    photos: str
    masks: str = ""
    subjects: str = ""
    content: str = ""


@dataclass(frozen=True)
class Settings:
    """Settings that determine the numbers of all cells.

    Attributes:
        looks: the npz of tables; empty with `outside`.
        sources: the kinds of portraits.
        neutral: folders of the neutral corpus of the corpus-to-corpus rows.
        size: pixels of the longer side of a photo.
        step: pixels are compared on a grid this wide; every look is decided from the whole photo.
        seed: draws the people.
        choosing: use the looks that are for choosing, not for reporting.
        num_own: untouched photos of the photographer's own.
        outside: use the looks outside the training family, not films.
    """

    looks: str
    sources: tuple[Source, ...]
    neutral: tuple[str, ...]
    size: int = 256
    step: int = 2
    seed: int = 0
    choosing: bool = False
    num_own: int = 25
    outside: bool = False

    def source(self, kind: str) -> Source:
        """The source of a kind."""
        return next(source for source in self.sources if source.kind == kind)

    def merged(self, other: Settings) -> Settings:
        """The settings of two runs whose cells may stand in one file.

        Raises:
            ValueError: they decide a cell differently; the text names what differs.
        """
        known = {source.kind: source for source in self.sources}
        for source in other.sources:
            known[source.kind] = _merged_source(known.get(source.kind, source), source)
        for name, value in asdict(replace(other, sources=())).items():
            mine = asdict(replace(self, sources=()))[name]
            if mine != value:
                raise ValueError(f"{name} was {mine}, is {value}")
        return replace(self, sources=tuple(known.values()))

    @classmethod
    def from_json(cls, values: dict) -> Settings:
        """Read what `asdict` and JSON made of settings."""
        sources = tuple(Source(**source) for source in values["sources"])
        return cls(**{**values, "sources": sources, "neutral": tuple(values["neutral"])})


@dataclass(frozen=True)
class Choice:
    """Which cells are wanted.

    Attributes:
        methods: rows.
        counts: numbers of style photos; those above 25 of `mixed` alone.
        drawings: how people are drawn.
        content: without (False) or with (True) the photographer's own untouched photos.
        spatial: looks that are color alone (False), or color and light in the picture (True).
        backdrop: people before the original backdrops (False), or unusual ones (True).
        num_looks: at most so many looks, evenly from all; 0 for all.
        num_fixed: if not 0, so many looks, half in color and half in black-and-white, the first of each.
    """

    methods: tuple[str, ...] = tuple(method for method in METHODS if method not in SLOW)
    counts: tuple[int, ...] = (1, 5, 25, 50)
    drawings: tuple[str, ...] = DRAWINGS
    content: tuple[bool, ...] = (False,)
    spatial: tuple[bool, ...] = (False,)
    backdrop: tuple[bool, ...] = (False,)
    num_looks: int = 0
    num_fixed: int = 0


@dataclass(frozen=True)
class Cell:
    """One number: a look on a kind of people, recovered by a method from a number of photos."""

    kind: str
    drawing: str
    look: str
    method: str
    count: int
    content: bool = False
    spatial: bool = False
    backdrop: bool = False


@dataclass(frozen=True)
class Place:
    """What cells with the same people and look share."""

    kind: str
    drawing: str
    number: int  # of the look
    spatial: bool
    backdrop: bool = False

    @property
    def alike(self) -> bool:
        """Whether people come from one cluster."""
        return self.drawing == "alike"

    @property
    def needs_subject(self) -> bool:
        """Whether only people whose subject mask is known serve."""
        return self.spatial or self.backdrop


def chosen_looks(looks: Sequence[ColorLook], choice: Choice) -> list[ColorLook]:
    """The looks of a choice, in their order."""
    if choice.num_fixed:
        half = choice.num_fixed // 2
        return [look for gray in (False, True) for look in [k for k in looks if k.is_gray == gray][:half]]
    count = min(choice.num_looks or len(looks), len(looks))
    return [looks[index * len(looks) // count] for index in range(count)]


def chosen_cells(settings: Settings, choice: Choice, looks: Sequence[ColorLook]) -> list[Cell]:
    """The cells of a choice, those that share photos beside each other.

    Raises:
        LearningError: a kind has no folder for what is asked.
    """
    _require_folders(settings, choice)
    names = [look.name for look in chosen_looks(looks, choice)]
    return [
        Cell(source.kind, drawing, name, method, count, content, spatial, backdrop)
        for source in settings.sources
        for backdrop in choice.backdrop
        for spatial in choice.spatial
        for name in names
        for drawing in choice.drawings
        for method, count, content in _rows(choice, drawing)
    ]


def _rows(choice: Choice, drawing: str) -> Iterator[tuple[str, int, bool]]:
    if UNTOUCHED in choice.methods:
        yield UNTOUCHED, 0, False
    for count in choice.counts:
        for content in choice.content:
            for method in choice.methods:
                fits = drawing == "mixed" or count <= MAX_ALIKE
                if fits and method != UNTOUCHED and (method in TAKES_CONTENT or not content):
                    yield method, count, content


def _require_folders(settings: Settings, choice: Choice) -> None:
    for source in settings.sources:
        for asked, words in ((choice.spatial, "spatial looks need"), (choice.backdrop, "backdrops need")):
            if any(asked) and not source.subjects:
                raise LearningError(f"{source.kind}: {words} subject masks; add --subjects {source.kind}=FOLDER")
        if any(choice.content) and not source.content:
            raise LearningError(
                f"{source.kind}: no photos for rows with content; add --content-photos {source.kind}=FOLDER"
            )


def _merged_source(known: Source, source: Source) -> Source:
    """Folders that decide only some cells may come later; those of all cells may not."""
    for name in ("photos", "masks"):
        if getattr(known, name) != getattr(source, name):
            raise ValueError(f"{name} of {known.kind} was {getattr(known, name)!r}, is {getattr(source, name)!r}")
    later = {name: getattr(known, name) or getattr(source, name) for name in ("subjects", "content")}
    for name, value in later.items():
        if getattr(source, name) not in ("", value):
            raise ValueError(f"{name} of {known.kind} was {value!r}, is {getattr(source, name)!r}")
    return replace(known, **later)
