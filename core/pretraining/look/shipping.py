"""Conversion of a run's best network to the bundled file: half precision, and the mean portrait."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from ...estimation.color_set import ColorSet
from ...estimation.set_model import SetModel
from ...estimation.set_statistics import SetStatistics
from ...imaging.files.atomic import atomic_write
from ...imaging.rendering.look import GRID_SIZE
from ...learning.checkpoint import load_checkpoint
from .people import SIDE, People

_TYPICAL_COLORS = 512  # of each person


def ship(network: Path, output: Path) -> None:
    """Write the best network of a run in half precision.

    Args:
        network: best network of a run, with its prior and mean portrait.
        output: the file.

    Raises:
        AtelierError: the network cannot be read, or the file cannot be written.
    """
    tensors, facts = load_checkpoint(network)
    arrays = {}
    for name, tensor in tensors.items():
        exact = name.startswith(("prior.", "typical."))
        arrays[name] = np.ascontiguousarray(tensor.numpy().astype(np.float32 if exact else np.float16))
    kept = {"step": facts["step"], "scores": facts["scores"], "settings": facts["settings"]}
    with atomic_write(output, overwrite=True) as temporary:
        temporary.write_bytes(save(arrays, {"portrait_atelier_set": json.dumps(kept, sort_keys=True)}))


def typical_portrait(model: SetModel, people: People, part: int | None = None) -> dict[str, np.ndarray]:
    """Return the mean content of people at large, named as `SetModel.typical` reads it; kinds have equal weights.

    Args:
        model: encodes them.
        people: at large.
        part: 0 for their subject alone, 1 for their ground.
    """
    rng = np.random.default_rng(0)
    parts: list[dict[str, np.ndarray]] = []
    for members in people.kinds:
        colors = _colors(rng, people, members)
        tokens = (colors if part is None else colors.alone(part)).tokens
        statistics = SetStatistics.of(tokens, np.ones(len(tokens), np.float32))
        cells = people.regions[members, :, :, :2].numpy().mean(0) / 255  # (96, 96, 2)
        parts.append(
            {
                "embedding": model.embed(tokens).mean(0),
                "all": statistics.all,
                "regions": statistics.regions,
                "chroma": np.array([statistics.chroma]),
                "places": statistics.places,
                "histograms": statistics.histograms,
                "cells": cells.reshape(GRID_SIZE, SIDE // GRID_SIZE, GRID_SIZE, SIDE // GRID_SIZE, 2).mean((1, 3)),
            }
        )
    return {f"typical.{key}": np.mean([part[key] for part in parts], 0).astype(np.float32) for key in parts[0]}


def _colors(rng: np.random.Generator, people: People, members: np.ndarray) -> ColorSet:
    """Sample colors of untouched people."""
    places = rng.integers(0, SIDE, (len(members), _TYPICAL_COLORS, 2))
    rows, columns = places[..., 0], places[..., 1]
    pick = members[:, None]
    colors = people.pixels[pick, rows, columns].numpy()
    regions = people.regions[pick, rows, columns].numpy()
    at = ((places + 0.5) / SIDE * 255).astype(np.uint8)
    return ColorSet(colors, np.ones(len(members), np.float32), at, regions)
