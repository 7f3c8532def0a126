"""Load Photos From Folder: a folder of portraits as a list, in parts that fit into memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import comfy.model_management
import numpy as np
import torch
from comfy_api.latest import io, ui
from torch import Tensor

from ..core.errors import LearningError, PhotoError
from ..core.imaging.color_management import as_float, to_srgb
from ..core.imaging.files.reading import read_photo
from ..core.imaging.photo import Photo
from ..core.languages import translate
from .folders import NO_FOLDER, input_folder, input_folders
from .photos import find_photos, folder_state, folders_there
from .running import counter, plain_tensors, show_text
from .saving import shown_path
from .sockets import schema

_PHOTOS_PER_RUN, _MOST_PER_RUN, _MOST_PARTS = 20, 1000, 1 << 20
_SPARE = 1 << 30  # bytes of memory that stay free for what is done to the photos
_TELL = 4  # photos that could not be read, shown on the node


class LoadPhotos(io.ComfyNode):
    """A folder to a list of images and one of names."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierLoadPhotos",
            "Load Photos From Folder",
            description="Loads the photos of a folder as a list, each at its own size, upright and in its own colors, "
            "to give all of them a style. Large folders are loaded in parts, so that memory suffices.",
            search_aliases=["load images", "image folder", "directory", "batch", "several photos", "image list"],
            inputs=[
                io.Combo.Input(
                    "folder",
                    options=input_folders(),
                    default=NO_FOLDER,
                    tooltip="A folder of photos below ComfyUI's input folder, its sub-folders with it. Upload photos "
                    "makes one. Press R to see new ones.",
                ),
                io.Int.Input(
                    "part",
                    default=1,
                    min=1,
                    max=_MOST_PARTS,
                    control_after_generate=True,
                    tooltip="Which part of a large folder: 1 is the first. For all parts: set control after generate "
                    "to increment, and queue as many runs as there are parts; the node says how many.",
                ),
                io.Int.Input(
                    "photos_per_run",
                    default=_PHOTOS_PER_RUN,
                    min=1,
                    max=_MOST_PER_RUN,
                    tooltip="Photos in a part, which are in memory together.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", is_output_list=True, tooltip="The photos, one by one."),
                io.String.Output(
                    display_name="name",
                    is_output_list=True,
                    tooltip="Folder and name of each photo: connect it to filename_prefix of Save Image, and results "
                    "are called as their photos are.",
                ),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def validate_inputs(cls, folder: Any) -> bool | str:
        """Name the folder that is to be made or chosen."""
        return folders_there(folder) if folder != NO_FOLDER else translate(_no_folder(), "en")

    @classmethod
    def fingerprint_inputs(cls, folder: str, **_: Any) -> str:
        """Return a text that changes with the photos of the folder."""
        return folder_state(folder)

    @classmethod
    def execute(cls, folder: str, part: int, photos_per_run: int) -> io.NodeOutput:
        """Load one part of the folder; leave out what cannot be read, and say so."""
        root = input_folder(folder)
        if root is None:
            raise _no_folder()
        paths = find_photos(root)
        chosen = _part_of(root, paths, part, photos_per_run)
        images, names, problems = list[Tensor](), list[str](), list[PhotoError]()
        count = counter(len(chosen))
        with plain_tensors():
            for number, path in enumerate(chosen):
                count(number, len(chosen))
                try:
                    image = _image_of(read_photo(path))
                except PhotoError as error:
                    problems.append(error)
                    continue
                images.append(image)
                names.append((Path(root.name) / path.relative_to(root)).with_suffix("").as_posix())
                _require_memory(images, len(chosen))
            count(len(chosen), len(chosen))
        if not images:
            raise problems[0]
        text = "\n".join([_told(len(paths), part, photos_per_run), *_problems_told(problems)])
        show_text(cls, text)
        return io.NodeOutput(images, names, ui=ui.PreviewText(text))


def _no_folder() -> LearningError:
    return LearningError("choose a folder of photos below ComfyUI's input folder, or upload photos into a new one")


def _part_of(root: Path, paths: list[Path], part: int, size: int) -> list[Path]:
    """Return the photos of a part, numbered from 1.

    Raises:
        PhotoError: the folder has no photos, or not that many parts.
    """
    if not paths:
        raise PhotoError("{folder}: no photos in it (JPEG, PNG, TIFF, WebP, at any depth)", folder=shown_path(root))
    chosen = paths[(part - 1) * size : part * size]
    if not chosen:
        raise PhotoError(
            "{folder}: has no part {part}; its last part is {last}",
            folder=shown_path(root),
            part=part,
            last=-(-len(paths) // size),
        )
    return chosen


def _image_of(photo: Photo) -> Tensor:
    """(1, H, W, 3) float32 in [0, 1], sRGB; (1, H, W, 4) of a photo with alpha."""
    pixels = to_srgb(photo.pixels, photo.profile)
    if photo.alpha is not None:
        pixels = np.concatenate([pixels, as_float(photo.alpha)[..., None]], axis=-1)
    image = torch.from_numpy(np.ascontiguousarray(pixels))[None].clamp_(0, 1)
    return image.to(comfy.model_management.intermediate_device())


def _require_memory(images: list[Tensor], num_chosen: int) -> None:
    """Stop before memory is full: what is loaded needs as much again for its results.

    Raises:
        PhotoError: the part is too large; the text names a size that fits.
    """
    loaded = sum(image.nbytes for image in images)
    free = comfy.model_management.get_free_memory(torch.device("cpu"))
    if len(images) < num_chosen and free < loaded + loaded // len(images) + _SPARE:
        raise PhotoError(
            "{count} of these photos fill the memory of this computer; set photos_per_run to {fits}",
            count=len(images),
            fits=max(1, len(images) // 2),
        )


def _told(num_photos: int, part: int, size: int) -> str:
    first, last = (part - 1) * size + 1, min(part * size, num_photos)
    if num_photos <= size:
        return f"{num_photos} photo{'s' if num_photos != 1 else ''}"
    return f"part {part} of {-(-num_photos // size)}: photos {first} to {last} of {num_photos}"


def _problems_told(problems: list[PhotoError]) -> list[str]:
    more = [f"and {len(problems) - _TELL} more"] if len(problems) > _TELL else []
    return [*(f"left out: {translate(error, 'en')}" for error in problems[:_TELL]), *more]
