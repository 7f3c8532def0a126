"""docs/method.md says what is there: functions, pictures, links, sizes."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest
from portrait_atelier.core.estimation.color_set import COLOR_BUDGET, MAX_COLORS
from portrait_atelier.core.imaging.place_basis import NUM_LIGHT_MAPS
from portrait_atelier.core.networks.features import load_features
from portrait_atelier.core.networks.pixel_generator import PixelGenerator
from portrait_atelier.core.networks.region_net import RegionNet, num_parameters
from portrait_atelier.core.networks.set_discriminator import SetDiscriminator
from portrait_atelier.core.networks.set_network import CONTEXT_SIZE, EMBEDDING_SIZE, SetNetwork
from portrait_atelier.core.networks.token_layout import NUM_FACTS

ROOT = Path(__file__).resolve().parent.parent
DOC = ROOT / "docs" / "method.md"
TEXT = DOC.read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`([a-z_]+\.[A-Za-z_]+(?:\.[a-z_]+)?)`", TEXT)))
PICTURES = sorted((ROOT / "docs" / "images").glob("method-*.jpg"))
MOST_BYTES, MOST_BYTES_OF_ALL = 150_000, 1_000_000


def _modules_called(stem: str) -> list[ModuleType]:
    found = sorted((ROOT / "core").rglob(f"{stem}.py"))
    paths = [path.relative_to(ROOT).with_suffix("").parts for path in found]
    return [importlib.import_module(f"portrait_atelier.{'.'.join(parts)}") for parts in paths]


def _has(owner: object, names: list[str]) -> bool:
    for name in names:
        if name.startswith("_") or not hasattr(owner, name):
            return False
        owner = getattr(owner, name)
    return True


def test_the_document_names_functions():
    assert len(NAMES) > 60


@pytest.mark.parametrize("name", NAMES)
def test_what_it_names_is_there(name: str):
    stem, *names = name.split(".")
    assert any(_has(module, names) for module in _modules_called(stem)), name


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", TEXT))))
def test_its_links_lead_somewhere(target: str):
    assert (DOC.parent / target).exists()


def test_its_own_headings_are_where_it_points():
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= headings


def test_every_picture_is_shown_and_small():
    assert {f"images/{path.name}" for path in PICTURES} == set(re.findall(r"\]\((images/[^)]+)\)", TEXT))
    sizes = [path.stat().st_size for path in PICTURES]
    assert max(sizes) < MOST_BYTES
    assert sum(sizes) < MOST_BYTES_OF_ALL


def test_sizes_are_those_of_the_networks():
    counted = (SetNetwork(), SetDiscriminator(), RegionNet(), load_features("compact"), PixelGenerator())
    for network in counted:
        assert f"{num_parameters(network):,}" in TEXT
    for size in (EMBEDDING_SIZE, CONTEXT_SIZE, NUM_FACTS):
        assert re.search(rf"\b{size} numbers", TEXT)
    assert f"{NUM_LIGHT_MAPS} smooth maps" in TEXT


def test_a_style_keeps_as_many_colors_as_it_says():
    assert f"{MAX_COLORS} of a photo and {COLOR_BUDGET:,} of all" in TEXT
