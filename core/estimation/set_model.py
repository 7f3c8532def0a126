"""Inference of the set network in numpy: encode a style once, encode each content, generate the look.

A content is the photo that gets the look. A token is the Lab color of a pixel with its place and its share of each
region (`networks.token_layout`); facts are what closed forms say of two sets (`SetStatistics.facts`); the place vectors
tell how colors vary over the photo, from which the light is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from ..color.lab import lab_to_srgb, srgb_to_lab
from ..errors import AtelierError
from ..folders import weights_folder
from ..imaging.place_basis import NUM_LIGHT_MAPS, NUM_LIGHT_VALUES
from ..imaging.rendering.look import Look
from ..networks.token_layout import GROUND_PARTS, REGIONS
from .color_set import ColorSet, index_alone
from .ground_model import GroundModel, RegionSets, load_ground_model, photo_facts, silu
from .light_grid import grid_of_light, light_maps
from .set_readings import (
    ContentReading,
    Context,
    StyleReading,
    ground_inputs,
    mean_and_spread,
    region_sets,
    source_facts,
    style_facts,
)
from .set_statistics import (
    SetStatistics,
    channel_curves,
    curved,
    normalized_lab,
    style_tint,
    token_features,
    transports,
)
from .table import look_from_colors, node_colors

MODEL_FILE = "set.safetensors"
COLOR_SCALE = 10.0  # Lab units of the color decoder's residual
NUM_VARIATIONS = 4
_PHOTOS_AT_ONCE = 16

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Gate:
    """Whether a style treats subject and ground apart, and what their tables are made from.

    Attributes:
        share: () float32, of tables by region in the result.
        encoded: (96,) encoding of the ground network.
        sets: of the style and the content.
        alone: contexts of the subject alone, and of the ground.
    """

    share: np.ndarray
    encoded: np.ndarray
    sets: RegionSets
    alone: tuple[Context, ...]


@dataclass(frozen=True)
class SetModel:
    """A trained set network.

    Attributes:
        arrays: its weights by name, float32; a layer's `weight` is (out, in).
        hash: SHA-256 of its file.
        is_whole: it sees whole photos, and not their subject or their ground alone.
    """

    arrays: Arrays
    hash: str = ""
    is_whole: bool = True

    @cached_property
    def ground(self) -> GroundModel:
        """The network that finds tables of subject and of ground."""
        return load_ground_model()

    @cached_property
    def alone(self) -> tuple[SetModel, ...]:
        """The same network among people at large of whom it sees the subject alone, and the ground; or empty."""
        if not self.is_whole:
            return ()
        return tuple(SetModel(dict(self.arrays) | self.ground.alone(part), self.hash, False) for part in GROUND_PARTS)

    @cached_property
    def prior(self) -> SetStatistics:
        """The statistics of people at large."""
        part = {name: self.arrays[f"prior.{name}"][0].astype(np.float64) for name in ("all", "regions", "histograms")}
        return SetStatistics(part["all"], part["regions"], 0.0, np.zeros((36, 2, 4)), part["histograms"])

    @cached_property
    def typical(self) -> ContentReading:
        """The encoding of the mean portrait."""
        names = ("embedding", "all", "regions", "places", "histograms", "cells")
        part = {name: self.arrays[f"typical.{name}"] for name in names}
        chroma = float(self.arrays["typical.chroma"][0])
        moments, regions = part["all"].astype(np.float64), part["regions"].astype(np.float64)
        statistics = SetStatistics(moments, regions, chroma, part["places"], part["histograms"].astype(np.float64))
        alone = tuple(model.typical for model in self.alone)
        by_region = self.ground.typical if self.is_whole else np.zeros(0)
        return ContentReading(part["embedding"], statistics, part["cells"], by_region, alone)

    def embed(self, tokens: np.ndarray) -> np.ndarray:
        """Embed photos: (P, M, 12) to (P, 96)."""
        parts = [
            self._embed(tokens[start : start + _PHOTOS_AT_ONCE]) for start in range(0, len(tokens), _PHOTOS_AT_ONCE)
        ]
        return np.concatenate(parts)

    def read_style(self, photos: ColorSet, own: ColorSet | None = None) -> StyleReading:
        """Encode a style's photos, and the photographer's own untouched photos if given."""
        statistics = SetStatistics.of(photos.tokens, photos.weights)
        source = self.prior if own is None else SetStatistics.of(own.tokens, own.weights)
        embedded = self.embed(photos.tokens)
        share = photos.weights / photos.weights.sum()
        untouched = np.zeros(2 * embedded.shape[1], np.float32)
        if own is not None:
            untouched = np.concatenate(mean_and_spread(self.embed(own.tokens), own.weights / own.weights.sum()))
        pooled = np.concatenate([*mean_and_spread(embedded, share), untouched])
        facts = np.concatenate([style_facts(photos, statistics), source_facts(source, own)])
        tint = style_tint(photos.tokens, photos.weights)
        of_photos, by_region = self._by_region(photos, own) if self.is_whole else (np.zeros(0), np.zeros(0))
        alone = () if photos.regions is None else self._read_alone(photos, own)
        return StyleReading(
            embedded, photos.weights, pooled, statistics, source, facts, *tint, of_photos, by_region, alone
        )

    def _by_region(self, photos: ColorSet, own: ColorSet | None) -> tuple[np.ndarray, np.ndarray]:
        """Return what the ground network reads of a style: (13,) facts of the photos, and (256,) embeddings."""
        sets = [(None, None) if part is None else (part.tokens, part.weights) for part in (photos, own)]
        embeddings = np.concatenate([self.ground.embed_set(*part) for part in sets])
        return photo_facts(photos.tokens, photos.weights), embeddings

    def _read_alone(self, photos: ColorSet, own: ColorSet | None) -> tuple[StyleReading, ...]:
        """Encode a style's subjects alone, and its grounds."""
        return tuple(
            model.read_style(photos.alone(part), None if own is None else own.alone(part))
            for part, model in enumerate(self.alone)
        )

    def read_part(self, style: StyleReading, photos: ColorSet, index: np.ndarray) -> StyleReading:
        """Encode some of a style's photos for its color table, without embedding them again.

        Args:
            style: the encoding of all photos.
            photos: all photos.
            index: of those that are taken.
        """
        part = photos.part(index)
        statistics, embedded = SetStatistics.of(part.tokens, part.weights), style.photos[index]
        own = style.pooled[2 * embedded.shape[1] :]
        pooled = np.concatenate([*mean_and_spread(embedded, part.weights / part.weights.sum()), own])
        set_facts = style_facts(part, statistics)
        facts = np.concatenate([set_facts, style.facts[len(set_facts) :]])
        tint = style_tint(part.tokens, part.weights)
        is_monochrome, tint = (style.is_monochrome, style.tint) if style.is_monochrome else tint
        return replace(
            style,
            photos=embedded,
            weights=part.weights,
            pooled=pooled,
            statistics=statistics,
            facts=facts,
            is_monochrome=is_monochrome,
            tint=tint,
        )

    def read_content(self, tokens: np.ndarray, region_grid: np.ndarray) -> ContentReading:
        """Encode a photo to restyle: tokens (M, 12), and region_grid (16, 16, 2)."""
        statistics = SetStatistics.of(tokens[None], np.ones(1, np.float32))
        subject = tokens[:, REGIONS][:, 0]
        alone = tuple(
            model.read_content(np.take(tokens, index_alone(subject, part), 0), region_grid)
            for part, model in enumerate(self.alone)
        )
        by_region = self.ground.embed(tokens[None])[0] if self.is_whole else np.zeros(0)
        return ContentReading(self.embed(tokens[None])[0], statistics, region_grid, by_region, alone)

    def context(self, style: StyleReading, content: ContentReading) -> Context:
        """Compute the input of the decoders for a style and a content."""
        query, keys = self._layer("query", content.embedding), self._layer("key", style.photos)
        logits = keys @ query / np.sqrt(len(query)) + np.log(style.weights)
        attention = np.exp(logits - logits.max())
        attended = attention / attention.sum() @ style.photos
        vectors = [statistics.places_vector() for statistics in (style.statistics, content.statistics)]
        places = np.concatenate(vectors).astype(np.float32)
        place = silu(self._layer("place_in", places))
        facts = np.concatenate([style.facts, content.statistics.facts()])
        inputs = np.concatenate([style.pooled, attended, content.embedding, facts, place]).astype(np.float32)
        color = silu(self._layer("context_out", silu(self._layer("context_in", inputs))))
        sets = (style.statistics, style.source, content.statistics, self.prior)
        return Context(color, place, transports(*sets), channel_curves(*sets), style.is_monochrome, style.tint)

    def look(self, style: StyleReading, content: ContentReading, z: np.ndarray | None = None) -> Look:
        """Generate the look of a style for a content; z (4,) is noise, None for the most likely look."""
        context = self.context(style, content)
        mapped = self.transport_colors(context, node_lab(), z)
        table, grid = _table_of(mapped), self.light_grid(context, content)
        gate = self.gate(style, content, context)
        if gate is None or not gate.share:
            return Look(table, grid)
        parts = self.region_colors(gate, context, mapped)
        subject, ground = (table + gate.share * (_table_of(part) - table) for part in parts)
        return Look(subject, grid, ground=ground)

    def ground_share(self, style: StyleReading, content: ContentReading) -> float:
        """Return how surely a style treats subject and ground apart: 0, one table is used, to 1, two are."""
        gate = self.gate(style, content, self.context(style, content))
        return 0.0 if gate is None else float(gate.share)

    def gate(self, style: StyleReading, content: ContentReading, context: Context) -> Gate | None:
        """Judge whether a style treats subject and ground apart; None where its photos' regions are not known."""
        if not style.alone:
            return None
        sets = region_sets(style, content)
        parts = zip(self.alone, style.alone, content.alone, strict=True)
        alone = tuple(model.context(of_style, of_content) for model, of_style, of_content in parts)
        means = sets.means.astype(np.float32)
        facts = sets.facts(self.transport_colors(context, means), self._colors_alone(alone, means))
        encoded = self.ground.encode(ground_inputs(style, context), facts)
        share = np.where(sets.is_known, self.ground.share(encoded), 0.0).astype(np.float32)
        return Gate(share, encoded, sets, alone)

    def region_colors(self, gate: Gate, context: Context, mapped: np.ndarray) -> np.ndarray:
        """Map the colors of a table for subject and ground: (2, 17^3, 3) Lab.

        Args:
            gate: of the style and the content.
            context: of both.
            mapped: (17^3, 3) Lab of the same colors, as `transport_colors` maps them.
        """
        alone = self._colors_alone(gate.alone, node_lab())
        found = self.ground.colors(gate.encoded, gate.sets, node_lab(), mapped, alone)
        return np.stack([_apply_tint(part, context.tint) for part in found]) if context.is_monochrome else found

    def _colors_alone(self, contexts: tuple[Context, ...], colors: np.ndarray) -> np.ndarray:
        """Map Lab colors (Q, 3) as if there was nothing but the subject, and nothing but the ground: (Q, 2, 3)."""
        return np.stack([self.transport_colors(context, colors) for context in contexts], 1)

    def light_grid(self, context: Context, content: ContentReading) -> np.ndarray:
        """Return the grid of a look: (16, 16, 8, 3, 4) float32."""
        values = light_maps(content.region_grid) @ self.light(context)  # (16, 16, 5)
        return grid_of_light(values.astype(np.float32))

    def transport_colors(self, context: Context, colors: np.ndarray, z: np.ndarray | None = None) -> np.ndarray:
        """Map Lab colors (Q, 3) to the style."""
        maps = context.maps.astype(np.float32)
        flat = maps.reshape(-1, 4)  # (K * 3, 4)
        linear = (colors @ flat[:, :3].T + flat[:, 3]).reshape(len(colors), -1, 3)  # (Q, K, 3)
        curve_mapped = srgb_to_lab(curved(context.curves, lab_to_srgb(colors)))
        mapped = np.concatenate([linear, curve_mapped.astype(np.float32)], 1)
        x = normalized_lab(colors)
        quadratic_terms = np.stack([x[:, 0] ** 2, x[:, 1] * x[:, 2], (x[:, 1:] ** 2).sum(1)], 1).clip(-4, 4)
        inputs = np.concatenate([x, quadratic_terms, normalized_lab(mapped).reshape(len(x), -1).clip(-5, 5)], 1)
        y = silu(self._layer("color_in", inputs))
        for layer in range(2):
            # FiLM: the context scales and shifts the units of each layer (Perez et al. 2018).
            gain, shift = np.split(self._layer(f"color_films.{layer}", context.color), 2)
            y = y + silu(self._layer(f"color_layers.{layer}", y) * (1 + gain) + shift)
        mixture_weights = _softmax(self._layer("shares", context.color))
        found = np.tensordot(mapped, mixture_weights, ((1,), (0,))) + COLOR_SCALE * self._layer("color_out", y)
        if z is not None:
            scales = softplus(self._layer("variation_size", context.color)) * z
            directions = self._layer("variation_out", y).reshape(-1, NUM_VARIATIONS, 3)
            found = found + COLOR_SCALE * np.tensordot(directions, scales, ((1,), (0,)))
        return _apply_tint(found, context.tint) if context.is_monochrome else found

    def light(self, context: Context) -> np.ndarray:
        """Return the coefficients (16 maps, 5 values) of the light maps."""
        hidden = silu(self._layer("place_hidden", np.concatenate([context.color, context.place])))
        return self._layer("place_out", hidden).reshape(NUM_LIGHT_MAPS, NUM_LIGHT_VALUES)

    def expected_error(self, context: Context) -> float:
        """Return the expected distance of the look from the photographer's, in Delta E."""
        return float(softplus(self._layer("error", context.color))[0])

    def _embed(self, tokens: np.ndarray) -> np.ndarray:
        features, regions = token_features(tokens)
        y = silu(self._layer("photo.first", features))
        y = silu(self._layer("photo.second", y)) + y
        mean = y.mean(1)
        spread = np.sqrt(((y - mean[:, None]) ** 2).mean(1) + 1e-4)
        shares = regions / (regions.sum(1, keepdims=True) + 0.02 * regions.shape[1])
        by_region = (shares.swapaxes(1, 2) @ y).reshape(len(y), -1)
        pooled = np.concatenate([mean, spread, by_region], 1)
        return self._layer("photo.last", silu(self._layer("photo.pooled", pooled)))

    def _layer(self, name: str, values: np.ndarray) -> np.ndarray:
        return values @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"]


