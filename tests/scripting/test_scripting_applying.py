"""Application of styles by scripts: types of results, and every control."""

from pathlib import Path

import numpy as np
import portrait_atelier as pa
import pytest
from people_material import colors_of_people, portrait
from PIL import Image, ImageCms
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.styles.applying import apply_style, look_of_series
from portrait_atelier.core.styles.controls import Controls

PIXELS = (portrait(1) * 255).astype(np.uint8)
GOLDEN = "golden-hour"
DEPTHS = {"uint8": 255, "uint16": 65535, "float16": 1, "float32": 1, "float64": 1}


def _in_depth(pixels: np.ndarray, depth: str) -> np.ndarray:
    return (pixels / 255 * DEPTHS[depth] + (0.5 if DEPTHS[depth] > 1 else 0)).astype(depth)


def _saved(path: Path, pixels: np.ndarray = PIXELS) -> Path:
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("depth", DEPTHS)
def test_an_array_comes_back_as_core_restyles_it(depth: str):
    array = _in_depth(PIXELS, depth)
    style = pa.load_style(GOLDEN)
    before = array.copy()
    after = pa.apply(array, style, strength=0.8, variation=3)
    photo = Photo(array if DEPTHS[depth] > 1 else array.astype(np.float32))
    expected = apply_style(photo, style, Controls(strength=0.8, variation=3)).pixels
    assert (after.dtype, after.shape) == (array.dtype, array.shape)
    assert (after == expected.astype(array.dtype)).all()
    assert (array == before).all()


@pytest.mark.parametrize("shape", [(96, 72), (96, 72, 1), (96, 72, 2), (96, 72, 3), (96, 72, 4)])
def test_channels_stay_and_alpha_is_not_touched(shape: tuple[int, ...]):
    channels = np.dstack([PIXELS, PIXELS[..., 0]])
    array = channels[..., 0] if len(shape) == 2 else channels[..., -shape[2] :]
    after = pa.apply(array, GOLDEN)
    assert after.shape == shape
    assert (after != array).any()
    if shape[2:] in ((2,), (4,)):
        assert (after[..., -1] == array[..., -1]).all()


def test_gray_becomes_color_only_if_asked():
    gray = PIXELS[..., 1]
    assert pa.apply(gray, GOLDEN).shape == (96, 72)
    assert pa.apply(gray, GOLDEN, rgb=True).shape == (96, 72, 3)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_strength_0_gives_a_copy(depth: str):
    array = _in_depth(PIXELS, depth)
    after = pa.apply(array, GOLDEN, strength=0)
    assert (after == array).all()
    assert not np.shares_memory(after, array)


def test_other_byte_orders_and_views_are_taken():
    deep = _in_depth(PIXELS, "uint16")
    expected = pa.apply(deep, GOLDEN)
    assert (pa.apply(deep.astype(">u2"), GOLDEN) == expected).all()
    assert (pa.apply(deep[::-1][::-1], GOLDEN) == expected).all()


@pytest.mark.parametrize("kind", ["bool", "uint8", "float", "image", "file", "small"])
def test_a_mask_says_where(kind: str, tmp_path: Path):
    left = np.zeros((96, 72), bool)
    left[:, :36] = True
    white = left.astype(np.uint8) * 255
    masks = {"bool": left, "uint8": white, "float": left.astype(float), "image": Image.fromarray(white)}
    masks |= {"small": white[::2, ::2], "file": _saved(tmp_path / "mask.png", white)}
    after = pa.apply(PIXELS, GOLDEN, mask=masks[kind])
    assert (after[:, 38:] == PIXELS[:, 38:]).all()
    assert (after[:, :34] == pa.apply(PIXELS, GOLDEN)[:, :34]).all()


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(pa.PhotoError, match=r"mask: the mask has another shape \(96 x 72\) than the photo \(72 x 96\)"):
        pa.apply(PIXELS, GOLDEN, mask=np.ones((72, 96)))


