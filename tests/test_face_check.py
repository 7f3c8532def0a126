"""Which photos of a folder are said to show no face, or to lie on their side."""

from pathlib import Path

import numpy as np
from PIL import Image
from portrait_atelier.core.learning.face_check import check_faces
from portrait_atelier.core.learning.photo_folder import read_photo_folder
from scenes import portrait, save
from skimage.data import astronaut
from skimage.transform import resize


def _astronaut() -> np.ndarray:
    return resize(astronaut(), (256, 256), anti_aliasing=True).astype(np.float32)


def test_photos_without_a_face_and_those_on_their_side_are_named_in_order(tmp_path: Path):
    save(_astronaut(), tmp_path / "a.png")
    save(np.rot90(_astronaut(), 1), tmp_path / "b.png")
    save(portrait(1), tmp_path / "c.png")
    told = []
    findings = check_faces(read_photo_folder(tmp_path).photos, lambda *done: told.append(done))
    assert [(finding.path.name, finding.kind) for finding in findings] == [("b.png", "sideways"), ("c.png", "no face")]
    assert "when it is turned by 90 degrees clockwise" in findings[0].text
    assert "remove it if it is no portrait" in findings[1].text
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_is_transparent_hides_no_face(tmp_path: Path):
    pixels = (np.dstack([_astronaut(), np.ones((256, 256))]) * 255).astype(np.uint8)
    pixels[:, :20] = np.random.default_rng(0).integers(0, 255, (256, 20, 4))
    pixels[:, :20, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert check_faces(read_photo_folder(tmp_path).photos) == ()
