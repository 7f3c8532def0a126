"""The people of the base model."""

from pathlib import Path

import numpy as np
import pytest
from base_material import made_up_people
from PIL import Image
from portrait_atelier.core.errors import LearningError, PhotoError
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.base_people import LARGE_SIZE, PLACES, SMALL_SIZE, BasePeople, read_base_people


def _people(counts: tuple[int, ...]) -> BasePeople:
    rng = np.random.default_rng(0)
    proxies = [Proxy.opaque(rng.random((24, 20, 3), np.float32)) for _ in range(sum(counts))]
    return BasePeople.of_proxies(proxies, np.repeat(np.arange(len(counts)), counts))


def test_photos_become_small_squares_of_bytes():
    people = _people((9,))
    assert people.large.shape == (9, LARGE_SIZE, LARGE_SIZE, 3)
    assert people.small.shape == (9, SMALL_SIZE, SMALL_SIZE, 3)
    assert people.large.dtype == np.uint8


def test_every_person_is_on_one_side_of_the_split():
    people = _people((40, 20))
    learning, held_out = people.split(0.4)
    assert (len(learning.large), len(held_out.large)) == (36, 24)
    assert np.bincount(held_out.people.kinds).tolist() == [16, 8]
    both = {photo.tobytes() for photo in (*learning.small, *held_out.small)}
    assert len(both) == 60


def test_too_few_people_are_refused():
    with pytest.raises(LearningError, match="folder 2: 9 photos are too few"):
        _people((40, 9)).split(0.4)


def test_folders_are_kinds(tmp_path: Path):
    for kind, count in (("a", 3), ("b", 4)):
        (tmp_path / kind).mkdir()
        for number in range(count):
            Image.new("RGB", (20, 30), (40 * number, 90, 120)).save(tmp_path / kind / f"{number}.png")
    seen = []
    people = read_base_people(
        [f"{tmp_path / 'a'}:2", str(tmp_path / "b")], lambda done, total: seen.append((done, total))
    )
    assert people.people.kinds.tolist() == [0, 0, 1, 1, 1, 1]
    assert seen[-1] == (6, 6)


def _folder_of_photos(folder: Path, names: tuple[str, ...]) -> Path:
    folder.mkdir()
    for number, name in enumerate(names):
        Image.new("RGB", (20, 30), (40 * number, 90, 120)).save(folder / name)
    return folder


def _mask(path: Path, size: tuple[int, int] = (20, 30)) -> None:
    """White in the left half."""
    path.parent.mkdir(exist_ok=True)
    mask = Image.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    mask.save(path)


def test_masks_are_found_by_name_and_a_missing_one_shows_no_person(tmp_path: Path):
    photos = _folder_of_photos(tmp_path / "photos", ("anna.jpg", "ben.png", "cleo.png"))
    for name in ("anna.png", "cleo.png", "nobody.png"):
        _mask(tmp_path / "masks" / name)
    people = read_base_people([str(photos)], masks=[tmp_path / "masks"])
    assert people.subjects is not None
    assert people.subjects.shape == (3, LARGE_SIZE, LARGE_SIZE)
    assert people.subjects.dtype == np.uint8
    anna, ben, cleo = people.subjects
    assert not ben.any()
    assert (anna == cleo).all()
    assert (anna[:, :40] == 255).all()
    assert (anna[:, -40:] == 0).all()
    assert 80 < anna[70, LARGE_SIZE // 2] < 175  # the edge is soft


def test_without_masks_nobody_is_known(tmp_path: Path):
    photos = _folder_of_photos(tmp_path / "photos", ("anna.jpg", "ben.png"))
    (tmp_path / "masks").mkdir()
    assert read_base_people([str(photos)]).subjects is None
    people = read_base_people([str(photos)], masks=[tmp_path / "masks"])
    assert people.subjects is None
    crop, person = people.crop_large(np.random.default_rng(0), 0, 128)
    assert crop.shape == (128, 128, 3)
    assert person.shape == (128, 128)
    assert not person.any()
    assert people.person_at_places(np.array([1, 0])).shape == (2, 288)
    assert not people.person_at_places(np.array([1, 0])).any()


def test_one_person_alone_is_read_and_found_too_few(tmp_path: Path):
    photos = _folder_of_photos(tmp_path / "photos", ("anna.jpg",))
    with pytest.raises(LearningError, match="folder 1: 1 photos are too few"):
        read_base_people([str(photos)]).split(0.1)


def test_every_folder_wants_its_masks(tmp_path: Path):
    photos = _folder_of_photos(tmp_path / "photos", ("anna.jpg", "ben.png"))
    with pytest.raises(LearningError, match="1 folders of masks for 2 of photos; name one for each, in order"):
        read_base_people([str(photos), str(photos)], masks=[tmp_path])


def test_a_mask_of_another_shape_is_refused(tmp_path: Path):
    photos = _folder_of_photos(tmp_path / "photos", ("anna.jpg", "ben.png"))
    _mask(tmp_path / "masks" / "anna.png", (30, 20))
    with pytest.raises(PhotoError, match=r"anna\.png: the mask has another shape"):
        read_base_people([str(photos)], masks=[tmp_path / "masks"])


def test_crops_and_their_person_stay_together():
    marked = np.zeros((LARGE_SIZE, LARGE_SIZE, 3), np.float32)
    marked[30:90, 20:70] = 1
    people = BasePeople.of_proxies([Proxy.opaque(marked)] * 2, np.zeros(2, int), [marked[..., 0]] * 2)
    rng = np.random.default_rng(0)
    crops = [people.crop_large(rng, 0, 128) for _ in range(8)] + [people.crop_small(rng, 1, 64) for _ in range(8)]
    for crop, person in crops:
        assert crop.shape[:2] == person.shape
        assert (np.abs(crop[..., 0].astype(int) - person) < 200).all()  # but for the soft edge and its corners
        assert np.corrcoef(crop[..., 0].ravel(), person.ravel())[0, 1] > 0.95
    assert len({crop.tobytes() for crop, _ in crops}) > 8


def test_parts_keep_their_masks():
    people = made_up_people((20,), masks=True)
    assert people.subjects is not None
    part = people.part(np.array([19, 3]))
    assert part.subjects is not None
    assert not part.subjects[0].any()
    assert (part.subjects[1] == people.subjects[3]).all()
    learning, held_out = people.split(0.4)
    assert learning.subjects is not None
    assert held_out.subjects is not None
    assert len(learning.subjects) + len(held_out.subjects) == 20


def test_the_person_is_told_at_the_places_of_the_colors():
    people = made_up_people((20,), masks=True)
    told = people.person_at_places(np.array([0, 19]))
    assert told.shape == (2, 288)
    assert not told[1].any()
    y, x = PLACES.reshape(-1, 2).T
    assert (told[0][(abs(y - 0.42) < 0.1) & (abs(x - 0.5) < 0.08)] > 240).all()
    assert (told[0][y < 0.06] < 5).all()