@pytest.mark.parametrize(
    ("mode", "result"), [(mode, mode) for mode in ("L", "LA", "RGB", "RGBA", "I;16")] + [("1", "L"), ("P", "RGB")]
)
def test_an_image_comes_back_as_an_image(mode: str, result: str):
    image = Image.fromarray(_in_depth(PIXELS[..., 0], "uint16")) if mode == "I;16" else Image.fromarray(PIXELS)
    image = image if image.mode == mode else image.convert(mode)
    image.info["dpi"] = (300, 300)
    after = pa.apply(image, GOLDEN)
    assert (after.mode, after.size, after.info["dpi"]) == (result, image.size, (300, 300))
    if mode == result:
        assert (np.asarray(after) == pa.apply(np.asarray(image), GOLDEN)).all()


def test_the_transparency_of_a_palette_becomes_alpha():
    image = Image.fromarray(PIXELS).convert("P")
    image.info["transparency"] = image.getpixel((0, 0))
    after = pa.apply(image, GOLDEN)
    assert after.mode == "RGBA"
    assert "transparency" not in after.info
    assert after.getchannel("A").getextrema() == (0, 255)


def test_the_profile_of_an_image_counts_and_stays(tmp_path: Path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    image = Image.fromarray(PIXELS)
    image.info["icc_profile"] = profile  # not of an RGB picture
    assert "icc_profile" not in pa.apply(image, GOLDEN).info
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.info["icc_profile"] = srgb
    assert pa.apply(image, GOLDEN).info["icc_profile"] == srgb


def test_a_file_lies_beside_its_photo_like_the_command_lines(atelier, tmp_path: Path):
    path = _saved(tmp_path / "me.png")
    written = pa.apply(path, GOLDEN, strength=0.5)
    assert written == tmp_path / "me.golden-hour.png"
    assert atelier("apply", path, "-s", GOLDEN, "--strength", 0.5, "-o", tmp_path / "other.png")[0] == 0
    assert written.read_bytes() == (tmp_path / "other.png").read_bytes()
    with pytest.raises(pa.AtelierError, match="already exists"):
        pa.apply(str(path), GOLDEN)
    assert pa.apply(str(path), GOLDEN, overwrite=True) == written


def test_a_file_goes_where_it_is_told(tmp_path: Path):
    path = _saved(tmp_path / "me.png")
    assert pa.apply(path, GOLDEN, output=tmp_path / "out") == tmp_path / "out" / "me.png"
    assert pa.apply(path, GOLDEN, output=str(tmp_path / "me.jpg"), quality=50) == tmp_path / "me.jpg"
    assert read_photo(tmp_path / "me.jpg").file_format == "JPEG"


def test_what_a_format_cannot_hold_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = _saved(tmp_path / "me.png", np.dstack([PIXELS, PIXELS[..., 0]]))
    pa.apply(path, GOLDEN, output=tmp_path / "me.jpg")
    assert "what was transparent is white now" in caplog.text


def test_a_series_gets_one_look():
    photos = [(portrait(number) * 255).astype(np.uint8) for number in range(3)]
    style = pa.load_style("documentary-1936")
    fixed = pa.style_for_series(iter([photos[0], Image.fromarray(photos[1]), photos[2]]), style, variation=2)
    look = look_of_series([proxy_of(Photo(photo)) for photo in photos], style, Controls(variation=2))
    assert (fixed.name, fixed.kind, fixed.adapts) == (style.name, "fixed", False)
    for photo in photos:
        assert (pa.apply(photo, fixed) == apply_style(Photo(photo), style, look=look).pixels).all()


def test_a_pixel_style_of_a_series_stays_as_it_is():
    style = pa.load_style("red-chalk")
    assert pa.style_for_series([PIXELS], style) is style


@pytest.mark.parametrize(
    ("photo", "text"),
    [
        (PIXELS[None], r"with 1 to 4 channels, got shape \(1, 96, 72, 3\)"),
        (PIXELS.transpose(2, 0, 1), r"got shape \(3, 96, 72\)"),
        (PIXELS[:0], r"got shape \(0, 72, 3\)"),
        (PIXELS.astype(int), "must be uint8, uint16 or floating point with white at 1, got int64"),
        (PIXELS.astype(float), "must have white at 1, got values up to 2"),
    ],
)
def test_an_array_that_is_no_photo_is_refused(photo: np.ndarray, text: str):
    with pytest.raises(ValueError, match=text):
        pa.apply(photo, GOLDEN)


def test_what_is_no_photo_at_all_is_refused():
    with pytest.raises(TypeError, match="must be a path, a numpy array or a Pillow image, got list"):
        pa.apply([1, 2], GOLDEN)  # pyright: ignore
    with pytest.raises(pa.PhotoError, match="mode CMYK"):
        pa.apply(Image.fromarray(PIXELS).convert("CMYK"), GOLDEN)
    with pytest.raises(pa.PhotoError, match="every pixel is transparent"):
        pa.apply(np.zeros((9, 9, 4), np.uint8), GOLDEN)
    with pytest.raises(pa.PhotoError, match="does not exist"):
        pa.apply("nowhere.jpg", GOLDEN)


def test_what_was_done_is_said_in_the_result_and_beside_it(tmp_path: Path):
    source = _saved(tmp_path / "a.jpg")
    plain = pa.apply(source, GOLDEN, output=tmp_path / "plain.jpg")
    told = pa.apply(source, GOLDEN, strength=0.5, output=tmp_path / "told.jpg", stamp=True, sidecar=True)
    assert read_photo(plain).metadata.xmp is None
    packet = read_photo(told).metadata.xmp or b""
    beside = (tmp_path / "told.jpg.xmp").read_bytes()
    for said in (packet, beside):
        assert b"golden-hour" in said
        assert b'Strength="0.5"' in said
    assert not (tmp_path / "plain.jpg.xmp").exists()
    with pytest.raises(pa.AtelierError, match="already exists"):
        pa.apply(source, GOLDEN, output=tmp_path / "told.jpg", sidecar=True)


def test_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match="strength must be in"):
        pa.apply(PIXELS, GOLDEN, strength=2)
    with pytest.raises(ValueError, match="must be left out where the photo is no file"):
        pa.apply(PIXELS, GOLDEN, output="out.png")  # pyright: ignore
    for said in ({"stamp": True}, {"sidecar": True}):
        with pytest.raises(ValueError, match="sidecar and stamp must be left out where the photo is no file"):
            pa.apply(PIXELS, GOLDEN, **said)  # pyright: ignore
    with pytest.raises(ValueError, match="at least one photo"):
        pa.style_for_series([], "documentary-1936")


