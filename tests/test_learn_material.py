"""What a style is learnt from: halves that share nothing, drawn portraits, contents with their closed forms."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from learning_material import CAST, finished, tiny_base, untouched
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning import learn_material as module
from portrait_atelier.core.learning import prepared as prepared_module
from portrait_atelier.core.learning.learn_material import (
    Contents,
    Half,
    LearningPhotos,
    Measured,
    draw_portraits,
    photos_of_proxies,
    prepare_contents,
    softened,
    split_halves,
)
from portrait_atelier.core.learning.prepared import prepare_photos
from portrait_atelier.core.networks.generator import LookResidual
from portrait_atelier.core.styles.adapted_look import gather_evidence
from portrait_atelier.core.styles.base_model import Start
from portrait_atelier.core.styles.portraits import SIDE, square_pixels
from torch import Tensor

BASE = tiny_base()


def _halves(seed: int = 0, *, own: bool = True) -> tuple[Half, Half]:
    return split_halves(BASE, finished(9), untouched(5), own=own, seed=seed)


@pytest.fixture(scope="module")
def halves() -> tuple[Half, Half]:
    return _halves()


def _places_of(some: Tensor, photos: LearningPhotos) -> list[int]:
    """Which of the photos these are."""
    known = photos_of_proxies(photos.proxies)
    return [next(i for i, photo in enumerate(known) if torch.equal(photo, found)) for found in some]


def _same(first: Half, second: Half) -> bool:
    pairs = [(getattr(first, name), getattr(second, name)) for name in ("code", "style", "judges")]
    pairs.append((first.contents.photos, second.contents.photos))
    return all(a.shape == b.shape and torch.equal(a, b) for a, b in pairs)


def test_halves_share_nothing_and_leave_nothing_out(halves: tuple[Half, Half]):
    taught = [_places_of(half.style, finished(9)) for half in halves]
    restyled = [_places_of(half.contents.photos, untouched(5)) for half in halves]
    assert sorted(taught[0] + taught[1]) == list(range(9))
    assert sorted(restyled[0] + restyled[1]) == list(range(5))
    assert (len(taught[0]), len(restyled[0])) == (4, 2)


def test_each_half_is_judged_by_the_other(halves: tuple[Half, Half]):
    for half, other in (halves, halves[::-1]):
        assert torch.equal(half.judges, other.style)
        assert torch.equal(half.judging.photos, other.contents.photos)
        assert torch.equal(half.judging.boxes, other.contents.boxes)


def test_halves_are_those_of_the_seed(halves: tuple[Half, Half]):
    assert all(_same(first, second) for first, second in zip(halves, _halves(), strict=True))
    assert not _same(halves[0], _halves(1)[0])


def test_a_half_knows_its_own_photos_alone(halves: tuple[Half, Half]):
    style, content = (
        photos.part(_places_of(found, photos))
        for found, photos in ((halves[0].style, finished(9)), (halves[0].contents.photos, untouched(5)))
    )
    np.testing.assert_array_equal(halves[0].code, BASE.style_code(style.proxies))
    alone = prepare_contents(BASE, Measured.of(style.proxies), content, Measured.of(content.proxies))
    for item in fields(Contents):
        assert torch.equal(getattr(alone, item.name), getattr(halves[0].contents, item.name))


def test_contents_are_what_a_style_would_make_of_them():
    style, own, contents = Measured.of(finished().proxies), Measured.of(untouched(6).proxies), untouched(2)
    for neutral in (None, own):
        prepared = prepare_contents(BASE, style, contents, neutral)
        evidence = gather_evidence(
            style.population, Content.of(contents.proxies[1:]), None if neutral is None else neutral.population
        )
        start = Start.of(evidence, contents.proxies[1:], style.places, None if neutral is None else neutral.places)
        assert torch.equal(prepared.table[1], start.table)
        assert torch.equal(prepared.evidence[1:], start.evidence)
        assert torch.equal(prepared.places[1:], start.places)
        assert torch.equal(prepared.maps[1:], BASE.maps_of(contents.proxies[1:]))
        assert prepared.gray.tolist() == [False, False]


def test_some_contents_are_picked_with_all_that_is_known(halves: tuple[Half, Half]):
    contents = halves[1].contents
    some = contents.pick(torch.tensor([2, 0]))
    assert (len(contents), len(some)) == (3, 2)
    for item in fields(Contents):
        assert torch.equal(getattr(some, item.name), getattr(contents, item.name)[[2, 0]])
    assert [torch.equal(a, b) for a, b in zip(some.known, (some.evidence, some.places, some.gray), strict=True)]


def test_all_of_it_goes_to_a_device(halves: tuple[Half, Half]):
    there = halves[0].to(torch.device("meta"))
    assert there.code.device.type == there.judges.device.type == "meta"
    assert all(getattr(there.judging, item.name).device.type == "meta" for item in fields(Contents))
    assert halves[0].code.device.type == "cpu"


def test_contents_without_a_residual_are_as_their_closed_forms_have_them(halves: tuple[Half, Half]):
    contents = halves[0].contents
    nothing = LookResidual(torch.zeros_like(contents.table), torch.zeros_like(contents.grid), torch.zeros(2, 1, 16, 16))
    restyled = contents.restyled(nothing)
    assert restyled.shape == (2, 3, 64, 64)
    cast = restyled.mean((0, 2, 3)) / contents.photos.mean((0, 2, 3))
    assert cast[0] > cast[1] > cast[2]  # as the style's photos are warm
    brighter = contents.restyled(LookResidual(nothing.table + 0.1, nothing.grid, nothing.subject))
    torch.testing.assert_close(brighter - restyled, torch.full_like(restyled, 0.1), atol=0.03, rtol=0)


def test_drawn_portraits_are_those_of_the_seed():
    style = finished().proxies
    first, again, other = (draw_portraits(style, 5, seed) for seed in (0, 0, 1))
    assert len(first) == 5
    assert first.boxes.shape == (5, 4)
    assert first.proxies[0].pixels.shape == (SIDE, SIDE, 3)
    assert all((a.pixels == b.pixels).all() for a, b in zip(first.proxies, again.proxies, strict=True))
    assert any((a.pixels != b.pixels).any() for a, b in zip(first.proxies, other.proxies, strict=True))


def test_drawn_portraits_do_not_wear_the_cast():
    strong = [Proxy.opaque(photo.pixels * CAST**3) for photo in untouched(8).proxies]
    drawn = photos_of_proxies(draw_portraits(strong, 60, 0).proxies).mean((0, 2, 3))
    styled = photos_of_proxies(strong).mean((0, 2, 3))
    assert styled[0] / styled[2] > 3
    assert drawn[0] / drawn[2] < 1.8


def test_portraits_are_drawn_for_black_and_white_photos_in_color():
    gray = [Proxy.opaque(photo.pixels.mean(-1, keepdims=True).repeat(3, -1)) for photo in finished().proxies]
    drawn = photos_of_proxies(draw_portraits(gray, 4, 0).proxies)
    assert (drawn.amax(1) - drawn.amin(1)).mean() > 0.02


def test_softened_photos_are_as_soft_as_drawn_ones():
    photos = finished(3)
    soft = softened(photos)
    assert [proxy.pixels.shape for proxy in soft.proxies] == [(SIDE, SIDE, 3)] * 3
    np.testing.assert_array_equal(soft.proxies[1].pixels, square_pixels(photos.proxies[1].pixels))
    assert torch.equal(soft.boxes, draw_portraits(photos.proxies, 3, 0).boxes)  # nor does the place of faces tell


def test_photos_are_taken_with_the_places_of_their_faces(monkeypatch: pytest.MonkeyPatch):
    proxies = finished(6).proxies
    prepared = prepare_photos(proxies)
    whole = LearningPhotos.of(proxies, prepared)
    assert torch.equal(whole.boxes, prepared.boxes)
    assert torch.equal(LearningPhotos.of(proxies).boxes, prepared.boxes)
    assert [proxy is proxies[place] for proxy, place in zip(whole.part([4, 1]).proxies, (4, 1), strict=True)]
    assert torch.equal(whole.part([4, 1]).boxes, prepared.boxes[[4, 1]])
    monkeypatch.setattr(module, "MAX_PHOTOS", 3)
    some = LearningPhotos.of(proxies, prepared)
    assert [next(i for i, proxy in enumerate(proxies) if proxy is taken) for taken in some.proxies] == [1, 3, 5]
    assert torch.equal(some.boxes, prepared.boxes[[1, 3, 5]])


def test_of_many_photos_those_that_were_prepared_keep_their_places(monkeypatch: pytest.MonkeyPatch):
    proxies = finished(6).proxies
    monkeypatch.setattr(prepared_module, "MAX_PHOTOS", 3)
    monkeypatch.setattr(module, "MAX_PREPARED", 3)
    prepared = prepare_photos(proxies)
    monkeypatch.setattr(module, "prepare_photos", lambda *_: pytest.fail("the faces were looked for twice"))
    monkeypatch.setattr(module, "MAX_PHOTOS", 2)
    taken = LearningPhotos.of(proxies, prepared)
    assert [next(i for i, proxy in enumerate(proxies) if proxy is one) for one in taken.proxies] == [1, 5]
    assert torch.equal(taken.boxes, prepared.boxes[[0, 2]])
