"""Pictures of docs/method.md about losses and the game: what networks see, what terms notice, what weights do."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import torch
from portrait_atelier.core.learning.losses.adversarial import generator_loss
from portrait_atelier.core.learning.losses.perceptual import (
    GeneratorLosses,
    LossNormalizer,
    content_loss,
    instance_normalized,
    mean_gram,
    set_style_loss,
    total_loss,
    total_variation,
)
from portrait_atelier.core.learning.losses.settings import GanLoss, LossWeights
from portrait_atelier.core.networks.features import FeatureExtractor, load_features
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.style_file import load_style
from torch import Tensor, nn

from .method_drawing import Captioned, curves_picture, map_picture, pixels_of, sheet_of, tensor_of
from .report import table_text

_SIDE = 192  # pixels of what the networks are shown
_STEPS, _RATE = 120, 0.02
_FORMS: tuple[GanLoss, ...] = ("minimax", "non_saturating", "hinge", "least_squares")
_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2")
_SETTINGS = {  # lambda 1 to 3
    "all three": (1.0, 1.0, 0.05),
    "no content": (0.0, 1.0, 0.05),
    "no style": (1.0, 0.0, 0.05),
    "no total variation": (1.0, 1.0, 0.0),
    "20 times content": (20.0, 1.0, 0.05),
    "40 times total variation": (1.0, 1.0, 2.0),
}


def feature_maps() -> np.ndarray:
    """One map and the Gram matrix of each layer, of the photo and of its restyled copy."""
    before, after, layer_selection = _photo(), tensor_of(_restyled("silver-gelatin")), _features().layer_selection
    pair: list[Captioned] = [("before", pixels_of(before)), ("silver-gelatin", pixels_of(after))]
    rows = [[picture] for picture in (*pair, *pair)]
    with torch.no_grad():
        seen = [_features()(photo, _LAYERS) for photo in (before, after)]
    for layer in _LAYERS:
        spreads = torch.stack([part[layer][0].std((1, 2)) for part in seen])
        number = int((spreads.amin(0) if layer == layer_selection.content_layer else spreads[0]).argmax())
        maps = [part[layer][0, number].numpy() for part in seen]
        grams = [mean_gram(part.only([layer]))[layer].clamp(min=0).sqrt().numpy() for part in seen]
        kinds = ((maps, f"{layer}, map {number}"), (grams, f"{layer}, Gram"))
        for place, (values, words) in enumerate(kinds if layer in layer_selection.style_layers else kinds[:1]):
            low, high = min(part.min() for part in values), max(np.quantile(part, 0.995) for part in values)
            for offset, part in enumerate(values):
                rows[2 * place + offset].append((words, map_picture(part, float(low), float(high))))
    nothing = ("the content layer has none", np.full((8, 8, 3), 34, np.uint8))
    rows = [row + [nothing] * (len(_LAYERS) + 1 - len(row)) for row in rows]
    return sheet_of([picture for row in rows for picture in row], len(_LAYERS) + 1, 140)


def what_terms_notice() -> np.ndarray:
    """Changed copies of one photo; prints how far each term says they are from it."""
    photo, rows = _photo(), []
    for name, changed in _changes(photo):
        numbers = _noticed(photo, changed)
        rows.append((name, *(f"{number:.2f}" for number in numbers)))
    print(table_text(("change", "content, plain", "content, of shapes", "style", "total variation"), rows))
    pictures = [(name, pixels_of(changed)) for name, changed in _changes(photo)]
    return sheet_of(pictures, 4, 180)


def what_weights_do() -> np.ndarray:
    """The three terms on free pixels, with other lambdas: no network paints, each pixel may go where it likes."""
    style = tensor_of(_restyled("copper-engraving"))
    pictures = [("the photo: content and start", pixels_of(_photo())), ("the style", pixels_of(style))]
    for name, (content, smooth_style, tv) in _SETTINGS.items():
        weights = LossWeights(0.0, content, smooth_style, tv)
        pictures.append((name, pixels_of(_descended(_photo(), style, weights))))
    return sheet_of(pictures, 4, _SIDE)


def forms_of_the_game() -> np.ndarray:
    """How hard each form of the game pushes the generator, by what the discriminator thinks of a fake."""
    logits = torch.linspace(-6, 6, 241)
    curves = [(gan_loss.replace("_", " "), _push(logits, gan_loss)) for gan_loss in _FORMS]
    words = ("logit of a generated photo: - taken for generated, + taken for real", "size of the generator's gradient")
    return curves_picture(curves, (-6, 6), 3.0, words=words)


def _push(logits: Tensor, gan_loss: GanLoss) -> np.ndarray:
    logits = logits.clone().requires_grad_()
    torch.stack([generator_loss(logit, gan_loss) for logit in logits]).sum().backward()
    assert logits.grad is not None
    return logits.grad.abs().numpy()


@cache
def _features() -> FeatureExtractor:
    return load_features("compact")


def _photo() -> Tensor:
    """(1, 3, 192, 192) in [0, 1]: the astronaut's head and shoulders."""
    return tensor_of(cv2.resize(_cut(astronaut().pixels), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA))