def test_a_style_is_opened_listed_saved_and_added(tmp_path: Path):
    entry = next(entry for entry in pa.styles() if entry.name == GOLDEN)
    assert entry.origin == "bundled"
    style = pa.load_style(entry.path)
    path = style.renamed("evening").save(str(tmp_path / "evening"))
    assert path == tmp_path / "evening.safetensors"
    with pytest.raises(pa.AtelierError, match="already exists"):
        style.save(path)
    style.renamed("evening").save(path, overwrite=True)
    assert pa.add_style(path).origin == "library"
    assert pa.add_style(style.renamed("morning")).name == "morning"
    with pytest.raises(pa.StyleError, match="exists"):
        pa.add_style(path)
    assert {"evening", "morning"} <= {entry.name for entry in pa.styles()}
    assert (pa.apply(PIXELS, "evening") == pa.apply(PIXELS, GOLDEN)).all()
    with pytest.raises(pa.StyleError, match="did you mean golden-hour"):
        pa.load_style("golden-hou")


def test_a_style_of_an_older_version_is_opened_and_says_how_it_is_renewed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    photos = colors_of_people(3)
    old = pa.Style("old", "instant", num_photos=3, photos=ColorSet(photos.colors, photos.weights))
    assert pa.load_style(old.save(tmp_path / "old")).name == "old"
    assert "old: learnt by an older version" in caplog.text


def test_the_newer_controls_are_those_of_core():
    silver = pa.load_style("silver-gelatin")
    for controls in ({"region": "ground"}, {"grain": 0.0}, {"protect_skin": 1.0}, {"even": True}):
        expected = apply_style(Photo(PIXELS), silver, Controls(**controls)).pixels
        assert (pa.apply(PIXELS, silver, **controls) == expected).all()
