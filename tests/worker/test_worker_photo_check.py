"""Photos looked through before a style is learnt: what is left out and why, and what is said of the rest."""

from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.worker.client_state import ClientState
from portrait_atelier.core.worker.job import Job
from portrait_atelier.core.worker.messages import Message
from portrait_atelier.core.worker.photo_check import check_photos
from scenes import portrait


def check(folder: Path, **more: str) -> Message:
    return check_photos(Job(Message({"folder": str(folder), **more}), lambda _message: None), ClientState(folder))


@pytest.fixture
def folder(tmp_path) -> Path:
    for seed in range(3):
        pixels = (portrait(seed) * 255).astype(np.uint8)
        write_photo(Photo(pixels, file_format="JPEG"), tmp_path / f"{seed}.jpg")
    return tmp_path


def test_photos_that_are_left_out_come_first_with_reason_and_picture(folder):
    (folder / "copy.jpg").write_bytes((folder / "0.jpg").read_bytes())
    (folder / "broken.jpg").write_bytes(b"no photo")
    write_photo(Photo(np.zeros((20, 30, 3), np.uint8), file_format="PNG"), folder / "tiny.png")
    answer = check(folder)
    found = {one["photo"]: one for one in answer.head["findings"] if one["left_out"]}
    assert answer.head["photos"] == 3
    assert set(found) == {"copy.jpg", "broken.jpg", "tiny.png"}
    assert found["copy.jpg"]["text"] == "the same file as 0.jpg; left out"
    assert "30 x 20 pixels" in found["tiny.png"]["text"]
    left_out = [one["left_out"] for one in answer.head["findings"]]
    assert left_out == sorted(left_out, reverse=True)
    pictures = dict(zip([one["photo"] for one in answer.head["findings"]], answer.blobs, strict=True))
    assert pictures["broken.jpg"] == b""
    assert pictures["copy.jpg"].startswith(b"\xff\xd8")


def test_few_photos_are_told_in_the_language_of_the_client(folder):
    (said,) = check(folder).head["advice"]
    assert "cannot make sure of a look" in said
    assert check(folder, language="de").head["advice"] != [said]


def test_a_folder_without_usable_photos_says_why(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    with pytest.raises(LearningError, match=r"no photo in it can be used.*broken\.jpg"):
        check(tmp_path)
