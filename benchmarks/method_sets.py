"""Pictures of docs/method.md about the set network: regions, sampled colors, looks, variations, light, cases."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.color.lab_tensors import lab_to_srgb as tensor_to_srgb
from portrait_atelier.core.estimation.color_set import MAX_COLORS, ColorSet, sample_photo
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.estimation.light_grid import light_maps
from portrait_atelier.core.estimation.people import load_people
from portrait_atelier.core.estimation.set_model import load_set_model, variation_noise
from portrait_atelier.core.estimation.set_readings import Context
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.place_basis import tone_shares
from portrait_atelier.core.imaging.proxy import proxy_of, resize_to_square
from portrait_atelier.core.imaging.rendering.look import GRID_SIZE, Look
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.networks.regions import REGIONS, predict_regions
from portrait_atelier.core.networks.token_layout import LAB
from portrait_atelier.core.pretraining.look.cases import PICTURE_SIDE
from portrait_atelier.core.pretraining.look.random_light import LightNumbers
from portrait_atelier.core.styles.cover import astronaut
from skimage.color import deltaE_ciede2000
from torch import Tensor

from .method_drawing import Captioned, color_cloud, dots_picture, enlarged, mosaic, sheet_of, stops_picture, to_bytes
from .method_looks import ready_look, ready_looks
from .method_people import case_maker, finished, lab_of, light_at, no_light, vignette_and_side
from .report import table_text

_COLORED, _VARIED = "faded-print", "golden-hour"
_COUNTS = (1, 5, 25)
_SEED, _NUM_DRAWINGS = 1, 10
_CELL = 220  # pixels of a picture on a sheet
_SMALL = 160  # pixels of the astronaut whose distances are measured
_NUM_VARIATIONS = 8
_GROUPS = ("skin", "hair", "cloth", "backdrop")
_GROUP_COLORS = ((1.0, 0.72, 0.5), (0.45, 0.3, 0.75), (0.25, 0.6, 0.95), (0.35, 0.35, 0.35))
_SHOWN_MAPS = ((0, "from the right, or left"), (1, "from below, or above"), (2, "edges left and right"))  # by number


def regions() -> np.ndarray:
    """The maps of the region network over the astronaut."""
    photo = astronaut().pixels
    maps = predict_regions(photo.astype(np.float32) / 255)
    named = [*zip(REGIONS, maps, strict=True), ("backdrop: what is not subject", 1 - maps[0])]
    pictures: list[Captioned] = [("the photo", photo)]
    for name, part in named:
        opacity = cv2.resize(part, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., None]
        pictures.append((name, to_bytes(photo / 255 * (0.12 + 0.88 * opacity))))
    return sheet_of([*pictures, ("skin, hair, cloth, backdrop", _grouped(maps))], 4, _CELL)


def sampled_colors() -> np.ndarray:
    """What is kept of a photo: colors with their places and regions."""
    proxy = proxy_of(astronaut())
    colors, places, marks = sample_photo(proxy, MAX_COLORS)
    shown = places[:, ::-1] / 255  # x, y
    cells = _seen_by_cell(colors, places)
    pictures: list[Captioned] = [
        ("the photo", astronaut().pixels),
        (f"{MAX_COLORS} colors of it, in their places", dots_picture(shown, colors / 255, 240)),
        ("which region each is of", dots_picture(shown, _shares(marks / 255) @ np.array(_GROUP_COLORS), 240)),
        ("their mean in 6 x 6 cells", cells),
    ]
    weights = _shares(marks / 255)
    for number, name in enumerate(_GROUPS):
        pictures.append((f"colors of {name}", color_cloud(srgb_to_lab(colors[weights[:, number] > 0.5]))))
    return sheet_of(pictures, 4, _CELL)


def learnt_look() -> np.ndarray:
    """A known look, learnt from the colors of 25 people, beside the truth; prints how near each look comes."""
    before, rows = astronaut().pixels, []
    for name in ready_looks():
        look, true = _true_look(name), _restyled(_true_look(name), _SMALL)
        found = [np.mean([_distance(finished(count, look, seed), true) for seed in range(5)]) for count in _COUNTS]
        rows.append((name, *(f"{apart:.1f}" for apart in (_apart(resize_to_square(before, _SMALL), true), *found))))
    print(table_text(("look", "untouched", *(f"learnt from {count}" for count in _COUNTS)), rows))
    people, photos = load_people(), finished(25, _true_look(_COLORED), _SEED)
    true, learnt = _restyled(_true_look(_COLORED)), _restyled(_look(photos))
    transported_lab = load_set_model().transport_colors(_context(photos), lab_of(people))
    words = ("colors of untouched people", "colors of 25 finished photos", "untouched ones, carried over")
    clouds = [color_cloud(lab) for lab in (lab_of(people), lab_of(photos), _shown(transported_lab))]
    shown = [
        (f"before: {_apart(before, true):.1f}", before),
        (f"learnt: {_apart(learnt, true):.1f}", learnt),
        ("the true look: 0", true),
    ]
    return sheet_of([*zip(words, clouds, strict=True), *shown], 3, 260)


def variations() -> np.ndarray:
    """Looks that one photo and 25 photos allow; prints how far they lie from each other and from the truth."""
    rows = [(str(count), *(f"{number:.1f}" for number in _varied_distances(count))) for count in _COUNTS]
    words = ("photos", "variation 0", "expected", "mean of 1 to 8", "best of 1 to 8", "from variation 0")
    print(table_text(words, rows))
    pictures = []
    for count in (1, 25):
        photos = finished(count, _true_look(_VARIED), _SEED)
        for seed in (0, 1, 2, 3, 5):
            words = f"{count} photo{'s' * (count > 1)}, variation {seed}"
            pictures.append((words, _restyled(_look(photos, seed))))
    return sheet_of(pictures, 5, 176)


def light_by_place() -> np.ndarray:
    """Some of the maps that light is made of; a light found again in people's colors; prints how well."""
    region_grid = Content.of([proxy_of(astronaut())]).reading.region_grid
    maps = light_maps(region_grid)
    pictures: list[Captioned] = [(name, stops_picture(maps[..., number])) for number, name in _SHOWN_MAPS]
    pictures.append(("on the subject", stops_picture(maps[..., -2])))
    rows, true = [], _centered(_given_stops(vignette_and_side()))
    for count in _COUNTS:
        found = [_found_stops(count, seed, vignette_and_side()) for seed in range(_NUM_DRAWINGS)]
        dark = [_found_stops(count, seed, no_light()) for seed in range(_NUM_DRAWINGS)]
        alike = np.mean([np.corrcoef(field.ravel(), true.ravel())[0, 1] for field in found])
        share = np.mean([(field * true).sum() / (true * true).sum() for field in found])
        invented = np.mean([np.sqrt((field**2).mean()) for field in dark])
        rows.append((str(count), f"{alike:.2f}", f"{share:.2f}", f"{invented:.2f}"))
        pictures.append((f"found in {count} photo{'s' * (count > 1)}", stops_picture(found[_SEED])))
    print(f"the light has {np.sqrt((true**2).mean()):.2f} stops (root mean square)")
    print(table_text(("photos", "correlation with the light", "share of it found", "stops where none was"), rows))
    return sheet_of([*pictures, ("the light that was given", stops_picture(true))], 4, _CELL)


