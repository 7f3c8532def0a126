"""What the panel shows of a photo at 100 %, and the controls, beside the files that it makes."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from people_material import photos_of_people
from PIL import Image
from portrait_atelier.core.imaging.color_management import to_uint8
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.fitting import Fit
from portrait_atelier.core.texts import Text
from portrait_atelier.panel.cards import remarks_card
from portrait_atelier.panel.crops import CROP_SIZE, LARGEST_CROP, Crop, crop_feed, face_spot, make_crop
from portrait_atelier.panel.library_changes import open_style
from portrait_atelier.panel.masks import Mask
from portrait_atelier.panel.restyling import Order, make_preview, restyle_files, restyle_preview, restyle_thumbnail
from portrait_atelier.panel.words import Words
from scenes import scene
from skimage import data

CONTROLS = Controls(strength=0.9, grain=1.5, region="subject", variation=3)


def _large(path: Path, **options: object) -> Path:
    """A photo of which a crop is a part."""
    pixels = scene(3, height=1000, width=1400)
    if path.suffix == ".tif":
        write_photo(Photo(pixels=(pixels * 65535).astype(np.uint16), file_format="TIFF"), path)
    else:
        Image.fromarray((pixels * 255).astype(np.uint8)).save(path, **options)
    return path


def _shown(path: Path, crop: Crop) -> np.ndarray:
    """The part of a file that a crop shows, (H, W, 3) uint8."""
    left, top, width, height = crop.box
    return to_uint8(read_photo(path).pixels[top : top + height, left : left + width] / _white(path))


def _white(path: Path) -> np.float64:
    return np.float64(np.iinfo(read_photo(path).pixels.dtype).max)


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


@pytest.mark.parametrize(
    ("name", "options"),
    [("photo.jpg", {"quality": 70, "subsampling": 2}), ("photo.png", {}), ("photo.tif", {})],
    ids=["JPEG", "PNG", "TIFF"],
)
@pytest.mark.parametrize("spot", [(0.5, 0.5), (1.0, 0.0)])
def test_a_crop_has_the_pixels_of_the_saved_file(tmp_path: Path, name: str, options: dict, spot: tuple[float, float]):
    photo = _large(tmp_path / name, **options)
    order = Order(open_style("faded-print"), CONTROLS)
    crop = make_crop(photo, order, spot, tmp_path)
    file, _ = restyle_files([(photo, None)], order, tmp_path)
    assert crop.box[2:] == (CROP_SIZE, CROP_SIZE) if spot == (0.5, 0.5) else crop.box[0] + crop.box[2] == 1400
    assert np.array_equal(_pixels(crop.before), _shown(photo, crop))
    assert np.array_equal(_pixels(crop.after), _shown(file, crop))
    assert not np.array_equal(_pixels(crop.before), _pixels(crop.after))
    assert not [*tmp_path.glob("part-*")]  # what was written to be looked at is gone


def test_the_files_are_what_core_makes_with_these_controls(tmp_path: Path):
    photo, style = _large(tmp_path / "photo.tif"), open_style("faded-print")
    file, _ = restyle_files([(photo, None)], Order(style, CONTROLS), tmp_path)
    assert np.array_equal(read_photo(file).pixels, apply_style(read_photo(photo), style, CONTROLS).pixels)


def test_a_painted_mask_holds_in_the_crop(tmp_path: Path):
    photo = _large(tmp_path / "photo.png")
    mask = np.zeros((10, 14), np.float32)
    mask[:, :7] = 1
    crop = make_crop(photo, Order(open_style("faded-print"), Controls(), Mask(mask)), (0.5, 0.5), tmp_path)
    changed = (_pixels(crop.before) != _pixels(crop.after)).any(-1)
    assert changed[:, :300].mean() > 0.9
    assert not changed[:, -300:].any()


def test_a_small_photo_is_shown_whole(tmp_path: Path):
    Image.fromarray(data.astronaut()[:200, :300]).save(tmp_path / "small.png")
    crop = make_crop(tmp_path / "small.png", Order(open_style("golden-hour"), Controls()), (0.1, 0.9), tmp_path)
    assert crop.box == (0, 0, 300, 200)


def test_a_transparent_part_is_gray(tmp_path: Path):
    pixels = np.zeros((1000, 1000, 4), np.uint8)
    pixels[:90, :90] = 200
    Image.fromarray(pixels).save(tmp_path / "cut-out.png")
    crop = make_crop(tmp_path / "cut-out.png", Order(open_style("golden-hour"), Controls()), (1, 1), tmp_path)
    assert (_pixels(crop.before) == 128).all()
    assert (_pixels(crop.after) == 128).all()


def test_the_first_crop_shows_the_face(tmp_path: Path):
    Image.fromarray(data.astronaut()).save(tmp_path / "face.png")
    x, y = face_spot(make_preview(tmp_path / "face.png", tmp_path)[0])
    assert (abs(x - 0.42), abs(y - 0.21)) < (0.05, 0.05)  # her right eye
    Image.fromarray(np.full((300, 300, 3), 90, np.uint8)).save(tmp_path / "gray.png")
    assert face_spot(make_preview(tmp_path / "gray.png", tmp_path)[0]) == (0.5, 0.4)


def test_a_series_gets_one_look_where_it_is_looked_at_as_in_files(tmp_path: Path):
    style = style_from_proxies(photos_of_people(6), "mine", cover=False)
    first, second = (to_uint8(proxy.pixels) for proxy in photos_of_people(8)[6:])
    photos = [tmp_path / "a.png", tmp_path / "b.png"]
    for path, pixels in zip(photos, (first, second // 2), strict=True):
        Image.fromarray(pixels).save(path)
    asked = Order(style, Controls(series=True))
    archive, _ = restyle_files([(path, None) for path in photos], asked, tmp_path)
    with zipfile.ZipFile(archive) as file:
        saved = Path(file.extract("b.mine.png", tmp_path))
    together = make_crop(photos[1], asked.for_photos(photos), (0.5, 0.5), tmp_path)
    alone = make_crop(photos[1], asked.for_photos(photos[1:]), (0.5, 0.5), tmp_path)
    assert np.array_equal(_pixels(together.after), _shown(saved, together))
    assert not np.array_equal(_pixels(together.after), _pixels(alone.after))


def test_a_photo_with_an_order_of_its_own_is_made_by_it(tmp_path: Path):
    photos = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in photos:
        Image.fromarray(data.astronaut()[:200, :300]).save(path)
    shared, own = (Order(open_style("golden-hour"), Controls(strength=strength)) for strength in (1.0, 0.4))
    archive, _ = restyle_files([(path, None) for path in photos], shared, tmp_path, own={photos[1]: own})
    with zipfile.ZipFile(archive) as file:
        first, second = (_pixels(Path(file.extract(f"{name}.golden-hour.png", tmp_path))) for name in "ab")
    assert not np.array_equal(first, second)
    assert np.array_equal(second, apply_style(read_photo(photos[1]), own.style, own.controls).pixels)


@pytest.fixture
def remarked(monkeypatch: pytest.MonkeyPatch) -> Text:
    """A remark that every fit has."""
    remark = Text("{number} <far>", number=3)
    monkeypatch.setattr(Fit, "remarks", (remark,))
    return remark


def test_remarks_are_told_with_the_preview_and_with_the_files(tmp_path: Path, remarked: Text):
    photo, order = _large(tmp_path / "photo.png"), Order(open_style("golden-hour"), Controls())
    assert restyle_preview(make_preview(photo, tmp_path)[0], order, tmp_path).remarks == (remarked,)
    assert restyle_files([(photo, None)], order, tmp_path)[1] == ["photo.png: 3 <far>"]
    card = remarks_card([remarked], Words("en"))
    assert "3 &lt;far&gt;" in card
    assert 'role="status"' in card
    assert remarks_card([], Words("en")) == ""


def test_earlier_crops_are_deleted(tmp_path: Path):
    Image.fromarray(data.astronaut()[:64, :64]).save(tmp_path / "small.png")
    order = Order(open_style("golden-hour"), Controls())
    crops = [make_crop(tmp_path / "small.png", order, (0.5, 0.5), tmp_path) for _ in range(6)]
    assert [crop.after.exists() for crop in crops] == [False, False, True, True, True, True]


def test_the_page_is_told_where_a_crop_is(tmp_path: Path):
    names = {"before": tmp_path / "a.png", "after": tmp_path / "b.png"}
    crop = Crop(**names, box=(16, 32, 896, 640), photo_size=(2000, 700), spot=(0.25, 0.5))
    told = crop_feed(crop, "photo-7")
    assert (told["photo"], told["box"], told["size"], told["spot"]) == (
        "photo-7",
        (16, 32, 896, 640),
        (2000, 700),
        (0.25, 0.5),
    )
    assert told["after"] == f"gradio_api/file={tmp_path / 'b.png'}"


@pytest.mark.parametrize(("asked", "given"), [(10, CROP_SIZE), (1000, 992), (10**9, LARGEST_CROP)])
def test_a_large_screen_gets_a_larger_crop_within_limits(tmp_path: Path, asked: int, given: int):
    Image.fromarray(np.zeros((64, 2400, 3), np.uint8)).save(tmp_path / "wide.png")
    order = Order(open_style("golden-hour"), Controls())
    assert make_crop(tmp_path / "wide.png", order, (0.5, 0.5), tmp_path, length=asked).box[2:] == (given, 64)


def test_a_style_on_a_thumbnail_is_made_once(tmp_path: Path):
    _, thumbnail = make_preview(_large(tmp_path / "photo.png"), tmp_path)
    assert max(Image.open(thumbnail).size) == 256
    first = restyle_thumbnail(thumbnail, open_style("golden-hour"), tmp_path)
    made = first.stat().st_mtime_ns
    assert restyle_thumbnail(thumbnail, open_style("golden-hour"), tmp_path) == first
    assert first.stat().st_mtime_ns == made
    other = restyle_thumbnail(thumbnail, open_style("silver-gelatin"), tmp_path)
    shown = np.asarray(Image.open(other), int)
    assert np.abs(shown - shown.mean(-1, keepdims=True)).max() < 24  # it is the black-and-white one


def test_the_page_has_every_control_with_range_and_default_of_core():
    gr = pytest.importorskip("gradio")
    from portrait_atelier.panel.try_controls import TryControls

    with gr.Blocks():
        page = TryControls()
        page.build_more()
    defaults = Controls()
    assert set(page.inputs) == {field for field in vars(defaults) if field != "device"}
    assert {name: part.value for name, part in page.inputs.items()} == {
        name: getattr(defaults, name) for name in page.inputs
    }
    for name in ("strength", "protect_skin", "grain"):
        most = page.inputs[name].maximum
        Controls(**{name: most})
        with pytest.raises(ValueError, match=name):
            Controls(**{name: most + 0.01})
    values = {**vars(CONTROLS), "protect_skin": 0.4, "even": True}
    assert page.controls_of([values[name] for name in page.inputs]) == Controls(**values)
    assert page.controls_of([None if name == "variation" else values[name] for name in page.inputs]).variation == 0
    assert [value for _, value in page.named_regions(Words("fr")).choices] == ["whole", "subject", "ground", "skin"]


def test_settings_that_a_page_remembers_are_restored_within_their_ranges():
    gr = pytest.importorskip("gradio")
    from portrait_atelier.panel.try_controls import TryControls

    with gr.Blocks():
        page = TryControls()
        page.build_more()
    sent = {
        "strength": 0.4,
        "grain": 9,
        "region": "skin",
        "series": True,
        "variation": "7",
        "protect_skin": float("nan"),
    }
    found = dict(zip(page.inputs, page.restored(sent), strict=True))
    kept = {name for name, value in found.items() if value == gr.skip()}
    assert {name: value for name, value in found.items() if name not in kept} == {
        "strength": 0.4,
        "region": "skin",
        "series": True,
    }
