"""Look recovery as a whole: cells, the file that keeps them, and the tables."""

import json
import re
from dataclasses import asdict, replace

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

pytest.importorskip("color_matcher", reason="color-matcher is an extra of ours for benchmarks")

from portrait_atelier.benchmarks.look_recovery import main, measure_cell
from portrait_atelier.benchmarks.recovery_cases import case_of, looks_of, people_of, place_of, task_of
from portrait_atelier.benchmarks.recovery_data import FilmLook
from portrait_atelier.benchmarks.recovery_measures import calibration, measures
from portrait_atelier.benchmarks.recovery_methods import BASE, CLOSED_FORM, LEARNT, METHODS, UNTOUCHED
from portrait_atelier.benchmarks.recovery_records import Record, read_records
from portrait_atelier.benchmarks.recovery_report import markdown, summary
from portrait_atelier.benchmarks.recovery_settings import (
    Cell,
    Choice,
    Place,
    Settings,
    Source,
    chosen_cells,
    chosen_looks,
)
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.estimation.table import node_colors
from recovery_material import make_folder

MKL = "MKL, corpus to corpus"


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


def settings_of(folder) -> Settings:
    photos, masks, own = (str(folder / name) for name in ("photos", "masks", "own"))
    return Settings(str(folder / "looks.npz"), (Source("made", photos, masks, masks, own),), (own,), size=48, num_own=5)


def arguments_of(folder, *more: str) -> list[str]:
    arguments = ["--looks", str(folder / "looks.npz"), "--photos", f"made={folder / 'photos'}", "--size", "48"]
    arguments += ["--neutral", str(folder / "photos"), "--processes", "1", "--json", str(folder / "records.json")]
    return [*arguments, *more]


def kept_cells(folder) -> list[Cell]:
    kept = json.loads((folder / "records.json").read_text())["records"]
    return [Record(**record).cell for record in kept]


def looks(*grays: bool) -> list[FilmLook]:
    return [FilmLook(str(number), "family", gray, node_colors()) for number, gray in enumerate(grays)]


def test_fixed_looks_are_the_first_of_color_and_of_black_and_white():
    order = looks(False, False, False, True, True, True)
    assert [look.name for look in chosen_looks(order, Choice(num_fixed=4))] == ["0", "1", "3", "4"]
    assert [look.name for look in chosen_looks(order, Choice(num_looks=3))] == ["0", "2", "4"]
    assert chosen_looks(order, Choice()) == order


def test_a_choice_has_one_cell_for_each_row_that_can_be():
    settings = Settings("looks", (Source("k", "photos", subjects="masks", content="own"),), ())
    choice = Choice(
        (UNTOUCHED, "Reinhard, photo to pool", CLOSED_FORM), (5, 50), content=(False, True), spatial=(True,)
    )
    cells = chosen_cells(settings, choice, looks(False))
    rows = {(cell.drawing, cell.method, cell.count, cell.content) for cell in cells}
    mixed = {(m, n, False) for m in ("Reinhard, photo to pool", CLOSED_FORM) for n in (5, 50)} | {
        (CLOSED_FORM, 5, True),
        (CLOSED_FORM, 50, True),
    }
    mixed.add((UNTOUCHED, 0, False))
    assert rows == {("mixed", *row) for row in mixed} | {("alike", *row) for row in mixed if row[1] <= 25}
    assert all(cell.spatial for cell in cells)
    assert len(cells) == len(rows)


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (Choice(content=(True,)), "k: no photos for rows with content"),
        (Choice(spatial=(True,)), "k: spatial looks need subject masks; add --subjects k=FOLDER"),
        (Choice(backdrop=(False, True)), "k: backdrops need subject masks; add --subjects k=FOLDER"),
    ],
)
def test_a_missing_folder_is_told(choice, told):
    with pytest.raises(LearningError, match=told):
        chosen_cells(Settings("looks", (Source("k", "photos"),), ()), choice, looks(False))


