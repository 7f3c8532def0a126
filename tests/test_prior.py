"""The prior: shipped, small, balanced between kinds; and the command that makes one."""

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.errors import AtelierError, LearningError
from portrait_atelier.core.learning.prior import build_prior, main, photos_of, write_population
from portrait_atelier.core.styles.population import MAX_COLORS, Population
from portrait_atelier.core.styles.prior import PRIOR_FILE, load_prior, read_prior


def photo_folder(folder, count: int, value: int = 90):
    folder.mkdir()
    for index in range(count):
        Image.new("RGB", (32, 32), (value, value, index)).save(folder / f"{index:02}.png")
    return folder


def test_shipped_prior_is_small_and_has_no_photo_in_it():
    assert PRIOR_FILE.stat().st_size < 1_000_000
    prior = load_prior()
    assert prior.num_photos == 1385
    assert prior.colors.shape[2] == 64  # colors of a photo, in no order of place


def test_shipped_prior_looks_like_portraits():
    prior = load_prior()
    whole, middle = np.tensordot(prior.weights / prior.weights.sum(), prior.means, 1)
    assert 30 < whole[0] < 70
    assert middle[1] > whole[1] > 0  # skin: redder and yellower in the middle
    assert middle[2] > 5


def test_kinds_count_the_same(tmp_path):
    def colors(value: int, count: int):
        return [np.full((2, MAX_COLORS, 3), value, np.uint8)] * count

    prior = build_prior([colors(0, 2), colors(255, 6)])
    assert prior.num_photos == 8
    np.testing.assert_allclose(prior.weights, [2, 2] + [2 / 3] * 6)


def test_prior_round_trip(tmp_path):
    prior = load_prior()
    part = Population(prior.colors[:5], prior.weights[:5])
    write_population(part, tmp_path / "p.safetensors")
    again = read_prior(tmp_path / "p.safetensors")
    assert (again.colors == part.colors).all()
    assert (again.weights == part.weights).all()


def test_a_missing_or_damaged_prior_names_the_cure(tmp_path):
    with pytest.raises(AtelierError, match=r"none\.safetensors: the prior cannot be read .*reinstall"):
        read_prior(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(AtelierError, match="cannot be read"):
        read_prior(tmp_path / "bad.safetensors")


def test_folders_can_be_cut_at_both_ends(tmp_path):
    folder = photo_folder(tmp_path / "a", 5)
    (folder / "notes.txt").write_text("no photo")
    assert [path.stem for path in photos_of(str(folder))] == ["00", "01", "02", "03", "04"]
    assert [path.stem for path in photos_of(f"{folder}:2")] == ["00", "01"]
    assert [path.stem for path in photos_of(f"{folder}:-2")] == ["03", "04"]


def test_missing_and_empty_folders_are_named(tmp_path):
    with pytest.raises(LearningError, match="nowhere: not a folder"):
        photos_of(str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(LearningError, match="empty: no photos"):
        photos_of(str(tmp_path / "empty"))


def test_the_command_makes_a_prior(tmp_path, capsys):
    first, second = photo_folder(tmp_path / "a", 3, 30), photo_folder(tmp_path / "b", 1, 200)
    assert main([str(first), f"{second}:1", "-o", str(tmp_path / "prior.safetensors")]) == 0
    assert read_prior(tmp_path / "prior.safetensors").num_photos == 4
    assert main([str(tmp_path / "none"), "-o", str(tmp_path / "x")]) == 1
    assert "not a folder" in capsys.readouterr().err
