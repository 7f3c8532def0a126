"""Which files tell of fine texture: not strongly compressed ones, and less those that were sharpened."""

import cv2
import numpy as np
import pytest
from portrait_atelier.core.estimation.photo_trust import compression_trust, overshoot, sharpening_trust
from portrait_atelier.core.imaging.photo import Encoding


def edges() -> np.ndarray:
    """(300, 300) float32: soft steps from 0.3 to 0.7."""
    steps = np.where((np.arange(300) // 30) % 2, 0.7, 0.3).astype(np.float32)
    return cv2.GaussianBlur(np.broadcast_to(steps, (300, 300)).copy(), (0, 0), 1.0)


@pytest.mark.parametrize(("quality", "least", "most"), [(95, 1, 1), (75, 0.3, 0.7), (40, 0, 0)])
def test_the_tables_of_a_jpeg_tell(quality, least, most):
    scale = (200 - 2 * quality) / 100 if quality >= 50 else 50 / quality
    trust = compression_trust(Encoding(quantization=((round(57.6 * scale),) * 64,)))
    assert least <= trust <= most


def test_files_without_loss_count_in_full():
    assert compression_trust(Encoding()) == 1


def test_sharpened_edges_overshoot():
    plain = edges()
    sharp = plain + 2.0 * (plain - cv2.GaussianBlur(plain, (0, 0), 1.5))
    assert overshoot(plain) < 0.02
    assert overshoot(sharp) > 0.2
    assert sharpening_trust(overshoot(plain)) == 1
    assert sharpening_trust(0.5) < 0.3
    assert overshoot(np.full((50, 50), 0.5, np.float32)) == 0
