"""Where each photo of a batch goes, and which are refused: decided before anything is written."""

from pathlib import Path

import pytest
from batch_material import request, states, write_photo
from portrait_atelier.core.batch.planning import journal_folder, plan
from portrait_atelier.core.errors import AtelierError


def _outputs(asked) -> list[str]:
    return [task.output.as_posix() for task in plan(asked, "mine").tasks]


def _refusals(asked) -> list[str]:
    return [str(outcome.error) for outcome in plan(asked, "mine").settled if outcome.state == "failed"]


def test_without_an_output_the_result_lies_beside_the_photo():
    assert _outputs(request("a/one.tif", "b/two.heic")) == ["a/one.mine.tif", "b/two.mine.jpg"]


def test_an_output_without_the_suffix_of_a_picture_is_a_folder():
    assert _outputs(request("a/one.tif", output="out.v2")) == ["out.v2/one.tif"]


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("{stem}.{style}", "out/one.mine.tif"),
        ("{folder}/{number:03}", "out/a/001.tif"),
        ("{stem}.png", "out/one.png"),
        ("{stem}.v2", "out/one.v2.tif"),
    ],
)
def test_results_are_named_as_asked(name: str, output: str):
    assert _outputs(request("a/one.tif", output="out", name=name)) == [output]


def test_a_photo_whose_own_name_ends_in_a_suffix_keeps_its_format():
    assert _outputs(request("a/one.jpg.tif", output="out")) == ["out/one.jpg.tif"]


def test_the_tree_of_a_folder_is_kept(tmp_path: Path):
    for name in ("in/a.jpg", "in/sub/a.jpg"):
        write_photo(tmp_path / name)
    assert _outputs(request(tmp_path / "in", output="out")) == ["out/a.jpg", "out/sub/a.jpg"]
    beside = [f"{tmp_path.as_posix()}/in/a.mine.jpg", f"{tmp_path.as_posix()}/in/sub/a.mine.jpg"]
    assert _outputs(request(tmp_path / "in")) == beside


def test_only_photos_that_would_get_one_name_are_refused():
    asked = request("a/x.jpg", "b/y.jpg", "b/X.jpg", output="out")
    assert _outputs(asked) == ["out/y.jpg"]
    first, second = _refusals(asked)
    assert first.startswith(f"{Path('a/x.jpg')}: another photo would get the same name")
    assert str(Path("b/X.jpg")) in first
    assert second.startswith(f"{Path('b/X.jpg')}: another photo would get the same name")


def test_two_comparisons_with_one_name_are_refused():
    assert len(_outputs(request("a.jpg", "a.png", output="out"))) == 2
    assert len(_refusals(request("a.jpg", "a.png", output="out", compare=True))) == 2


def test_the_mask_and_photos_that_are_to_be_restyled_are_never_replaced(tmp_path: Path):
    assert (
        "would replace the mask" in _refusals(request("a.jpg", output="m.png", mask=Path("m.png"), overwrite=True))[0]
    )
    here = write_photo(tmp_path / "a.jpg")
    refused = _refusals(request(here, output=here, overwrite=True))
    assert "would replace a photo that is to be restyled" in refused[0]


def test_many_photos_and_one_file_are_refused_at_once():
    with pytest.raises(AtelierError, match="one.jpg: is one file for 2 photos"):
        plan(request("a.jpg", "b.jpg", output="one.jpg"), "mine")


def test_a_folder_without_photos_is_told(tmp_path: Path):
    with pytest.raises(AtelierError, match="no photos in this folder"):
        plan(request(tmp_path), "mine")


def test_what_exists_is_refused_left_alone_or_replaced_as_asked(tmp_path: Path):
    for name in ("in/a.jpg", "in/b.jpg", "out/a.jpg"):
        write_photo(tmp_path / name)
    folders = {"output": tmp_path / "out"}
    refused = plan(request(tmp_path / "in", **folders), "mine")
    assert states(list(refused.settled)) == {"a.jpg": "failed"}
    assert [task.source.name for task in refused.tasks] == ["b.jpg"]
    left = plan(request(tmp_path / "in", **folders, skip_existing=True), "mine")
    assert states(list(left.settled)) == {"a.jpg": "skipped"}
    replaced = plan(request(tmp_path / "in", **folders, overwrite=True), "mine")
    assert [task.overwrite for task in replaced.tasks] == [True, True]


def test_a_raw_file_beside_its_photo_is_told_as_skipped(tmp_path: Path):
    write_photo(tmp_path / "a.jpg")
    (tmp_path / "a.cr3").touch()
    found = plan(request(tmp_path), "mine")
    assert states(list(found.settled)) == {"a.cr3": "skipped"}
    assert "the finished photo of this name is restyled" in found.settled[0].notes[0]


def test_the_journal_lies_in_the_output_folder_or_beside_the_first_photo(tmp_path: Path):
    assert journal_folder(request("a.jpg")) is None
    assert journal_folder(request("a.jpg", output="out")) is None
    assert journal_folder(request("x/a.jpg", "y/b.jpg")) == Path("x")
    assert journal_folder(request("a.jpg", "b.jpg", output="out")) == Path("out")
    assert journal_folder(request(tmp_path)) == tmp_path
    assert journal_folder(request(tmp_path, output="o/one.jpg")) == Path("o")
