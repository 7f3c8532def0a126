"""Frozen networks that describe photos: content by a middle layer, style by several (Gatys et al. 2016)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from ..errors import WeightsError
from ..folders import weights_folder
from .feature_layers import named_resnet_layers, named_vgg_layers, shape_of, vgg_shaped
from .pretrained import PRETRAINED, is_on_this_computer, read_pretrained

# The colors of ImageNet's photos, which all these networks expect to be subtracted and divided by.
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class LayerSelection:
    """Which layers of a network say what.

    Attributes:
        name: of the network.
        content_layer: a middle layer, which knows shapes and places.
        style_layers: from fine to coarse; their correlations know colors and textures, not places.
        smallest_side: pixels that a photo needs on each side.
    """

    name: str
    content_layer: str
    style_layers: tuple[str, ...]
    smallest_side: int


# The compact network knows relu5_1 too, but its correlations there are not its teacher's (benchmarks/README.md).
_VGG_STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
LAYER_SELECTIONS = {
    "vgg19": LayerSelection("vgg19", "relu4_2", _VGG_STYLE, 16),
    "vgg16": LayerSelection("vgg16", "relu4_2", _VGG_STYLE, 16),
    "resnet50": LayerSelection("resnet50", "layer3", ("relu", "layer1", "layer2", "layer3", "layer4"), 32),
    "compact": LayerSelection("compact", "relu4_2", _VGG_STYLE[:4], 32),
}


class Features(dict[str, Tensor]):
    """Feature maps by the name of their layer, from fine to coarse; each (B, C, H, W)."""

    def only(self, layers: Iterable[str]) -> Features:
        """Keep some layers, in the order given."""
        return Features((layer, self[layer]) for layer in layers)

    def detach(self) -> Features:
        """The same maps, through which no gradient flows."""
        return Features((layer, values.detach()) for layer, values in self.items())


class FeatureExtractor(nn.Module):
    """A frozen network over named layers; it normalizes colors itself.

    Its weights never learn and it stays in evaluation mode, while gradients flow through it to the photos.

    Shape: (B, 3, H, W) sRGB-encoded in [0, 1] -> for each layer asked for (B, C, H', W').

    Attributes:
        layer_selection: which layers are for content and for style.
    """

    def __init__(self, layers: nn.Sequential, layer_selection: LayerSelection) -> None:
        super().__init__()
        self.layers = layers
        self.layer_selection = layer_selection
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None], persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD)[:, None, None], persistent=False)
        self._check_layers({layer_selection.content_layer, *layer_selection.style_layers})
        _keep_every_layer_readable(layers)
        self.requires_grad_(False)
        self.eval()

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Every layer that can be asked for, from fine to coarse."""
        return tuple(name for name, _ in self.layers.named_children())

    def train(self, mode: bool = True) -> FeatureExtractor:
        """Stay in evaluation mode, whatever a module around this one is told."""
        super().train(False)
        return self

    def forward(self, photos: Tensor, layers: Iterable[str] | None = None) -> Features:
        """Describe photos.

        Args:
            photos: (B, 3, H, W) in [0, 1].
            layers: names; by default the plan's style layers and its content layer. Deeper ones are not computed.

        Raises:
            ValueError: photos is not (B, 3, H, W) or too small, or there is no such layer.
        """
        wanted = (
            {self.layer_selection.content_layer, *self.layer_selection.style_layers} if layers is None else set(layers)
        )
        self._check_layers(wanted)
        self._check_photos(photos)
        values, found = self.normalized(photos), Features()
        for name, layer in self.layers.named_children():
            if len(found) == len(wanted):
                break
            values = layer(values)
            if name in wanted:
                found[name] = values
        return found

    def normalized(self, photos: Tensor) -> Tensor:
        """What the first layer is given for photos in [0, 1]: shifted and scaled channel by channel."""
        return (photos - self.get_buffer("mean")) / self.get_buffer("spread")

    def content(self, photos: Tensor) -> Tensor:
        """The content layer's map of photos (B, 3, H, W) in [0, 1]: (B, C, H', W')."""
        return self(photos, [self.layer_selection.content_layer])[self.layer_selection.content_layer]

    def style(self, photos: Tensor) -> Features:
        """The style layers' maps of photos (B, 3, H, W) in [0, 1]."""
        return self(photos, self.layer_selection.style_layers)

    def _check_layers(self, wanted: set[str]) -> None:
        unknown = sorted(wanted - set(self.layer_names))
        if unknown:
            raise ValueError(
                f"{self.layer_selection.name} has no layer {unknown[0]!r}; layers are {', '.join(self.layer_names)}"
            )

    def _check_photos(self, photos: Tensor) -> None:
        least = self.layer_selection.smallest_side
        if photos.ndim != 4 or photos.shape[1] != 3 or min(photos.shape[2:]) < least:
            raise ValueError(f"photos must be (B, 3, H, W), {least} pixels or more a side, got {tuple(photos.shape)}")