def test_settings_of_one_file_may_gain_kinds_and_folders_but_not_change():
    known = Settings("looks", (Source("k", "photos", "masks"),), ("n",))
    more = replace(known, sources=(Source("k", "photos", "masks", "subjects"), Source("other", "there")))
    merged = known.merged(more)
    assert merged.sources == more.sources
    assert merged.merged(known) == merged
    for other, told in (
        (replace(known, seed=1), "seed was 0, is 1"),
        (replace(known, sources=(Source("k", "photos"),)), "masks of k was 'masks', is ''"),
    ):
        with pytest.raises(ValueError, match=told):
            known.merged(other)
    with pytest.raises(ValueError, match="subjects of k was 'subjects', is 'x'"):
        merged.merged(replace(known, sources=(Source("k", "photos", "masks", "x"),)))


def test_a_known_answer_scores_as_far_as_it_is(folder):
    settings = settings_of(folder)
    for drawing in ("mixed", "alike"):
        cell = Cell("made", drawing, "Film_A_1", UNTOUCHED, 0)
        plain, spatial = (measure_cell(settings, replace(cell, spatial=spatial)) for spatial in (False, True))
        contents = case_of(settings, place_of(settings, cell)).contents
        labs = [[rgb2lab(content**power) for content in contents] for power in (1.0, 0.8)]  # the film's table
        away = [deltaE_ciede2000(one, other) for one, other in zip(*labs, strict=True)]
        assert plain.photo == pytest.approx(np.mean(away), rel=0.03)
        assert plain.face == pytest.approx(np.mean([part[12:36, 12:36] for part in away]), rel=0.03)
        assert abs(spatial.photo - plain.photo) > 0.2


def test_a_method_that_knows_the_answer_scores_nothing(folder, monkeypatch):
    settings = settings_of(folder)
    cell = Cell("made", "mixed", "Film_A_1", "answer", 3, content=True)
    seen = []

    def answer(task):
        seen.append(task)
        look = looks_of(settings)[0]
        return lambda photo, step: look(photo)[::step, ::step]

    monkeypatch.setitem(METHODS, "answer", answer)
    record = measure_cell(settings, cell)
    assert record.photo == pytest.approx(0, abs=1e-4)
    assert record.moved == pytest.approx(1, abs=1e-4)
    assert record.chroma == pytest.approx(1, abs=1e-4)
    assert record.cell == cell
    assert len(seen[0].style) == 3
    assert len(seen[0].content) == 5
    spatial = measure_cell(settings, replace(cell, spatial=True))
    assert spatial.photo > 2  # the light is in the answer too
    backdrop = measure_cell(settings, replace(cell, backdrop=True))
    assert backdrop.photo == pytest.approx(0, abs=1e-4)  # the backdrop was there before the look


def test_backdrops_are_behind_style_content_and_own_photos_alike(folder):
    settings = settings_of(folder)
    place = Place("made", "mixed", 1, False, True)
    task, case = task_of(settings, place, 3, True), case_of(settings, place)
    plain = replace(place, backdrop=False)
    for with_backdrop, without in (
        (task.content or [], task_of(settings, plain, 3, True).content or []),
        (case.contents, case_of(settings, plain).contents),
    ):
        for photo, before in zip(with_backdrop, without, strict=True):
            assert (photo[14:34, 14:34] == before[14:34, 14:34]).all()  # the subject
            assert np.ptp(photo[:10, :10], axis=(0, 1)).max() < np.ptp(before[:10, :10], axis=(0, 1)).max()
    assert people_of(settings, place, 3)[1].tolist() == people_of(settings, plain, 3)[1].tolist()


def test_outside_looks_take_the_place_of_films(folder):
    settings = replace(settings_of(folder), looks="", outside=True)
    record = measure_cell(settings, Cell("made", "mixed", "duotone", UNTOUCHED, 0))
    assert record.photo > 5
    assert record.moved == 0
    gray = measure_cell(settings, Cell("made", "mixed", "solarised, black-and-white", UNTOUCHED, 0))
    assert gray.is_gray
    assert gray.chroma is None


def test_the_command_prints_tables_and_keeps_records(folder, capsys):
    assert main(arguments_of(folder, "--counts", "1", "--rows", "untouched,closed")) == 0
    out = capsys.readouterr().out
    assert "### made, mixed" in out
    assert "| black-and-white | closed form | 1 |" in out
    assert len(kept_cells(folder)) == 2 * 2 * 2


