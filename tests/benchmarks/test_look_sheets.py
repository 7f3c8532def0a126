"""Sheets of people before and after, beside the truth."""

import pytest
from PIL import Image

pytest.importorskip("color_matcher", reason="color-matcher is an extra of ours for benchmarks")

from portrait_atelier.benchmarks import look_sheets
from portrait_atelier.benchmarks.recovery_data import read_portraits
from portrait_atelier.benchmarks.recovery_settings import Place
from portrait_atelier.core.color.lab import srgb_to_lab
from portrait_atelier.core.errors import LearningError
from recovery_material import arguments_of, make_folder, photo, settings_of


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


def test_people_are_spread_over_the_lightness_of_faces(folder):
    portraits = read_portraits(str(folder / "photos"), folder / "masks", 48)
    people = look_sheets.spread_people(portraits, 4)
    light = [float(srgb_to_lab(portraits.photos[person][12:36, 12:36])[..., 0].mean()) for person in people]
    assert len(set(people)) == 4
    assert light == sorted(light)
    with pytest.raises(LearningError, match="only 12 people have a face mask"):
        look_sheets.spread_people(portraits, 13)


def test_the_style_of_a_sheet_is_learnt_from_others_than_are_shown(folder, monkeypatch):
    seen = []

    def style_of(settings, place, people):
        seen.append(set(people))
        return [photo(int(person)) for person in people]

    monkeypatch.setattr(look_sheets, "style_of", style_of)
    rows = look_sheets.rows_of(settings_of(folder), Place("made", "mixed", 0, False), (1, 5), 25)
    assert seen == [set(range(12)) - {1, 5}, {1, 5}]
    assert [name.partition(",")[0] for name, _ in rows] == ["untouched", "truth", "ours"]
    assert (rows[0][1][1] == photo(5)).all()


def test_sheets_stand_beside_what_another_version_kept(folder, capsys):
    out, kept = folder / "sheets", folder / "kept"
    sheet = ("-o", str(out), "--num-people", "3", "--num-looks", "1", "--count", "2", "--cell", "48", "--backdrop")
    assert look_sheets.main(arguments_of(folder, *sheet, "--pictures", str(kept))) == 0
    (path,) = out.iterdir()
    assert capsys.readouterr().out.strip() == str(path)
    low = Image.open(path).size
    assert look_sheets.main(arguments_of(folder, *sheet, "--other", f"before={kept}")) == 0
    high = Image.open(path).size
    assert high[0] == low[0]
    assert high[1] > low[1]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--people", "0,12"], "--people 12: there are 12 portraits, numbered from 0"),
        (["--other", "before=nowhere"], "no such pictures; make them with --pictures"),
    ],
)
def test_what_cannot_be_shown_is_told(folder, capsys, more, told):
    with pytest.raises(SystemExit):
        look_sheets.main(
            arguments_of(folder, "-o", str(folder / "sheets"), "--num-people", "3", "--num-looks", "1", *more)
        )
    assert told in capsys.readouterr().err


def test_pictures_of_other_people_are_not_set_beside(folder):
    look_sheets._keep(folder / "kept" / "look.npz", (1, 2), [photo(1), photo(2, size=40)])
    assert [picture.shape for picture in look_sheets._kept("x", folder / "kept" / "look.npz", (1, 2))[1]] == [
        (48, 48, 3),
        (40, 40, 3),
    ]
    with pytest.raises(LearningError, match="shows other people"):
        look_sheets._kept("x", folder / "kept" / "look.npz", (1, 3))
