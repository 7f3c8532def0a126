"""Pictures of docs/method.md about looks and closed forms: a look's parts, strength, colors, light, drawn portraits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.imaging.look import GRID_SIZE, Look
from portrait_atelier.core.imaging.look_tensors import apply_look, tensors_of
from portrait_atelier.core.imaging.proxy import Proxy, proxy_of
from portrait_atelier.core.imaging.restyle import restyle_photo
from portrait_atelier.core.learning.random_light import light_stops, relight
from portrait_atelier.core.styles.adapted_look import gather_evidence
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.library import find_style, list_styles
from portrait_atelier.core.styles.light_estimate import estimate_stops
from portrait_atelier.core.styles.local_light import Light
from portrait_atelier.core.styles.places import PlaceEvidence, mean_places
from portrait_atelier.core.styles.population import Population, measure_population
from portrait_atelier.core.styles.portraits import SIDE, load_portraits
from portrait_atelier.core.styles.prior import load_prior
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import load_style
from portrait_atelier.core.styles.transport import closed_form_look, map_of_evidence
from skimage.color import deltaE_ciede2000

from .method_drawing import (
    Captioned,
    color_cloud,
    enlarged,
    mosaic,
    pixels_of,
    sheet_of,
    stops_picture,
    tensor_of,
    to_bytes,
)
from .report import table_text

_LIT, _COLORED, _SLID, _ADAPTED = "northern-window", "faded-print", "cool-cinema", "documentary-1936"
_TRUE_LIGHT = (Light("surround", -1.0, (0.5, 0.48), (0.7, 0.7), softness=0.8), Light("side", 0.5, angle=180))
_COUNTS = (1, 5, 25)
_SEED, _NUM_DRAWINGS = 1, 10
_CELL = 220  # pixels of a picture on a sheet


def parts_of_look() -> np.ndarray:
    """A ready look taken apart, on a portrait and on a chart of colors."""
    look = _look_of(_LIT)
    table, light = Look(look.table, np.zeros_like(look.grid)), Look(np.zeros_like(look.table), look.grid)
    photo, chart, card = astronaut(), _chart(), np.full((_CELL, _CELL, 3), 128, np.uint8)
    pictures: list[Captioned] = [("before", photo.pixels)]
    named = (("color table alone", table), ("light alone", light), (f"both: {_LIT}", look))
    pictures += [(name, restyle_photo(photo, part).pixels) for name, part in named]
    pictures += [("hues across, tones down", chart)]
    pictures += [
        ("the table moves each color", _through(table, chart)),
        ("the light on an even gray card", _through(light, card)),
        ("both on the chart", _through(look, chart)),
    ]
    return sheet_of(pictures, 4, _CELL)


def strength_and_variation() -> np.ndarray:
    """One style at several strengths, and other prints of it."""
    pictures = []
    for strength in (0.0, 0.5, 1.0, 1.5):
        made = apply_style(astronaut(), _ready(_SLID), Controls(strength=strength))
        pictures.append((f"{_SLID}, strength {strength:g}", made.pixels))
    for seed in range(4):
        made = apply_style(astronaut(), _ready(_ADAPTED), Controls(variation=seed))
        pictures.append((f"{_ADAPTED}, variation {seed}", made.pixels))
    return sheet_of(pictures, 4, _CELL)


def closed_form() -> np.ndarray:
    """A known look, learnt from 25 portraits that nobody sat for, beside the truth; prints how near each look comes."""
    before, rows = astronaut().pixels, []
    for name in _looks():
        true, (_, learnt) = _restyled(_true_look(name)), _learnt(name)
        rows.append((name, *(f"{_apart(pixels, true):.1f}" for pixels in (before, learnt))))
    print(table_text(("look", "untouched", "learnt from 25"), rows))
    prior, true, (style, learnt) = load_prior(), _restyled(_true_look(_COLORED)), _learnt(_COLORED)
    evidence = gather_evidence(style, Content.of([proxy_of(astronaut())]))
    clouds = [color_cloud(lab) for lab in (prior.lab, style.lab, _shown(map_of_evidence(evidence))(prior.lab))]
    words = ("neutral portraits' colors", "25 finished photos' colors", "neutral colors, carried over")
    shown = [
        (f"before: {_apart(before, true):.1f}", before),
        (f"learnt: {_apart(learnt, true):.1f}", learnt),
        ("the true look: 0", true),
    ]
    return sheet_of([*zip(words, clouds, strict=True), *shown], 3, 260)


def _learnt(name: str) -> tuple[Population, np.ndarray]:
    """25 drawn portraits in a look, and the astronaut in the look learnt from them."""
    style = _population([_through(_true_look(name), to_bytes(portrait)) for portrait in _drawn(25)])
    content = Content.of([proxy_of(astronaut())]).population
    return style, _restyled(closed_form_look(style, load_prior(), content))


def light_by_place() -> np.ndarray:
    """A vignette and light from the left, found again in portraits that nobody sat for; prints how well."""
    means, fields, rows = [], [], []
    true = _centered(light_stops(_TRUE_LIGHT, GRID_SIZE))
    for count in _COUNTS:
        found = [_estimated(count, seed, _TRUE_LIGHT) for seed in range(_NUM_DRAWINGS)]
        dark = [_estimated(count, seed, ()) for seed in range(_NUM_DRAWINGS)]
        alike = np.mean([np.corrcoef(field.ravel(), true.ravel())[0, 1] for _, field in found])
        share = np.mean([(field * true).sum() / (true * true).sum() for _, field in found])
        invented = np.mean([np.sqrt((field**2).mean()) for _, field in dark])
        rows.append((str(count), f"{alike:.2f}", f"{share:.2f}", f"{invented:.2f}"))
        words = f"{count} photo{'s' * (count > 1)}"
        means.append((f"mean of {words}", to_bytes(found[_SEED][0])))
        fields.append((f"light found in {words}", stops_picture(found[_SEED][1])))
    print(f"the light has {np.sqrt((true**2).mean()):.2f} stops (root mean square)")
    print(table_text(("photos", "correlation with the light", "share of it found", "stops where none was"), rows))
    neutral = ("the mean neutral portrait", to_bytes(mean_places([load_portraits().mean_of()])))
    return sheet_of([*means, neutral, *fields, ("the light that was given", stops_picture(true))], 4, _CELL)


def _estimated(count: int, seed: int, lights: tuple[Light, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of so many finished portraits, (16, 16, 3), and the stops found in them, (16, 16)."""
    *portraits, untouched = _drawn(max(_COUNTS) + 1, seed)
    look, stops = _true_look(_COLORED), light_stops(lights, SIDE)
    graded = [_through(look, to_bytes(portrait)) for portrait in portraits[:count]]
    seen = [relight(pixels.astype(np.float32) / 255, stops).astype(np.float32) for pixels in graded]
    population = measure_population([Proxy.opaque(pixels) for pixels in seen])
    evidence = gather_evidence(population, Content.of([Proxy.opaque(untouched)]))
    places = PlaceEvidence(evidence, mean_places(seen), [untouched])
    return places.style, estimate_stops(places, map_of_evidence(evidence))


