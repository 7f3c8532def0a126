"""The pieces of the look recovery benchmark, on made-up photos and looks."""

import csv

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000

pytest.importorskip("color_matcher", reason="color-matcher is an extra of ours for benchmarks")

from portrait_atelier.benchmarks.color_difference import ciede2000
from portrait_atelier.benchmarks.look_recovery import Record, Settings, main, measure_look
from portrait_atelier.benchmarks.recovery_data import (
    FilmLook,
    draw_people,
    film_family,
    interpolate,
    read_looks,
    read_portraits,
    split_looks,
)
from portrait_atelier.benchmarks.recovery_methods import METHODS, UNTOUCHED, Task, follow, sliced_steps
from portrait_atelier.benchmarks.recovery_report import markdown
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.styles.population import measure_population
from portrait_atelier.core.styles.table import node_colors


def photo(seed: int, size: int = 48) -> np.ndarray:
    rng = np.random.default_rng(seed)
    base = rng.uniform(60, 190, 3) + rng.normal(0, 25, (size, size, 3))
    return np.clip(base, 0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "masks").mkdir()
    for index in range(12):
        Image.fromarray(photo(index)).save(tmp_path / "photos" / f"{index:02}.png")
        mask = np.zeros((48, 48), np.uint8)
        mask[12:36, 12:36] = 255
        Image.fromarray(mask).save(tmp_path / "masks" / f"{index:02}.png")
    tables = {"Film_A_1": node_colors() ** 0.8, "Film_B": np.repeat(node_colors().mean(-1, keepdims=True), 3, -1)}
    stored = {name: (table.transpose(2, 1, 0, 3) * 255 + 0.5).astype(np.uint8) for name, table in tables.items()}
    np.savez(tmp_path / "looks.npz", **stored)
    return tmp_path


def test_ciede2000_agrees_with_scikit_image():
    first, second = np.random.default_rng(0).uniform([0, -80, -80], [100, 80, 80], (2, 500, 3))
    np.testing.assert_allclose(ciede2000(first, second), deltaE_ciede2000(first, second), atol=2e-3)


def test_ciede2000_of_a_published_pair():
    # Sharma, Wu, Dalal 2005, table 1, pair 1.
    found = ciede2000(np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485]))
    assert float(found) == pytest.approx(2.0425, abs=2e-3)


def test_interpolation_returns_the_entries_and_the_line_between_them():
    table = node_colors() * 0.5 + 0.1
    colors = np.random.default_rng(0).random((50, 3), np.float32)
    np.testing.assert_allclose(interpolate(table, colors), colors * 0.5 + 0.1, atol=1e-6)


@pytest.mark.parametrize(
    ("film", "family"),
    [
        ("Kodak T-Max 400", "Kodak tmax"),
        ("Kodak TMAX 3200 3 Alt", "Kodak tmax"),
        ("Fuji FP-100c 8 +++", "Fuji fp100c"),
        ("Polaroid PX-680 Cold 6 ++ Alt", "Polaroid px680"),
    ],
)
def test_all_prints_of_a_film_are_one_family(film, family):
    assert film_family(film) == family


def test_no_film_is_on_both_sides():
    table = node_colors()
    names = [(f"Maker Film{film} {variant}", gray) for film in range(30) for variant in range(3) for gray in (0, 1)]
    looks = [FilmLook(name, film_family(name), bool(gray), table) for name, gray in names]
    choosing, reported = split_looks(looks)
    assert [look.is_gray for look in reported] == [False] * 12 + [True] * 8
    sides = [{(look.family, look.is_gray) for look in side} for side in (choosing, reported)]
    assert not sides[0] & sides[1]
    assert [look.name for look in split_looks(looks[::-1])[1]] == [look.name for look in reported]


