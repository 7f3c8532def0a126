"""A drawn portrait with masks, for tests of regions."""

import cv2
import numpy as np

SKIN, HAIR, CLOTH, GROUND = (0.85, 0.62, 0.5), (0.2, 0.12, 0.08), (0.15, 0.25, 0.6), (0.5, 0.6, 0.5)


def drawn_portrait(side: int = 96, *, hair: tuple[float, ...] = HAIR) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (side, side, 3) float32, and the masks of subject and face (side, side) float32."""
    unit = side / 96

    def at(*values: float) -> tuple[int, ...]:
        return tuple(round(value * unit) for value in values)

    pixels = np.full((side, side, 3), GROUND, np.float32)
    subject, face = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    for canvas, color in ((pixels, CLOTH), (subject, (1.0,))):
        cv2.ellipse(canvas, at(48, 96), at(40, 24), 0, 0, 360, color, -1)
    for canvas, color in ((pixels, hair), (subject, (1.0,))):
        cv2.ellipse(canvas, at(48, 36), at(23, 26), 0, 180, 360, color, -1)
        cv2.rectangle(canvas, at(25, 34), at(71, 44), color, -1)
    cv2.rectangle(pixels, at(41, 60), at(55, 78), SKIN, -1)
    cv2.rectangle(subject, at(41, 60), at(55, 78), (1.0,), -1)
    for canvas, color in ((pixels, SKIN), (subject, (1.0,)), (face, (1.0,))):
        cv2.ellipse(canvas, at(48, 44), at(17, 24), 0, 0, 360, color, -1)
    noise = np.random.default_rng(0).normal(0, 0.012, pixels.shape).astype(np.float32)
    return np.clip(pixels + noise, 0, 1), subject, face
