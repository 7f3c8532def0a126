"""What workflows of tests begin with: made-up finished photos, a portrait, a clip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from skimage import data

FOLDER, NEW_FOLDER = "my-portraits", "new-photos"


def astronaut() -> np.ndarray:
    """(512, 512, 3) uint8."""
    return np.ascontiguousarray(data.astronaut())


def finished_photos() -> Iterator[np.ndarray]:
    """Ten parts of one photo in one warm style, of several sizes, uint8."""
    face = astronaut()
    for photo in (
        face,
        face[:300, 100:400],
        face[40:360, 150:420][:, ::-1],
        face[100:400, 60:460],
        face[200:, :240],
        face[250:, 230:][:, ::-1],
        face[:330, 250:],
        face[:220, :210],
        face[60:300, 60:250][:, ::-1],
        face[300:, 60:360],
    ):
        warm = (photo / 255) ** 1.2 * [1.15, 1.0, 0.78]
        yield (warm.clip(0, 1) * 255).astype(np.uint8)


def fill_input(folder: Path) -> None:
    """Write what the example workflows name into an input folder."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "example.png"), astronaut()[..., ::-1])
    for number, photo in enumerate(finished_photos()):
        cv2.imwrite(str(folder / FOLDER / f"{number}.png"), photo[..., ::-1])
    (folder / NEW_FOLDER).mkdir(exist_ok=True)
    for name, width in {"Anna": 512, "Ben": 400, "Cleo": 300}.items():
        cv2.imwrite(str(folder / NEW_FOLDER / f"{name}.png"), astronaut()[:, :width, ::-1])
    _write_clip(folder / "clip.mp4")


def _write_clip(path: Path) -> None:
    import av  # one of ComfyUI's requirements

    with av.open(str(path), "w") as clip:
        stream = clip.add_stream("mpeg4", rate=12)
        stream.width = stream.height = 128
        stream.pix_fmt = "yuv420p"
        for number in range(6):
            frame = cv2.resize(astronaut()[:400, number * 8 : 400 + number * 8], (128, 128))
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")):
                clip.mux(packet)
        for packet in stream.encode():
            clip.mux(packet)
