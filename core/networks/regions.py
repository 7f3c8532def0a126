"""Segmentation of portraits: soft maps of subject, face, skin, hair and cloth, by a small network.

It runs through `cv2.dnn`; torch is not needed. `region_net` is the same network for training.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import WeightsError
from ..folders import weights_folder

if TYPE_CHECKING:
    import cv2

REGIONS = ("subject", "face", "skin", "hair", "cloth")
INPUT_SIZE = 160  # the whole photo is resized to a square of this side
MAP_SIZE = INPUT_SIZE // 2
REGION_NETWORK = "regions.onnx"  # among the weights: (1, 3, 160, 160) to (1, 5, 80, 80)

_lock = threading.Lock()  # a network of cv2.dnn stores its input, so only one thread may run it


def predict_regions(pixels: np.ndarray) -> np.ndarray:
    """Segment a portrait.

    The photo is resized to a square whatever its aspect ratio; resize a map to the photo's size with `cv2.resize`
    (bilinear). What is not subject is backdrop.

    Args:
        pixels: (H, W, 3) in [0, 1], sRGB-encoded, upright; the size of a proxy is enough.

    Returns:
        (5, MAP_SIZE, MAP_SIZE) float32 in [0, 1], in the order of REGIONS.

    Raises:
        ValueError: pixels has another shape.
        WeightsError: the network's file is missing or damaged.
    """
    import cv2

    if pixels.ndim != 3 or pixels.shape[2] != 3 or min(pixels.shape) == 0:
        raise ValueError(f"pixels must be (H, W, 3), got shape {pixels.shape}")
    floats = np.clip(pixels, 0, 1).astype(np.float32, copy=False)
    square = cv2.resize(floats, (INPUT_SIZE, INPUT_SIZE), interpolation=cv2.INTER_AREA)
    with _lock:
        network = _network(weights_folder() / REGION_NETWORK)
        network.setInput(np.ascontiguousarray(square.transpose(2, 0, 1)[None]))
        return np.array(network.forward()[0])


@cache
def _network(path: Path) -> cv2.dnn.Net:
    import cv2

    if not path.is_file():
        raise WeightsError("{path}: does not exist (the network of regions); reinstall portrait-atelier", path=path)
    try:
        return cv2.dnn.readNetFromONNX(np.frombuffer(path.read_bytes(), np.uint8))
    except cv2.error as error:
        raise WeightsError("{path}: cannot be read (damaged); reinstall portrait-atelier", path=path) from error