def test_a_run_that_was_cut_short_goes_on(folder, monkeypatch, capsys):
    arguments = arguments_of(folder, "--counts", "1,2", "--rows", "closed", "--drawings", "mixed")
    learn, calls = METHODS[CLOSED_FORM], []

    def killed_at_the_third(task):
        calls.append(task)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return learn(task)

    monkeypatch.setitem(METHODS, CLOSED_FORM, killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        main(arguments)
    assert len(kept_cells(folder)) == 2
    assert main(arguments) == 0
    assert len(calls) == 3 + 2
    assert len(set(kept_cells(folder))) == 4
    assert main(arguments) == 0
    assert len(calls) == 5  # all kept
    assert main([*arguments, "--again"]) == 0
    assert len(calls) == 9
    assert len(kept_cells(folder)) == 4


def test_rows_and_counts_may_be_added_but_no_other_seed(folder, capsys):
    assert main(arguments_of(folder, "--counts", "1", "--rows", "untouched")) == 0
    assert main(arguments_of(folder, "--counts", "2", "--rows", "closed", "--looks-fixed", "2")) == 0
    assert {cell.method for cell in kept_cells(folder)} == {UNTOUCHED, CLOSED_FORM}
    with pytest.raises(SystemExit, match="records of other settings \\(seed was 0, is 1\\); name another file"):
        main(arguments_of(folder, "--seed", "1"))


def test_the_command_measures_with_content_and_light(folder, capsys):
    pools = ["--subjects", f"made={folder / 'masks'}", "--content-photos", f"made={folder / 'own'}"]
    assert (
        main(arguments_of(folder, *pools, "--counts", "2", "--rows", "closed", "--content", "--spatial", "both")) == 0
    )
    cells = kept_cells(folder)
    assert {cell.content for cell in cells} == {True}
    assert {cell.spatial for cell in cells} == {False, True}
    assert "### made, alike, spatial\n" in capsys.readouterr().out


def test_the_command_measures_outside_looks_before_backdrops_without_face_masks(folder, capsys):
    sources = ["--photos", f"made={folder / 'photos'}", "--subjects", f"made={folder / 'masks'}", "--size", "48"]
    choice = [
        "--counts",
        "1",
        "--rows",
        "untouched,instant",
        "--num-looks",
        "1",
        "--drawings",
        "mixed",
        "--processes",
        "1",
    ]
    neutral = ["--neutral", str(folder / "photos")]
    assert main(["--outside", *sources, *choice, *neutral, "--backdrop", "both", "--measures", "--calibration"]) == 0
    out = capsys.readouterr().out
    assert "| made, mixed, backdrop | 1 | ours, instant | 1 |" in re.sub(" +", " ", out)
    assert "no style said" not in out
    assert "###" not in out


def test_records_of_another_form_are_told(folder):
    settings = settings_of(folder)
    kept = {"settings": asdict(settings), "records": [{"kind": "made", "light": True}]}
    (folder / "old.json").write_text(json.dumps(kept))
    with pytest.raises(SystemExit, match="unexpected keyword argument 'light'.*name another file"):
        read_records(folder / "old.json", settings)


def test_spatial_looks_do_without_people_whose_subject_is_unknown(folder):
    for index in range(0, 12, 2):
        (folder / "masks" / f"{index:02}.png").unlink()
    settings = settings_of(folder)
    place = Place("made", "mixed", 0, True)
    assert len(task_of(settings, place, 12, False).style) == 3  # of six people, three are content
    assert len(task_of(settings, replace(place, spatial=False), 12, False).style) == 6


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--rows", "nothing"], "--rows nothing: no row has any of these words"),
        (["--content"], "add --content-photos made=FOLDER"),
        (["--masks", "mad=FOLDER"], "mad: no photos of this kind"),
        (["--drawings", "like"], "must be of mixed, alike, got 'like'"),
        (["--looks-fixed", "3"], "must be an even number"),
        (["--counts", "0,5"], "must be numbers of photos by commas"),
        (["--outside"], "not allowed with argument --looks"),
    ],
)
def test_what_cannot_be_measured_is_told(folder, capsys, more, told):
    with pytest.raises(SystemExit):
        main(arguments_of(folder, *more))
    assert told in capsys.readouterr().err