def variation_noise(seed: int) -> np.ndarray | None:
    """Return z of a variation: None for 0; 1 to 8 are both directions of each axis, other seeds are random."""
    if seed == 0:
        return None
    if seed <= 2 * NUM_VARIATIONS:
        axis, backwards = divmod(seed - 1, 2)
        return np.eye(NUM_VARIATIONS, dtype=np.float32)[axis] * (-1 if backwards else 1)
    drawn = np.random.Generator(np.random.PCG64(seed)).normal(size=NUM_VARIATIONS)
    return (drawn / np.sqrt(NUM_VARIATIONS)).astype(np.float32)


@cache
def load_set_model() -> SetModel:
    """Load the set network in the package.

    Raises:
        AtelierError: its file is missing or damaged.
    """
    return read_set_model(weights_folder() / MODEL_FILE)


def read_set_model(path: Path) -> SetModel:
    """Read a set network.

    Raises:
        AtelierError: its file is missing or damaged.
    """
    try:
        payload = path.read_bytes()
        arrays = {name: value.astype(np.float32) for name, value in load(payload).items()}
    except (OSError, SafetensorError, ValueError) as error:
        raise AtelierError(
            "{path}: the set network cannot be read ({cause}); reinstall portrait-atelier", path=path, cause=error
        ) from error
    return SetModel(arrays, hashlib.sha256(payload).hexdigest())


def softplus(x: np.ndarray) -> np.ndarray:
    """log(1 + exp(x))."""
    return np.logaddexp(0, x)


def _softmax(x: np.ndarray) -> np.ndarray:
    exponentials = np.exp(x - x.max())
    return exponentials / exponentials.sum()


def _apply_tint(lab: np.ndarray, tint: np.ndarray) -> np.ndarray:
    tone = lab[:, :1] / 50 - 1
    return np.concatenate([lab[:, :1], np.concatenate([np.ones_like(tone), tone, tone**2], 1) @ tint], 1)


def _table_of(lab: np.ndarray) -> np.ndarray:
    """(17^3, 3) Lab at the entries to a table."""
    return look_from_colors(lab_to_srgb(lab).reshape(node_colors().shape).clip(0, 1)).table


@cache
def node_lab() -> np.ndarray:
    """Return (17^3, 3) float32 Lab of the entries to a table."""
    return srgb_to_lab(node_colors().reshape(-1, 3))
