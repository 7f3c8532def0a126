"""Made-up photos, masks and looks for the tests of look recovery."""

from pathlib import Path

import numpy as np
from PIL import Image
from portrait_atelier.benchmarks.recovery_settings import Settings, Source
from portrait_atelier.core.estimation.table import node_colors


def photo(seed: int, size: int = 48) -> np.ndarray:
    rng = np.random.default_rng(seed)
    base = rng.uniform(60, 190, 3) + rng.normal(0, 25, (size, size, 3))
    return np.clip(base, 0, 255).astype(np.uint8)


def make_folder(path: Path) -> Path:
    """Twelve photos with masks, twelve more as own content, and two looks, one in color."""
    for name in ("photos", "masks", "own"):
        (path / name).mkdir()
    mask = np.zeros((48, 48), np.uint8)
    mask[12:36, 12:36] = 255
    for index in range(12):
        Image.fromarray(photo(index)).save(path / "photos" / f"{index:02}.png")
        Image.fromarray(photo(100 + index)).save(path / "own" / f"{index:02}.png")
        Image.fromarray(mask).save(path / "masks" / f"{index:02}.png")
    tables = {"Film_A_1": node_colors() ** 0.8, "Film_B": np.repeat(node_colors().mean(-1, keepdims=True), 3, -1)}
    stored = {name: (table.transpose(2, 1, 0, 3) * 255 + 0.5).astype(np.uint8) for name, table in tables.items()}
    np.savez(path / "looks.npz", **stored)
    return path


def arguments_of(folder: Path, *more: str) -> list[str]:
    """What benchmarks of the shipped look are called with."""
    arguments = ["--looks", str(folder / "looks.npz"), "--photos", f"made={folder / 'photos'}", "--size", "48"]
    return [*arguments, "--masks", f"made={folder / 'masks'}", "--subjects", f"made={folder / 'masks'}", *more]


def settings_of(folder: Path) -> Settings:
    """The settings of the same."""
    source = Source("made", str(folder / "photos"), str(folder / "masks"), str(folder / "masks"))
    return Settings(str(folder / "looks.npz"), (source,), (), size=48)


def columns_of(table: str) -> dict[str, str]:
    """The first line of a table, by its headings."""
    head, _, line = (line.strip("|").split("|") for line in table.strip().splitlines()[:3])
    return {name.strip(): value.strip() for name, value in zip(head, line, strict=True)}