def record(method: str, photo: float, look: str = "x", face: float | None = None, **place) -> Record:
    return Record("k", "mixed", look, False, method, 0 if method == UNTOUCHED else 25, photo, face, **place)


def test_table_tells_mean_median_and_worst():
    records = [record("m", value, str(value), content=True) for value in (1.0, 2.0, 6.0)]
    assert "| all | m, content | 25 | 3.00 | 2.00 | 6.00 | – | – | – |" in markdown(records)


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_summary_names_the_best_baseline_and_compares_the_same_looks():
    records = [record(UNTOUCHED, 8, look, 9) for look in "xy"]
    records += [record(MKL, 5, look, 9.5) for look in "xy"] + [record("Reinhard", 4, "x"), record("Reinhard", 8, "y")]
    records += [record(CLOSED_FORM, 4, look, 9) for look in "xy"]
    records += [record(BASE, 3, "x"), record(BASE, 4, "y"), record(LEARNT, 2.7, "x")]
    row = cells_of(summary(records).splitlines()[4])
    assert row[:4] == ["k, mixed", "2", "8.00", "5.00 MKL, corpus to corpus"]
    assert row[4:7] == ["4.00 (-20 %)", "3.50 (-30 %)", "2.70 [1] (-10 %)"]
    assert row[7:] == ["9.00", "9.00 untouched", "9.00 (+0 %)", "–", "–"]


def test_summary_of_a_run_cut_short_compares_no_method_on_other_looks():
    records = [
        record(UNTOUCHED, 1, "z"),
        record(UNTOUCHED, 7, "y"),
        record(UNTOUCHED, 7, "x"),
        record("early", 0.1, "x"),
    ]
    records += [record(method, 5, look) for method in (MKL, "Reinhard") for look in "xy"]
    row = cells_of(summary([*records, record(CLOSED_FORM, 4, "x"), record(CLOSED_FORM, 1, "z")]).splitlines()[4])
    assert row[1:5] == ["2", "7.00", "5.00 MKL, corpus to corpus", "4.00 [1] (-20 %)"]


def test_summary_of_our_rows_alone_has_no_baseline():
    row = cells_of(summary([record(BASE, 3, "x"), record(LEARNT, 4, "x")]).splitlines()[4])
    assert row[1:7] == ["1", "–", "–", "–", "3.00", "4.00 (+33 %)"]


def test_summary_of_a_row_with_content_has_all_baselines_and_ours_with_content():
    records = [
        record(MKL, 5),
        record(CLOSED_FORM, 4.5),
        record(MKL, 6, content=True),
        record(CLOSED_FORM, 4, content=True),
    ]
    lines = summary(records).splitlines()
    assert cells_of(lines[4])[3:5] == ["5.00 MKL, corpus to corpus", "4.50 (-10 %)"]
    assert cells_of(lines[5])[0] == "k, mixed, content"
    assert cells_of(lines[5])[3:5] == ["5.00 MKL, corpus to corpus", "4.00 (-20 %)"]


def test_measures_tell_worst_look_and_tameness():
    records = [record(BASE, 2, "x", 1.5, moved=0.8, chroma=0.9), record(BASE, 4, "y", moved=1.0, spatial=True)]
    records += [record(BASE, 5, "z", 2.5, moved=1.0), record(UNTOUCHED, 3, "x"), record(UNTOUCHED, 3, "z")]
    lines = measures(records).splitlines()
    assert cells_of(lines[2]) == ["k, mixed", "25", BASE, "2", "3.50", "5.00", "2.00", "0.90", "0.90", "1", "–"]
    assert cells_of(lines[3]) == ["k, mixed, spatial", "25", BASE, "1", "4.00", "4.00", "–", "1.00", "–", "–", "–"]


def test_calibration_bins_what_styles_said():
    records = [record(BASE, 3.0, "x", expected=3.2), record(BASE, 4.0, "y", expected=3.4), record(BASE, 9, "z")]
    records.append(record(BASE, 6.0, "z", expected=5.5))
    lines = calibration(records).splitlines()
    assert cells_of(lines[2])[:4] == [f"{BASE}, 3 to 4", "2", "3.30", "3.50"]
    assert cells_of(lines[3])[:4] == [f"{BASE}, 5 to 6", "1", "5.50", "6.00"]