def test_looks_are_read_in_order_of_red_green_blue(folder):
    looks = read_looks(folder / "looks.npz")
    assert [look.is_gray for look in looks] == [False, True]
    np.testing.assert_allclose(looks[0](np.array([1.0, 0.5, 0.0])), [1, 0.5**0.8, 0], atol=0.01)


def test_untrustworthy_faces_are_left_out(folder):
    with (folder / "SCORES.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "face_score"), ("x/00.png", "0.9"), ("x/01.png", "0.3")])
    faces = read_portraits(str(folder / "photos"), folder / "masks", 48).faces
    assert faces[0] is not None
    assert faces[0].sum() == 24 * 24
    assert faces[1] is None


def test_style_and_content_people_are_others_and_sets_are_nested(folder):
    portraits = read_portraits(str(folder / "photos"), None, 48)
    content, many = draw_people(portraits, alike=False, turn=1, count=8, num_content=4, seed=0)
    again, few = draw_people(portraits, alike=False, turn=1, count=3, num_content=4, seed=0)
    assert not set(content) & set(many)
    assert (content == again).all()
    assert (many[:3] == few).all()


def test_alike_people_are_of_one_cluster(folder):
    portraits = read_portraits(str(folder / "photos"), None, 48)
    content, style = draw_people(portraits, alike=True, turn=2, count=50, num_content=2, seed=0)
    assert set(portraits.clusters[np.concatenate([content, style])]) == {2}


def test_sliced_transport_carries_a_corpus_over():
    rng = np.random.default_rng(0)
    source, target = rng.normal(0, 1, (2000, 3)).astype(np.float32), rng.normal(5, 2, (2000, 3)).astype(np.float32)
    moved = follow(sliced_steps(source, target, num_rotations=8, num_quantiles=32), source)
    np.testing.assert_allclose(moved.mean(0), target.mean(0), atol=0.2)
    np.testing.assert_allclose(moved.std(0), target.std(0), atol=0.2)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_restyles_a_photo(method):
    neutral = measure_population(Proxy.opaque(photo(seed) / np.float32(255)) for seed in range(4))
    restyled = METHODS[method](Task([photo(7), photo(8)], neutral))(photo(9) / np.float32(255), 2)
    assert restyled.shape == (24, 24, 3)
    assert np.isfinite(restyled).all()


def test_a_known_answer_scores_as_far_as_it_is(folder):
    settings = Settings(
        looks=str(folder / "looks.npz"),
        photos={"made": str(folder / "photos")},
        masks={"made": str(folder / "masks")},
        neutral=(str(folder / "photos"),),
        counts=(1, 50),
        size=48,
        methods=(UNTOUCHED, "MKL, corpus to corpus"),
    )
    records = measure_look(settings, "made", 0)
    assert {(r.drawing, r.method, r.count) for r in records} == {
        ("mixed", UNTOUCHED, 0),
        ("alike", UNTOUCHED, 0),
        ("mixed", "MKL, corpus to corpus", 1),
        ("mixed", "MKL, corpus to corpus", 50),
        ("alike", "MKL, corpus to corpus", 1),
    }
    assert all(r.photo > 0 and r.face is not None for r in records)


def test_the_command_prints_tables_and_keeps_records(folder, capsys):
    arguments = ["--looks", str(folder / "looks.npz"), "--photos", f"made={folder / 'photos'}"]
    arguments += ["--neutral", str(folder / "photos"), "--counts", "1", "--rows", "untouched,ours", "--size", "48"]
    assert main([*arguments, "--processes", "1", "--json", str(folder / "records.json")]) == 0
    out = capsys.readouterr().out
    assert "### made, mixed" in out
    assert "| black-and-white | ours, instant | 1 |" in out
    assert (folder / "records.json").exists()


def test_table_tells_mean_median_and_worst():
    records = [Record("k", "mixed", "x", False, "m", 5, value, None) for value in (1.0, 2.0, 6.0)]
    assert "| all | m | 5 | 3.00 | 2.00 | 6.00 | – | – | – |" in markdown(records)
