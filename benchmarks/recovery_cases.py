"""The photos of look recovery: style sets, contents and answers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from portrait_atelier.core.estimation.color_set import ColorSet, sample_photo
from portrait_atelier.core.imaging.files.reading import read_proxy
from portrait_atelier.core.photos.search import photos_of

from .method_drawing import to_bytes
from .outside_looks import OUTSIDE_LOOKS
from .recovery_backdrop import Backdrops
from .recovery_data import (
    NUM_CONTENT,
    ColorLook,
    Portraits,
    draw_people,
    read_looks,
    read_mask,
    read_photo,
    read_portraits,
    split_looks,
)
from .recovery_light import SpatialLook
from .recovery_methods import Task
from .recovery_own import OwnPhotos
from .recovery_scores import Case, to_lab
from .recovery_settings import Cell, Place, Settings

_CORPUS_COLORS = 64  # of each photo


@cache
def looks_of(settings: Settings) -> tuple[ColorLook, ...]:
    """The looks of the settings: outside ones, or films for choosing or for reporting."""
    if settings.outside:
        return OUTSIDE_LOOKS
    for_choosing, reported = split_looks(read_looks(Path(settings.looks)))
    return tuple(for_choosing if settings.choosing else reported)


def place_of(settings: Settings, cell: Cell) -> Place:
    """Return the place of a cell, which cells with the same photos share."""
    number = [look.name for look in looks_of(settings)].index(cell.look)
    return Place(cell.kind, cell.drawing, number, cell.spatial, cell.backdrop)


@lru_cache(maxsize=2)
def task_of(settings: Settings, place: Place, count: int, content: bool) -> Task:
    """Return the input of a method: style photos, and own untouched ones if `content`."""
    style = style_of(settings, place, people_of(settings, place, count)[1])
    own = _own_photos(settings, place) if content else None
    return Task(style, _neutral(settings.neutral), own)


def style_of(settings: Settings, place: Place, people: Iterable[int]) -> list[np.ndarray]:
    """Return portraits in the look, each (H, W, 3) uint8."""
    return [to_bytes(_given(settings, place, index)) for index in people]


@lru_cache(maxsize=2)
def case_of(settings: Settings, place: Place) -> Case:
    """Return the contents of a place, and their answers."""
    return case_of_people(settings, place, tuple(people_of(settings, place, 0)[0]))


def case_of_people(settings: Settings, place: Place, people: tuple[int, ...]) -> Case:
    """Return the contents of given people, and their answers."""
    step, masks = settings.step, portraits_of(settings, place.kind).faces
    return Case(
        contents=[_before(settings, place, index) for index in people],
        truths=[to_lab(_given(settings, place, index)[::step, ::step]) for index in people],
        faces=[None if (mask := masks[index]) is None else mask[::step, ::step] for index in people],
        step=step,
    )


def people_of(settings: Settings, place: Place, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the content people, and of `count` style people, of a place."""
    return draw_people(
        portraits_of(settings, place.kind),
        alike=place.alike,
        turn=place.number,
        count=count,
        num_content=NUM_CONTENT,
        seed=settings.seed,
        with_subject=place.needs_subject,
    )


@cache
def portraits_of(settings: Settings, kind: str) -> Portraits:
    """All portraits of a kind."""
    source = settings.source(kind)
    masks, subjects = (Path(folder) if folder else None for folder in (source.masks, source.subjects))
    return read_portraits(source.photos, masks, settings.size, subjects)


def _before(settings: Settings, place: Place, index: int) -> np.ndarray:
    """A portrait before any look: (H, W, 3) float32."""
    photo = portraits_of(settings, place.kind).photos[index] / np.float32(255)
    if not place.backdrop:
        return photo
    return _backdrops(settings, place).behind(photo, _subject(settings, place, index), index)


def _given(settings: Settings, place: Place, index: int) -> np.ndarray:
    """The same under the place's look."""
    photo, look = _before(settings, place, index), looks_of(settings)[place.number]
    return SpatialLook.of(look)(photo, _subject(settings, place, index)) if place.spatial else look(photo)


def _subject(settings: Settings, place: Place, index: int) -> np.ndarray:
    subject = portraits_of(settings, place.kind).subjects[index]
    assert subject is not None  # people without are not drawn
    return subject


def _backdrops(settings: Settings, place: Place) -> Backdrops:
    return Backdrops.draw(alike=place.alike, turn=place.number, seed=settings.seed)


def _own_photos(settings: Settings, place: Place) -> list[np.ndarray]:
    """The photographer's own untouched photos, before their backdrops too; one without subject mask keeps its own."""
    subjects = settings.source(place.kind).subjects
    pool = _own_pool(settings, place.kind)
    paths = pool.draw(alike=place.alike, turn=place.number, count=settings.num_own, seed=settings.seed)
    photos = [read_photo(path, settings.size) for path in paths]
    if not place.backdrop:
        return photos
    first, backdrops = len(portraits_of(settings, place.kind).photos), _backdrops(settings, place)
    masks = [read_mask(Path(subjects), path, photo.shape[:2]) for path, photo in zip(paths, photos, strict=True)]
    return [
        photo if mask is None else to_bytes(backdrops.behind(photo / np.float32(255), mask, first + number))
        for number, (photo, mask) in enumerate(zip(photos, masks, strict=True))
    ]


@cache
def _own_pool(settings: Settings, kind: str) -> OwnPhotos:
    source = settings.source(kind)
    return OwnPhotos.gather(source.content, portraits_of(settings, kind), source.photos, settings.size)


@cache
def _neutral(folders: tuple[str, ...]) -> ColorSet:
    """The colors of the neutral corpus, of which each folder counts the same, however many photos it has."""
    paths = [photos_of(folder) for folder in folders]
    total = sum(map(len, paths))
    weights = [np.full(len(part), total / len(paths) / len(part), np.float32) for part in paths]
    colors = np.stack([sample_photo(read_proxy(path), _CORPUS_COLORS)[0] for part in paths for path in part])
    return ColorSet(colors, np.concatenate(weights))