def _cut(pixels: np.ndarray) -> np.ndarray:
    return pixels[:384, 32:416]


def _restyled(name: str) -> np.ndarray:
    pixels = apply_style(astronaut(), load_style(find_style(name).path)).pixels
    if name == "copper-engraving":  # at its own size, so that its lines are seen
        return np.ascontiguousarray(pixels[40 : 40 + _SIDE, 130 : 130 + _SIDE])
    return cv2.resize(_cut(pixels), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)


def _changes(photo: Tensor) -> list[tuple[str, Tensor]]:
    random, side = torch.Generator().manual_seed(0), _SIDE // 4
    tiles = photo.unfold(2, side, side).unfold(3, side, side).flatten(2, 3)  # (1, 3, 16, s, s)
    shuffled = tiles[:, :, torch.randperm(16, generator=random)].unflatten(2, (4, 4))
    return [
        ("the photo", photo),
        ("another look", tensor_of(_restyled("cool-cinema"))),
        ("black and white", tensor_of(_restyled("silver-gelatin"))),
        ("blurred", nn.functional.interpolate(nn.functional.avg_pool2d(photo, 4), (_SIDE, _SIDE), mode="bilinear")),
        ("noise", (photo + 0.08 * torch.randn(photo.shape, generator=random)).clamp(0, 1)),
        ("moved by 12 pixels", photo.roll(12, 3)),
        ("mirrored", photo.flip(3)),
        ("tiles shuffled", shuffled.permute(0, 1, 2, 4, 3, 5).reshape(photo.shape)),
    ]


@torch.no_grad()
def _noticed(photo: Tensor, changed: Tensor) -> tuple[float, float, float, float]:
    """Content as published over the photo's own square, content of shapes, style, and roughness over the photo's."""
    features = _features()
    own, other = (features(part) for part in (photo, changed))
    layer, layers = features.layer_selection.content_layer, features.layer_selection.style_layers
    plain = content_loss(own[layer], other[layer]) / content_loss(own[layer], torch.zeros_like(own[layer]))
    shapes = content_loss(instance_normalized(own[layer]), instance_normalized(other[layer]), reduction="mean")
    style = set_style_loss(mean_gram(own.only(layers)), mean_gram(other.only(layers)))
    return float(plain), float(shapes), float(style), float(total_variation(changed) / total_variation(photo))


def _descended(photo: Tensor, style: Tensor, weights: LossWeights) -> Tensor:
    """Adam on the pixels themselves, as Gatys et al. (2016) had it, from the photo with a little noise."""
    random = torch.Generator().manual_seed(0)
    pixels = nn.Parameter((photo + 0.02 * torch.randn(photo.shape, generator=random)).clamp(0, 1))
    optimizer = torch.optim.Adam([pixels], _RATE)
    features, scales = _features(), None
    layer, layers = features.layer_selection.content_layer, features.layer_selection.style_layers
    with torch.no_grad():
        kept, wanted = instance_normalized(features.content(photo)), mean_gram(features.style(style))
    for _ in range(_STEPS):
        seen = features(pixels)
        content = content_loss(kept, instance_normalized(seen[layer]), reduction="mean")
        apart = set_style_loss(wanted, mean_gram(seen.only(layers)))
        terms = GeneratorLosses(torch.zeros(()), content, apart, total_variation(pixels, reduction="mean"))
        scales = scales or LossNormalizer(1 / 0.25, 1 / float(apart.detach()), 1 / float(terms.tv.detach()))
        optimizer.zero_grad()
        total_loss(scales.scaled(terms), weights).backward()
        optimizer.step()
        with torch.no_grad():
            pixels.clamp_(0, 1)
    return pixels.detach()
