"""Feature agreement: similarity of the features of a small network and its teacher, on held-out portraits.

    python -m benchmarks.feature_agreement TEACHER.npz --other OTHER.npz --learn TRAIN:300 --learn REAL:300 \
        --photos generated=TEST --photos real=REAL:-100 --looks LOOKS.npz

By layer, for the compact network, for one of the same architecture with random weights and for another teacher:

- R2 and correlation: of the teacher's maps, predicted from the network's by one linear map of channels at each
  position. The map is fitted to the photos of `--learn`.
- Rank correlations (Spearman 1904) of Gram distances with the teacher's. *Photos*: between untouched photos.
  *Looks*: between the looks of one photo, held-out film looks, mean over photos.
- Gradient: the cosine between the two networks' gradients of the style loss with regard to the colors of 16 x 16 cells
  of a photo, toward another photo in another look.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from portrait_atelier.core.learning.losses.perceptual import gram_matrix, style_loss
from portrait_atelier.core.networks.feature_layers import shape_of, vgg_shaped
from portrait_atelier.core.networks.features import LAYER_SELECTIONS, FeatureExtractor, Features, load_features
from portrait_atelier.core.photos.search import photos_of
from portrait_atelier.core.pretraining.features.photos import draw_batch, read_photos
from portrait_atelier.core.pretraining.features.streaming_least_squares import StreamingLeastSquares
from portrait_atelier.core.pretraining.features.teacher import read_teacher
from scipy.stats import spearmanr
from torch import Tensor
from torch.nn.functional import avg_pool2d, cosine_similarity

from .recovery_data import FilmLook, read_looks, split_looks

SIZE, CELL, BATCH = 128, 8, 8
NUM_FITTING, NUM_LOOKED_AT, NUM_PAIRS = 16, 8, 16  # batches; photos; pairs of photos
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")


class Network(Protocol):
    """Interface of the networks that are compared."""

    @property
    def layer_names(self) -> tuple[str, ...]:
        """All layer names."""
        ...

    def __call__(self, photos: Tensor, layers: Sequence[str]) -> Features:
        """Compute feature maps of photos (B, 3, H, W) in [0, 1]."""
        ...


@dataclass(frozen=True)
class Agreement:
    """The agreement of a layer of a network with the teacher, on one kind of photos."""

    kind: str
    network: str
    layer: str
    r2: float
    correlation: float
    photos: float
    looks: float
    gradient: float


def random_twin(network: FeatureExtractor) -> FeatureExtractor:
    """Return a network of the same architecture with random weights."""
    torch.manual_seed(0)
    return FeatureExtractor(vgg_shaped(*shape_of(network.layers.state_dict())), LAYER_SELECTIONS["compact"])


def fit_lifts(network: Network, teacher: Network, layers: Sequence[str], photos: list[np.ndarray]) -> dict:
    """Fit the linear maps from a network's channels to the teacher's, over crops under random looks."""
    rng, lifts = np.random.default_rng(0), {layer: StreamingLeastSquares() for layer in layers}
    with torch.no_grad():
        for _ in range(NUM_FITTING):
            batch = draw_batch(photos, SIZE, BATCH // 2, rng)
            seen, taught = network(batch, layers), teacher(batch, layers)
            for layer, lift in lifts.items():
                lift.add(seen[layer], taught[layer])
    return lifts


@torch.no_grad()
def map_agreement(network: Network, teacher: Network, lifts: dict, photos: Tensor) -> dict[str, tuple[float, float]]:
    """By layer: R2 over all channels, and the mean correlation of a channel, over the photos' places."""
    sums: dict[str, Tensor] = {}
    for batch in photos.split(BATCH):
        seen, taught = network(batch, list(lifts)), teacher(batch, list(lifts))
        for layer, lift in lifts.items():
            ours, theirs = (values.movedim(1, 0).flatten(1).double() for values in (lift(seen[layer]), taught[layer]))
            ones = torch.ones_like(ours)
            parts = [ones, ours, theirs, ours * ours, theirs * theirs, ours * theirs]
            total = torch.stack([part.sum(1) for part in parts])
            sums[layer] = sums.get(layer, torch.zeros_like(total)) + total
    return {layer: _r2_and_correlation(total) for layer, total in sums.items()}


