"""Where the photos of a style lie: known on this computer by what was learnt, and never in the style's file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from people_material import colors_of_people
from portrait_atelier.core.folders import library_folder
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.styles.cover import with_cover
from portrait_atelier.core.styles.library import list_styles, rename_style, store_style
from portrait_atelier.core.styles.sources import StyleSource, remember_source, source_of
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import load_style


@pytest.fixture
def style(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Style:
    monkeypatch.setenv("ATELIER_STYLES", str(tmp_path / "styles"))
    return Style("mine", "instant", num_photos=6, photos=colors_of_people(6))


def test_a_source_is_known_under_another_name_text_and_cover(style: Style, tmp_path: Path):
    assert source_of(style) is None
    source = StyleSource(tmp_path / "photos", None, "look", True, {"steps": 7, "seed": None})
    remember_source(style, source)
    entry = store_style(style)
    entry = rename_style(entry.name, "other")
    changed = replace(load_style(entry.path), description="new", words="words")
    changed = with_cover(changed, Photo(np.full((30, 20, 3), 120, np.uint8)))
    assert source_of(changed) == source
    assert source_of(replace(style, photos=colors_of_people(5), num_photos=5)) is None


def test_it_says_whether_the_photos_are_there(style: Style, tmp_path: Path):
    remember_source(style, StyleSource(tmp_path / "photos"))
    found = source_of(style)
    assert found is not None
    assert not found.has_photos
    (tmp_path / "photos").mkdir()
    assert found.has_photos
    assert not StyleSource().has_photos


def test_no_path_is_in_the_style_file_and_no_host_lists_the_sources(style: Style, tmp_path: Path):
    remember_source(style, StyleSource(tmp_path / "photos"))
    entry = store_style(style)
    assert str(tmp_path).encode() not in entry.path.read_bytes()
    assert [found.name for found in list_styles() if found.origin == "library"] == ["mine"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"photos": 3, "content": null}', "\xff"])
def test_a_damaged_source_is_none(style: Style, content: str):
    remember_source(style, StyleSource())
    (file,) = (library_folder() / ".sources").iterdir()
    file.write_text(content, encoding="latin-1")
    assert source_of(style) is None


def test_where_nothing_can_be_written_the_style_is_as_good(style: Style, tmp_path: Path):
    (tmp_path / "styles").write_text("a file")
    remember_source(style, StyleSource())
    assert source_of(style) is None
