"""The pieces of the look recovery benchmark, on made-up photos and looks."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000

pytest.importorskip("color_matcher", reason="color-matcher is an extra of ours for benchmarks")

from portrait_atelier.benchmarks.color_difference import ciede2000
from portrait_atelier.benchmarks.recovery_data import (
    FilmLook,
    draw_people,
    film_family,
    interpolate,
    read_looks,
    read_portraits,
    split_looks,
)
from portrait_atelier.benchmarks.recovery_methods import (
    METHODS,
    SLOW,
    TAKES_CONTENT,
    UNTOUCHED,
    ByLook,
    Task,
    follow,
    instant_style,
    proxies_of,
    sliced_steps,
)
from portrait_atelier.benchmarks.recovery_own import OwnPhotos
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.estimation.color_set import sample_colors
from portrait_atelier.core.estimation.table import node_colors
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.pretraining.designed.local_light import Light, grid_of
from recovery_material import make_folder, photo
from rendering import defined


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


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


def test_where_a_subject_is_asked_for_people_without_a_mask_are_not_drawn(folder):
    for index in (0, 3, 4, 7):
        (folder / "masks" / f"{index:02}.png").unlink()
    portraits = read_portraits(str(folder / "photos"), None, 48, folder / "masks")
    drawn = draw_people(portraits, alike=False, turn=0, count=50, num_content=4, seed=0, with_subject=True)
    assert sorted(np.concatenate(drawn)) == [1, 2, 5, 6, 8, 9, 10, 11]
    everyone = draw_people(portraits, alike=False, turn=0, count=50, num_content=4, seed=0)
    assert len(np.concatenate(everyone)) == 12


def test_nobody_to_draw_is_told(folder):
    portraits = read_portraits(str(folder / "photos"), None, 48)
    with pytest.raises(LearningError, match="too few portraits"):
        draw_people(portraits, alike=False, turn=0, count=1, num_content=1, seed=0, with_subject=True)


def test_portraits_are_nearest_to_the_center_of_their_own_cluster(folder):
    portraits = read_portraits(str(folder / "photos"), None, 48)
    assert (portraits.distances(portraits.features).argmin(1) == portraits.clusters).all()


def test_own_photos_are_drawn_alike_from_those_nearest_to_the_cluster(folder):
    photos = str(folder / "photos")
    own = OwnPhotos.gather(str(folder / "own"), read_portraits(photos, None, 48), photos, 48)
    nearest = np.argsort(own.distances[:, 1])[:2]
    members = np.flatnonzero(own.distances.argmin(1) == 1)
    wanted = members if len(members) >= 2 else nearest
    drawn = own.draw(alike=True, turn=4, count=2, seed=0)
    assert len(drawn) == 2
    assert set(drawn) <= {own.paths[index] for index in wanted}
    assert own.draw(alike=True, turn=4, count=2, seed=0) == drawn


def test_a_small_cluster_is_filled_with_the_nearest():
    distances = np.array([[0, 1, 9], [0, 2, 9], [0, 3, 9], [5, 4, 9]], float)
    assert set(OwnPhotos([], distances)._near(1, 2)) == {0, 1}  # one member is too few
    assert set(OwnPhotos([], distances)._near(0, 3)) == {0, 1, 2}


def test_a_photo_is_never_tested_and_own_content(folder):
    photos = str(folder / "photos")
    portraits = read_portraits(photos, None, 48)
    with pytest.raises(LearningError, match=r"00\.png: is tested, and own content too"):
        OwnPhotos.gather(photos + ":2", portraits, photos, 48)


def test_sliced_transport_carries_a_corpus_over():
    rng = np.random.default_rng(0)
    source, target = rng.normal(0, 1, (2000, 3)).astype(np.float32), rng.normal(5, 2, (2000, 3)).astype(np.float32)
    moved = follow(sliced_steps(source, target, num_rotations=8, num_quantiles=32), source)
    np.testing.assert_allclose(moved.mean(0), target.mean(0), atol=0.2)
    np.testing.assert_allclose(moved.std(0), target.std(0), atol=0.2)


@pytest.mark.parametrize("method", sorted(set(METHODS) - SLOW))
def test_every_method_restyles_a_photo(method):
    neutral = sample_colors(Proxy.opaque(photo(seed) / np.float32(255)) for seed in range(4))
    content, plain = photo(9) / np.float32(255), [photo(7), photo(8)]
    warm = [(pixels * [1.0, 0.7, 0.4]).astype(np.uint8) for pixels in plain]
    found = [METHODS[method](Task(style, neutral))(content, 2) for style in (plain, warm)]
    assert [restyled.shape for restyled in found] == [(24, 24, 3)] * 2
    if method == UNTOUCHED:
        assert all((restyled == content[::2, ::2]).all() for restyled in found)
    else:
        warmth = [(restyled[..., 0] - restyled[..., 2]).mean() for restyled in found]
        assert warmth[1] > warmth[0] + 0.1


@pytest.mark.parametrize("method", sorted(TAKES_CONTENT - SLOW))
def test_own_photos_take_the_place_of_the_neutral_corpus(method):
    neutral = [sample_colors([Proxy.opaque(photo(seed) / np.float32(255))]) for seed in (1, 2)]
    own, content = [photo(5), photo(6)], photo(9) / np.float32(255)

    def restyled(task: Task) -> np.ndarray:
        return METHODS[method](task)(content, 2)

    with_own = [restyled(Task([photo(7), photo(8)], corpus, own)) for corpus in neutral]
    assert (with_own[0] == with_own[1]).all()
    assert np.abs(with_own[0] - restyled(Task([photo(7), photo(8)], neutral[0]))).max() > 0.01


def test_photos_are_given_as_proxies_too():
    neutral = sample_colors([Proxy.opaque(photo(1) / np.float32(255))])
    task = Task([photo(7)], neutral, [photo(5), photo(6)])
    np.testing.assert_array_equal(task.style_proxies[0].pixels, photo(7) / np.float32(255))
    assert task.content_proxies is not None
    assert [proxy.pixels.shape for proxy in task.content_proxies] == [(48, 48, 3)] * 2
    assert Task([photo(7)], neutral).content_proxies is None


def test_a_style_that_says_how_sure_it_is_is_heard():
    style = instant_style(proxies_of([photo(7)]))
    assert ByLook.of(style).expected == style.score["expected"] > 0
    assert ByLook.of(replace(style, score={})).expected is None


def test_a_look_with_a_grid_keeps_its_place_when_every_third_pixel_is_compared():
    look = Look(Look.identity().table, grid_of((Light("side", -1.0, angle=30),)))
    pixels = photo(3, size=50) / np.float32(255)
    restyled = ByLook(lambda proxy: look)(pixels, 3)
    np.testing.assert_allclose(restyled, defined(pixels, look)[::3, ::3], atol=2e-4)
    assert np.abs(restyled - pixels[::3, ::3]).max() > 0.1