def _r2_and_correlation(sums: Tensor) -> tuple[float, float]:
    count, ours, theirs, ours2, theirs2, both = sums
    missed = (ours2 + theirs2 - 2 * both).sum()
    spread2 = theirs2 - theirs**2 / count
    ours_spread2 = (ours2 - ours**2 / count).clamp(min=0)
    shared = both - ours * theirs / count
    alive = (spread2 > 1e-6) & (ours_spread2 > 1e-6)
    correlation = (shared[alive] / (spread2[alive] * ours_spread2[alive]).sqrt()).mean()
    return float(1 - missed / spread2.sum()), float(correlation)


@torch.no_grad()
def gram_distance_table(network: Network, layers: Sequence[str], photos: Tensor) -> dict[str, np.ndarray]:
    """By layer the Frobenius distances of all pairs of photos' Gram matrices, each divided by its places."""
    grams: dict[str, list[Tensor]] = {layer: [] for layer in layers}
    for batch in photos.split(BATCH):
        for layer, maps in network(batch, layers).items():
            grams[layer].append((gram_matrix(maps) / maps[0, 0].numel()).flatten(1))
    return {layer: torch.pdist(torch.cat(parts)).numpy() for layer, parts in grams.items()}


def rank_agreement(
    network: Network, teacher: Network, layers: Sequence[str], sets: Sequence[Tensor]
) -> dict[str, float]:
    """By layer the Spearman correlation of Gram distances inside each set, mean over sets."""
    ranks: dict[str, list[float]] = {layer: [] for layer in layers}
    for photos in sets:
        ours, theirs = (gram_distance_table(each, layers, photos) for each in (network, teacher))
        for layer in layers:
            ranks[layer].append(float(spearmanr(ours[layer], theirs[layer]).statistic))
    return {layer: float(np.mean(values)) for layer, values in ranks.items()}


def gradient_agreement(
    network: Network, teacher: Network, layers: Sequence[str], pairs: Sequence[tuple[Tensor, Tensor]]
) -> dict[str, float]:
    """By layer the mean cosine of both networks' style gradients; pairs are of photo and style, (1, 3, H, W) each."""
    cosines: dict[str, list[float]] = {layer: [] for layer in layers}
    for photo, style in pairs:
        ours, theirs = (_cell_gradients(each, layers, photo, style) for each in (network, teacher))
        for layer in layers:
            cosines[layer].append(float(cosine_similarity(ours[layer], theirs[layer], dim=0)))
    return {layer: float(np.mean(values)) for layer, values in cosines.items()}


def _cell_gradients(network: Network, layers: Sequence[str], photo: Tensor, style: Tensor) -> dict[str, Tensor]:
    photo = photo.clone().requires_grad_()
    with torch.no_grad():
        target = network(style, layers)
    seen, gradients = network(photo, layers), {}
    for layer in layers:
        loss = style_loss({layer: target[layer]}, {layer: seen[layer]})
        (gradient,) = torch.autograd.grad(loss, photo, retain_graph=True)
        gradients[layer] = avg_pool2d(gradient, CELL).flatten()
    return gradients