def training_cases() -> np.ndarray:
    """Sets of made-up people under looks, each with a content and its answer, as base training draws them."""
    torch.manual_seed(11)
    batch = case_maker().draw_pictures()
    photos, rows = batch.style.shape[1], []
    for number in range(len(batch.style)):
        contents = batch.queries.unflatten(0, (len(batch.style), -1))[number, 0, :, LAB]
        answers = batch.answers.unflatten(0, (len(batch.style), -1))[number, 0]
        row = [
            _square(lab)
            for lab in (*(batch.style[number, photo, :, LAB] for photo in range(photos)), contents, answers)
        ]
        rows += [enlarged(picture, 128) for picture in row]
    return mosaic(rows, photos + 2, gap=6)


def _context(photos: ColorSet) -> Context:
    model = load_set_model()
    return model.context(model.read_style(photos), Content.of([proxy_of(astronaut())]).reading)


def _look(photos: ColorSet, variation: int = 0) -> Look:
    """The look that these finished photos teach, for the astronaut."""
    model = load_set_model()
    content = Content.of([proxy_of(astronaut())]).reading
    return model.look(model.read_style(photos), content, variation_noise(variation))


def _true_look(name: str) -> Look:
    """The color table of a designed look, without its light."""
    return Look(ready_look(name).table, Look.identity().grid)