def default_features(hub_folder: Path | None = None) -> str:
    """Name the network used when none is chosen: `vgg19` if its weights are on this computer, else `compact`."""
    return "vgg19" if is_on_this_computer(PRETRAINED["vgg19"], hub_folder) else "compact"


def load_features(
    name: str | None = None, *, allow_download: bool = False, hub_folder: Path | None = None
) -> FeatureExtractor:
    """Load a feature network.

    Args:
        name: `vgg19`, `vgg16`, `resnet50` or `compact`; None for the default.
        allow_download: the user agrees to the download of weights that are not on this computer.
        hub_folder: where torch keeps downloads; None for torch's own cache.

    Raises:
        ValueError: there is no network of that name.
        WeightsError: its weights are missing or damaged, or the download failed. The text names the cure.
    """
    name = name or default_features(hub_folder)
    if name not in LAYER_SELECTIONS:
        raise ValueError(f"features must be one of {', '.join(LAYER_SELECTIONS)}, got {name!r}")
    if name == "compact":
        return read_compact(weights_folder() / "compact.safetensors")
    file = PRETRAINED[name]
    return torchvision_features(name, read_pretrained(file, hub_folder, allow_download=allow_download))


def read_compact(path: Path) -> FeatureExtractor:
    """Read the bundled feature network, or another of its kind, from a safetensors file.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    try:
        weights = load(path.read_bytes())
        layers = vgg_shaped(*shape_of(weights))
        layers.load_state_dict(weights)
        return FeatureExtractor(layers, LAYER_SELECTIONS["compact"])
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        cause = " ".join(str(error).split())
        raise WeightsError(
            f"{path}: the feature network cannot be read ({cause}); reinstall portrait-atelier"
        ) from error


def torchvision_features(name: str, weights: dict[str, Tensor]) -> FeatureExtractor:
    """Put weights into torchvision's architecture of that name; layers that classify are left out.

    Args:
        name: `vgg19`, `vgg16` or `resnet50`.
        weights: named as torchvision names them.

    Raises:
        WeightsError: some are missing or of the wrong shape.
    """
    from torchvision import models

    with torch.device("meta"):  # no memory and no random numbers for what is replaced at once
        model = models.get_model(name, weights=None)
    described = {key: value for key, value in weights.items() if not key.startswith(("classifier.", "fc."))}
    try:
        model.load_state_dict(described, strict=False, assign=True)
    except RuntimeError as error:
        raise WeightsError(f"these are not the weights of {name} ({' '.join(str(error).split())})") from error
    layers = named_resnet_layers(model) if name == "resnet50" else named_vgg_layers(model.get_submodule("features"))
    missing = [key for key, value in layers.state_dict().items() if value.is_meta]
    if missing:
        raise WeightsError(f"these are not the weights of {name} ({missing[0]} is missing)")
    return FeatureExtractor(layers, LAYER_SELECTIONS[name])


def _keep_every_layer_readable(layers: nn.Module) -> None:
    """No layer may write over the output of the one before, which may have been asked for."""
    for module in layers.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