def squares(photos: list[np.ndarray]) -> Tensor:
    """The middle squares of photos, (B, 3, SIZE, SIZE) in [0, 1]."""
    cut = []
    for photo in photos:
        side = min(photo.shape[:2])
        top, left = ((length - side) // 2 for length in photo.shape[:2])
        square = photo[top : top + side, left : left + side]
        cut.append(cv2.resize(square, (SIZE, SIZE), interpolation=cv2.INTER_AREA))
    return torch.from_numpy(np.stack(cut)).permute(0, 3, 1, 2).float() / 255


def in_looks(photo: Tensor, looks: Sequence[FilmLook]) -> Tensor:
    """Return a photo (3, H, W) untouched and in each look: (1 + L, 3, H, W)."""
    pixels = photo.permute(1, 2, 0).numpy()
    changed = [torch.from_numpy(look(pixels)).permute(2, 0, 1).float() for look in looks]
    return torch.stack([photo, *changed]).clamp(0, 1)


def compare(
    networks: dict[str, Network],
    teacher: Network,
    learn: list[np.ndarray],
    kinds: dict[str, Tensor],
    looks: Sequence[FilmLook],
) -> Iterator[Agreement]:
    """Compare each network with the teacher on each kind of photos."""
    for name, network in networks.items():
        layers = [layer for layer in LAYERS if layer in network.layer_names and layer in teacher.layer_names]
        lifts = fit_lifts(network, teacher, layers, learn)
        for kind, photos in kinds.items():
            maps = map_agreement(network, teacher, lifts, photos)
            by_photo = rank_agreement(network, teacher, layers, [photos])
            sets = [in_looks(photo, looks) for photo in photos[:NUM_LOOKED_AT]]
            by_look = rank_agreement(network, teacher, layers, sets)
            gradients = gradient_agreement(network, teacher, layers, draw_pairs(photos, looks))
            for layer in layers:
                r2, correlation = maps[layer]
                yield Agreement(kind, name, layer, r2, correlation, by_photo[layer], by_look[layer], gradients[layer])


def draw_pairs(photos: Tensor, looks: Sequence[FilmLook]) -> list[tuple[Tensor, Tensor]]:
    """Photos and other people's photos in a look, (1, 3, H, W) each."""
    rng, pairs = np.random.default_rng(1), []
    for _ in range(NUM_PAIRS):
        photo, style = rng.choice(len(photos), 2, replace=False)
        look = looks[int(rng.integers(len(looks)))]
        pairs.append((photos[[photo]], in_looks(photos[style], [look])[1:]))
    return pairs


def markdown(rows: Sequence[Agreement]) -> str:
    """The table for the report."""
    head = "| photos | network | layer | R2 | correlation | Gram ranks, photos | Gram ranks, looks | gradient |\n"
    lines = [
        f"| {row.kind} | {row.network} | {row.layer} | {row.r2:.2f} | {row.correlation:.2f} | {row.photos:.2f} "
        f"| {row.looks:.2f} | {row.gradient:.2f} |"
        for row in sorted(rows, key=lambda row: row.kind)
    ]
    return head + "|---|---|---|---|---|---|---|---|\n" + "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    compact = load_features("compact")
    networks: dict[str, Network] = {"compact": compact, "random": random_twin(compact)}
    networks |= {Path(path).stem: read_teacher(Path(path)) for path in options.other}
    learn = read_photos([path for folder in options.learn for path in photos_of(folder)])
    kinds = {}
    for text in options.photos:
        kind, folder = text.split("=", 1)
        kinds[kind] = squares(read_photos(photos_of(folder)[: options.most]))
    looks = split_looks(read_looks(options.looks))[1]
    rows = []
    for row in compare(networks, read_teacher(options.teacher), learn, kinds, looks):
        rows.append(row)
        sys.stderr.write(json.dumps(asdict(row)) + "\n")
    print(markdown(rows))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare the compact feature network with its teacher.")
    parser.add_argument("teacher", type=Path, help="npz of a VGG-shaped encoder")
    parser.add_argument("--other", action="append", default=[], help="another teacher, compared in the same way")
    parser.add_argument("--learn", action="append", required=True, help="FOLDER[:N] of photos that lifts are fitted to")
    parser.add_argument("--photos", action="append", required=True, help="KIND=FOLDER[:N], photos to report")
    parser.add_argument("--looks", type=Path, required=True, help="npz of film looks")
    parser.add_argument("--most", type=int, default=100, help="photos of a kind")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