def _restyled(look: Look, size: int = 0) -> np.ndarray:
    photo = astronaut()
    if size:
        photo = Photo(pixels=resize_to_square(photo.pixels, size), file_format="PNG")
    return restyle_photo(photo, look).pixels


def _distance(photos: ColorSet, true: np.ndarray) -> float:
    """How far the small astronaut lies from the truth in the look that these photos teach."""
    return _apart(_restyled(_look(photos), _SMALL), true)


def _varied_distances(count: int) -> np.ndarray:
    """Means over the designed looks, as the table of `variations` has them."""
    every = []
    for name in ready_looks():
        photos, true = finished(count, _true_look(name), _SEED), _restyled(_true_look(name), _SMALL)
        made = [_restyled(_look(photos, seed), _SMALL) for seed in range(_NUM_VARIATIONS + 1)]
        first, *others = (_apart(pixels, true) for pixels in made)
        moved = np.mean([_apart(pixels, made[0]) for pixels in made[1:]])
        expected = load_set_model().expected_error(_context(photos))
        every.append((first, expected, np.mean(others), min(others), moved))
    return np.mean(every, 0)


def _found_stops(count: int, seed: int, light: LightNumbers) -> np.ndarray:
    """(16, 16): the stops that middle tones get of what so many finished photos teach, less their mean."""
    region_grid = Content.of([proxy_of(astronaut())]).reading.region_grid
    values = light_maps(region_grid) @ load_set_model().light(
        _context(finished(count, _true_look(_COLORED), seed, light))
    )
    return _centered(values[..., :3] @ np.array(tone_shares(0.5)))


def _given_stops(light: LightNumbers) -> np.ndarray:
    centers = (np.arange(GRID_SIZE, dtype=np.float32) + 0.5) / GRID_SIZE
    places = np.stack(np.meshgrid(centers, centers, indexing="ij"), -1).reshape(-1, 2)
    values = light_at(light, torch.from_numpy(places)).numpy()
    return (values[:, :3] @ np.array(tone_shares(0.5))).reshape(GRID_SIZE, GRID_SIZE)


def _centered(stops: np.ndarray) -> np.ndarray:
    return stops - stops.mean()


def _grouped(maps: np.ndarray) -> np.ndarray:
    """Regions in false colors."""
    shares = _shares(np.moveaxis(maps, 0, -1))
    return cv2.resize(to_bytes(shares @ np.array(_GROUP_COLORS)), (240, 240), interpolation=cv2.INTER_LINEAR)


def _shares(marks: np.ndarray) -> np.ndarray:
    """(..., 5) of REGIONS to (..., 4) of skin, hair, cloth and backdrop that sum to at most 1."""
    groups = np.concatenate([marks[..., 2:], 1 - marks[..., :1]], -1)
    return groups / np.maximum(groups.sum(-1, keepdims=True), 1)


def _seen_by_cell(colors: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(6, 6, 3) uint8: the mean color of each cell."""
    rows, columns = (places.astype(int) * 6 // 256).T
    lab, found = srgb_to_lab(colors), np.zeros((6, 6, 3), np.float32)
    for row in range(6):
        for column in range(6):
            found[row, column] = lab[(rows == row) & (columns == column)].mean(0)
    return to_bytes(lab_to_srgb(found))


def _square(lab: Tensor) -> np.ndarray:
    """(32 * 32, 3) Lab in rows to (32, 32, 3) uint8."""
    return to_bytes(tensor_to_srgb(lab).numpy().reshape(PICTURE_SIDE, PICTURE_SIDE, 3))


def _shown(lab: np.ndarray) -> np.ndarray:
    """What of Lab colors a screen can show."""
    return srgb_to_lab(np.clip(lab_to_srgb(lab), 0, 1).astype(np.float32))


def _apart(found: np.ndarray, true: np.ndarray) -> float:
    first, second = (srgb_to_lab(pixels) for pixels in (found, true))
    return float(deltaE_ciede2000(first, second).mean())