def drawn_portraits() -> np.ndarray:
    """Sixteen portraits drawn from the statistics that ship."""
    return mosaic([enlarged(to_bytes(portrait), 116) for portrait in _drawn(16)], 8, gap=6)


def pixel_styles() -> np.ndarray:
    """A photo and two pixel styles, close by."""
    photo, rows, columns = astronaut(), slice(20, 280), slice(100, 360)
    pictures = [("before", photo.pixels[rows, columns])]
    for name, strength in (("red-chalk", 1.0), ("copper-engraving", 1.0), ("copper-engraving", 0.5)):
        painted = apply_style(photo, _ready(name), Controls(strength=strength)).pixels[rows, columns]
        pictures.append((name if strength == 1 else f"{name}, strength {strength:g}", painted))
    return sheet_of(pictures, 4, _CELL)


def _ready(name: str) -> Style:
    return load_style(find_style(name).path)


def _look_of(name: str) -> Look:
    look = _ready(name).look
    assert look is not None
    return look


def _through(look: Look, pixels: np.ndarray) -> np.ndarray:
    return pixels_of(apply_look(tensor_of(pixels), *tensors_of(look)))


def _looks() -> list[str]:
    """The ready styles that are designed looks."""
    entries = [entry for entry in list_styles() if entry.origin == "bundled"]
    return [entry.path.stem for entry in entries if load_style(entry.path).look is not None]


def _true_look(name: str) -> Look:
    """The color table of a designed look, without its light."""
    return Look(_look_of(name).table, Look.identity().grid)


def _restyled(look: Look) -> np.ndarray:
    return restyle_photo(astronaut(), look).pixels


def _population(photos: list[np.ndarray]) -> Population:
    return measure_population([Proxy.opaque(pixels.astype(np.float32) / 255) for pixels in photos])


def _chart() -> np.ndarray:
    """(220, 220, 3) uint8: hues across, from light to dark down, one chroma."""
    turn, tone = np.meshgrid(np.linspace(0, 2 * np.pi, _CELL), np.linspace(95, 15, _CELL))
    lab = np.stack([tone, 30 * np.cos(turn), 30 * np.sin(turn)], -1).astype(np.float32)
    return to_bytes(lab_to_srgb(lab))


def _drawn(count: int, seed: int = _SEED) -> list[np.ndarray]:
    return list(load_portraits().draw(np.random.Generator(np.random.PCG64(seed)), count))


def _centered(stops: np.ndarray) -> np.ndarray:
    return stops - stops.mean()


def _shown(carried: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """A map of Lab colors, and what of its result a screen can show."""
    return lambda lab: srgb_to_lab(np.clip(lab_to_srgb(carried(lab)), 0, 1).astype(np.float32))


def _apart(found: np.ndarray, true: np.ndarray) -> float:
    first, second = (srgb_to_lab(pixels) for pixels in (found, true))
    return float(deltaE_ciede2000(first, second).mean())
