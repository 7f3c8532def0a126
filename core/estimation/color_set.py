"""Colors sampled from a set of photos, with position and region: all that a style stores of its photos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..color.lab import srgb_to_lab
from ..imaging.color_management import to_uint8
from ..imaging.proxy import Proxy, resize_to_square
from ..networks.regions import REGIONS, predict_regions
from ..networks.token_layout import ALONE_FLOOR, LAB, MAX_ALONE, NUM_TOKEN_VALUES, PLACE_KNOWN, REGIONS_KNOWN
from ..networks.token_layout import PLACE as PLACE_VALUES
from ..networks.token_layout import REGIONS as REGION_VALUES

SIDE = 96  # pixels: side of the square to which a photo is resized before sampling
MAX_PHOTOS = 512  # of a set; larger sets are thinned out evenly
MAX_COLORS = 512  # of a photo
COLOR_BUDGET = 9216  # of all photos together: 90 KB
_GOLDEN = np.array([0.7548776662466927, 0.5698402909980532])  # steps of the R2 sequence (Roberts 2018)


@dataclass(frozen=True)
class ColorSet:
    """Colors sampled evenly over the photos of a set.

    Attributes:
        colors: (P, M, 3) uint8, sRGB-encoded.
        weights: (P,) float32, positive: number of photos of the set that each kept one represents.
        places: (P, M, 2) uint8: y and x, 0 to 255 over the photo; None if unknown.
        regions: (P, M, 5) uint8: subject, face, skin, hair, cloth, 0 to 255; None if unknown.
    """

    colors: np.ndarray
    weights: np.ndarray
    places: np.ndarray | None = None
    regions: np.ndarray | None = None

    def __post_init__(self) -> None:
        shape = self.colors.shape
        if self.colors.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise ValueError(f"colors must be uint8 (P, M, 3), not empty, got {self.colors.dtype} {shape}")
        if self.weights.dtype != np.float32 or self.weights.shape != shape[:1]:
            raise ValueError(f"weights must be float32 {shape[:1]}, got {self.weights.dtype} {self.weights.shape}")
        if not (np.isfinite(self.weights).all() and (self.weights > 0).all()):
            raise ValueError("weights must be positive numbers")
        for name, count in (("places", 2), ("regions", len(REGIONS))):
            values = getattr(self, name)
            if values is not None and (values.dtype != np.uint8 or values.shape != (*shape[:2], count)):
                raise ValueError(f"{name} must be uint8 {(*shape[:2], count)}, got {values.dtype} {values.shape}")

    @property
    def num_photos(self) -> int:
        """The number of photos of the set before thinning."""
        return max(1, round(float(self.weights.sum(dtype=np.float64))))

    @cached_property
    def tokens(self) -> np.ndarray:
        """(P, M, 12) float32, as `networks.token_layout` lays them out."""
        found = np.zeros((*self.colors.shape[:2], NUM_TOKEN_VALUES), np.float32)
        found[..., LAB] = srgb_to_lab(self.colors)
        if self.places is not None:
            found[..., PLACE_VALUES] = self.places / np.float32(255)
            found[..., PLACE_KNOWN] = 1
        if self.regions is not None:
            found[..., REGION_VALUES] = self.regions / np.float32(255)
            found[..., REGIONS_KNOWN] = 1
        return found

    def part(self, photos: Sequence[int] | np.ndarray) -> ColorSet:
        """Return the photos at these indices."""
        index = np.asarray(photos)
        places = None if self.places is None else self.places[index]
        regions = None if self.regions is None else self.regions[index]
        return ColorSet(self.colors[index], self.weights[index], places, regions)

    def alone(self, part: int) -> ColorSet:
        """Return the colors of the subject (part 0) or of the ground (1) alone, if regions are known; else all."""
        if self.regions is None:
            return self
        rows = [index_alone(photo[:, 0] / np.float32(255), part) for photo in self.regions]
        arrays = {
            name: np.stack([photo[index] for photo, index in zip(values, rows, strict=True)])
            for name, values in (("colors", self.colors), ("places", self.places), ("regions", self.regions))
            if values is not None
        }
        return ColorSet(**arrays, weights=self.weights)

    @classmethod
    def joined(cls, parts: Sequence[ColorSet]) -> ColorSet:
        """Make one set of several with as many colors of each photo; places and regions must be known of all or none.

        Raises:
            ValueError: there are no sets, or they do not fit together.
        """
        joined: dict[str, np.ndarray] = {}
        for name in ("colors", "weights", "places", "regions"):
            values = [getattr(part, name) for part in parts]
            if any(value is not None for value in values):
                joined[name] = np.concatenate(values)
        return cls(**joined)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        found = {"colors": self.colors, "weights": self.weights, "places": self.places, "regions": self.regions}
        return {name: np.ascontiguousarray(value) for name, value in found.items() if value is not None}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> ColorSet:
        """Read what `tensors` returned, or the population of a style of version 0.3, without its regions.

        Raises:
            ValueError: an array is missing, unknown, or of another type or shape.
        """
        names = set(tensors)
        if not {"colors", "weights"} <= names <= {"colors", "weights", "places", "regions"}:
            raise ValueError(f"sampled colors have the arrays colors, weights, places and regions, got {sorted(names)}")
        colors = np.asarray(tensors["colors"])
        if colors.ndim == 4 and colors.shape[1] == 2 and names == {"colors", "weights"}:
            colors = np.ascontiguousarray(colors[:, 0])
        return cls(colors, np.asarray(tensors["weights"]), tensors.get("places"), tensors.get("regions"))


def index_alone(subject: np.ndarray, part: int) -> np.ndarray:
    """Return which colors of a photo show its subject (part 0) or its ground (1) alone.

    Args:
        subject: (M,) float32, how much each color is of the subject, in [0, 1].
        part: 0 or 1.

    Returns:
        (min(M, 256),) indices: drawn evenly, in order, by how much each is of the part.
    """
    count = min(len(subject), MAX_ALONE)
    weights = np.maximum(1 - 2 * subject if part else 2 * subject - 1, np.float32(0)) + np.float32(ALONE_FLOOR)
    running = weights.cumsum(0)
    at = ((np.arange(count, dtype=np.float32) + np.float32(0.5)) / np.float32(count)) * running[-1]
    return (running[:-1][None] <= at[:, None]).astype(np.int32).sum(1)


def sample_colors(proxies: Iterable[Proxy]) -> ColorSet:
    """Sample the colors of a set of photos, the same number of each.

    Takes one pass and holds the colors of at most 2 * MAX_PHOTOS photos, so `proxies` may be a generator.

    Args:
        proxies: the photos, at least one.

    Raises:
        ValueError: there are no photos.
    """
    kept: list[tuple[np.ndarray, ...]] = []
    stride, count = 1, 0
    for count, proxy in enumerate(proxies, 1):
        if (count - 1) % stride == 0:
            kept.append(sample_photo(proxy, MAX_COLORS))
        if len(kept) > 2 * MAX_PHOTOS:
            kept, stride = kept[::2], 2 * stride
    if not kept:
        raise ValueError("a set needs at least one photo")
    kept = kept if len(kept) <= MAX_PHOTOS else [kept[index * len(kept) // MAX_PHOTOS] for index in range(MAX_PHOTOS)]
    per_photo = min(MAX_COLORS, COLOR_BUDGET // len(kept))  # the first ones, since every prefix of the sequence is even
    colors, places, regions = (np.stack([part[i][:per_photo] for part in kept]) for i in range(3))
    return ColorSet(colors, np.full(len(kept), count / len(kept), np.float32), places, regions)


def sample_photo(proxy: Proxy, count: int, maps: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sample colors evenly over a photo, except for transparent pixels.

    Args:
        proxy: the photo.
        count: number of colors.
        maps: (5, S, S) regions of the photo; None to compute them.

    Returns:
        (count, 3), (count, 2) and (count, 5) uint8: colors, places, regions.
    """
    square = resize_to_square(proxy.pixels, SIDE)
    maps = predict_regions(proxy.pixels) if maps is None else maps
    regions = np.stack([resize_to_square(part, SIDE) for part in maps], -1)
    opacity = resize_to_square(proxy.weights, SIDE)
    places = _opaque_places(count, opacity)
    rows, columns = (places * SIDE).astype(int).T
    return to_uint8(square[rows, columns]), to_uint8(places), to_uint8(regions[rows, columns])


def _opaque_places(count: int, opacity: np.ndarray) -> np.ndarray:
    """(count, 2): even places without transparent ones."""
    share = float((opacity > 0.5).mean())
    if share < 0.01:
        return even_places(count)
    places = even_places(int(count / share * 1.5) + 64)
    rows, columns = (places * SIDE).astype(int).T
    opaque = places[opacity[rows, columns] > 0.5]
    return np.resize(opaque, (count, 2))


def even_places(count: int) -> np.ndarray:
    """Return y and x of the R2 sequence, (count, 2) in [0, 1): every part of it is spread evenly."""
    return (0.5 + np.arange(1, count + 1)[:, None] * _GOLDEN) % 1
