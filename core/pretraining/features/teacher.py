"""VGG-19-shaped networks, read from arrays, as teachers of distillation and for comparison."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import WeightsError
from ...networks.features import Features

_CONVOLUTION = re.compile(r"conv([1-9])_?(\d)\.(?:weight|bias)")
_LIFT = re.compile(r"conv([1-9])_?(\d)_aux\.(?:weight|bias)|eigenbasis_relu(\d)_(\d)")
_COLORS = re.compile(r"(?:conv0|preprocess)\.(?:weight|bias)")


class TeacherEncoder(nn.Module):
    """A frozen VGG-shaped encoder, optionally with linear lifts of its maps to the channels of VGG-19.

    Shape: (B, 3, H, W) sRGB-encoded in [0, 1] -> by layer (B, C, H', W'). Sides are at least 32.

    Args:
        arrays: OIHW convolutions `conv0` or `preprocess` (1x1, of colors), `conv11` or `conv1_1` and so on (3x3, padded
            by reflection, a ReLU after each, max pooling between blocks); lifts `conv11_aux` (1x1 and a ReLU) or
            `eigenbasis_relu1_1` (a matrix).

    Raises:
        ValueError: an array is unknown, or a convolution is missing.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        self.colors, self.layers, self.lifts = nn.Identity(), nn.Sequential(), nn.ModuleDict()
        for name, place in sorted(_places(arrays).items(), key=lambda item: item[1]):
            self._add(name, place, arrays)
        if not len(self.layers):
            raise ValueError("there is no convolution conv11 or conv1_1")
        self.requires_grad_(False)
        self.eval()

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The ReLUs, from fine to coarse."""
        return tuple(name for name, _ in self.layers.named_children() if name.startswith("relu"))

    def forward(self, photos: Tensor, layers: Iterable[str]) -> Features:
        """Compute the maps of some ReLUs for photos (B, 3, H, W) in [0, 1], lifted if there is a lift."""
        wanted, found = set(layers), Features()
        if not wanted <= set(self.layer_names):
            raise ValueError(f"layers must be of {', '.join(self.layer_names)}, got {', '.join(sorted(wanted))}")
        values = self.colors(photos)
        for name, layer in self.layers.named_children():
            values = layer(values)
            if name in wanted:
                found[name] = self.lifts[name](values) if name in self.lifts else values
        return found

    def _add(self, name: str, place: tuple[int, int, int], arrays: Mapping[str, np.ndarray]) -> None:
        block, number, is_lift = place
        layer = _convolution(name, arrays)
        if block == 0:
            self.colors = layer
        elif is_lift:
            self.lifts[f"relu{block}_{number}"] = layer if name.startswith("eigen") else nn.Sequential(layer, nn.ReLU())
        else:
            if block > 1 and number == 1:
                self.layers.add_module(f"pool{block - 1}", nn.MaxPool2d(2))
            self.layers.add_module(f"conv{block}_{number}", layer)
            self.layers.add_module(f"relu{block}_{number}", nn.ReLU())


def read_teacher(path: Path) -> TeacherEncoder:
    """Read a teacher from an npz of arrays, as `TeacherEncoder` takes them.

    Raises:
        WeightsError: the file is missing, or no such network.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return TeacherEncoder({name: arrays[name] for name in arrays.files})
    except Exception as error:  # zip, numpy and torch raise different types
        raise WeightsError(
            "{path}: is not a teacher ({cause}); give an npz of a VGG-shaped encoder", path=path, cause=error
        ) from error


def _places(arrays: Mapping[str, np.ndarray]) -> dict[str, tuple[int, int, int]]:
    """Return for each array's name (block, number, whether it is a lift), which is its order."""
    places = {}
    for key in arrays:
        name = key.rsplit(".", 1)[0]
        if match := _CONVOLUTION.fullmatch(key):
            places[name] = (int(match[1]), int(match[2]), 0)
        elif match := _LIFT.fullmatch(key):
            block, number = (int(digit) for digit in match.groups() if digit)
            places[name] = (block, number, 1)
        elif _COLORS.fullmatch(key):
            places[name] = (0, 0, 0)
        else:
            raise ValueError(f"{key} is not an array of a VGG-shaped encoder")
    return places


def _convolution(name: str, arrays: Mapping[str, np.ndarray]) -> nn.Conv2d:
    """Make a convolution from its arrays; a matrix is a 1x1 convolution without bias."""
    weight, bias = (arrays[name][..., None, None], None) if name in arrays else _weight_and_bias(name, arrays)
    size = weight.shape[-1]
    layer = nn.Conv2d(weight.shape[1], len(weight), size, padding=size // 2, padding_mode="reflect")
    layer.weight = nn.Parameter(torch.from_numpy(np.ascontiguousarray(weight, np.float32)))
    layer.bias = None if bias is None else nn.Parameter(torch.from_numpy(np.ascontiguousarray(bias, np.float32)))
    return layer


def _weight_and_bias(name: str, arrays: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    missing = [part for part in ("weight", "bias") if f"{name}.{part}" not in arrays]
    if missing:
        raise ValueError(f"{name}.{missing[0]} is missing")
    return arrays[f"{name}.weight"], arrays[f"{name}.bias"]
