"""The library: names find styles, the user's own can change, bundled ones stay."""

from pathlib import Path

import pytest
from portrait_atelier.core.errors import StyleError
from portrait_atelier.core.folders import library_folder
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.styles.library import (
    add_style,
    find_style,
    list_styles,
    remove_style,
    rename_style,
    store_style,
)
from portrait_atelier.core.styles.style import Style, checked_name
from portrait_atelier.core.styles.style_file import load_style, save_style

BUNDLED = "silver-gelatin"


@pytest.fixture
def style() -> Style:
    return Style("mine", "fixed", look=Look.identity())


def test_a_stored_style_is_found_by_its_name(style: Style):
    entry = store_style(style)
    assert entry.path == library_folder() / "mine.safetensors"
    assert find_style("mine") == entry
    assert BUNDLED in [entry.name for entry in list_styles()]


def test_the_users_own_style_wins_and_both_are_listed_with_their_origin(style: Style):
    store_style(style.renamed(BUNDLED))
    assert find_style(BUNDLED).origin == "library"
    assert find_style(f"bundled/{BUNDLED}").origin == "bundled"
    names = [entry.name for entry in list_styles()]
    assert {f"library/{BUNDLED}", f"bundled/{BUNDLED}"} <= set(names)
    assert BUNDLED not in names


def test_a_hosts_folder_comes_after_the_library_and_before_the_bundled(tmp_path: Path, style: Style):
    save_style(style.renamed(BUNDLED), tmp_path / BUNDLED)
    assert find_style(BUNDLED, [("models", tmp_path)]).origin == "models"
    store_style(style.renamed(BUNDLED))
    assert find_style(BUNDLED, [("models", tmp_path)]).origin == "library"


def test_a_missing_style_says_where_was_searched_and_what_is_near():
    with pytest.raises(StyleError, match=rf"silver-gelatine: no such style.*searched .*did you mean .*{BUNDLED}"):
        find_style("silver-gelatine")
    with pytest.raises(StyleError, match="`atelier styles` lists"):
        find_style("qqqqqqq")


def test_a_taken_name_is_refused(style: Style):
    store_style(style)
    with pytest.raises(StyleError, match="'mine' exists.*--overwrite"):
        store_style(style)
    store_style(style, overwrite=True)


def test_add_rename_remove(tmp_path: Path, style: Style):
    entry = add_style(save_style(style, tmp_path / "somewhere"))
    renamed = rename_style("mine", "Ours of 1936")
    assert not entry.path.exists()
    assert load_style(renamed.path).name == "Ours of 1936"
    assert remove_style("Ours of 1936") == renamed.path
    assert not renamed.path.exists()


def test_a_style_is_renamed_by_what_it_is_called_even_if_its_file_was_copied(style: Style):
    copied = save_style(style, library_folder() / "copy")
    assert rename_style("copy", "mine").path == library_folder() / "mine.safetensors"
    assert not copied.exists()


def test_a_style_that_cannot_be_deleted_is_named(style: Style, monkeypatch: pytest.MonkeyPatch):
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    store_style(style)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StyleError, match=r"mine.safetensors: cannot be deleted \(permission denied\); check"):
        remove_style("mine")


def test_bundled_styles_stay(style: Style):
    with pytest.raises(StyleError, match="is a bundled style and stays"):
        remove_style(BUNDLED)
    with pytest.raises(StyleError, match="is a bundled style and stays"):
        rename_style(BUNDLED, "other")


@pytest.mark.parametrize("name", ["", "  ", "a/b", "..\\x", "a:b", ".hidden", "con", "x" * 81, "new\nline", "dot."])
def test_names_that_cannot_be_files_are_refused(name: str):
    with pytest.raises(StyleError):
        checked_name(name)


@pytest.mark.parametrize("name", ["documentary-1936", "Erika's look", "日本の写真", "a b c"])
def test_names_of_people_are_fine(name: str):
    assert checked_name(name) == name
