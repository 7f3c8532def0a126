"""Every renderer gives what the definition says, in every depth, layout and place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portrait_atelier.core.imaging.rendering.look import Look, Window, grid_shape, table_shape
from portrait_atelier.core.imaging.rendering.render import render
from rendering import DTYPES, defined, limit_of, random_look, random_photo, use_back_end

BACK_ENDS = ("kernel", "numpy", "torch")


@pytest.fixture(params=BACK_ENDS)
def back_end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    use_back_end(request.param, monkeypatch)
    return request.param


@dataclass(frozen=True)
class _Job:
    """A random call of `render`, in numbers that are short to print."""

    size: tuple[int, int]
    dtype: type
    layout: int
    seed: int
    look_size: float
    has_table: bool
    has_grid: bool
    points: int
    curve_points: int
    strength: float
    mask: str
    margins: tuple[int, int, int, int] | None

    def arguments(self) -> dict:
        height, width = self.size
        masks = {
            "none": None,
            "soft": np.random.default_rng(1).random(self.size, np.float32),
            "half": np.tile(np.float32([1, 0]), (height, width // 2 + 1))[:, :width],
        }
        top, bottom, left, right = self.margins or (0, 0, 0, 0)
        return {
            "pixels": _layout(random_photo(height, width, self.dtype), self.layout),
            "look": random_look(
                self.seed,
                self.look_size,
                table=self.has_table,
                grid=self.has_grid,
                points=self.points,
                curve_points=self.curve_points,
            ),
            "strength": self.strength,
            "mask": masks[self.mask],
            "window": Window(top, left, top + height + bottom, left + width + right) if self.margins else None,
        }


_MARGIN = st.integers(0, 50)
_JOBS = st.builds(
    _Job,
    size=st.sampled_from([(1, 1), (1, 97), (61, 1), (7, 64), (13, 131), (33, 18), (2, 400)]),
    dtype=st.sampled_from(DTYPES),
    layout=st.integers(0, 3),
    seed=st.integers(0, 99),
    look_size=st.sampled_from([0.01, 0.2, 2.0]),
    has_table=st.booleans(),
    has_grid=st.booleans(),
    points=st.sampled_from([17, 17, 2, 5, 33]),
    curve_points=st.sampled_from([0, 0, 2, 5]),
    strength=st.floats(0, 1.5),
    mask=st.sampled_from(["none", "soft", "half"]),
    margins=st.none() | st.tuples(_MARGIN, _MARGIN, _MARGIN, _MARGIN),
)


def _layout(pixels: np.ndarray, kind: int) -> np.ndarray:
    """The same photo: packed, every other row of a larger one, without its fourth channel, or upside down."""
    height, width, _ = pixels.shape
    larger = np.zeros((2 * height, width, 4), pixels.dtype)
    larger[::2, :, :3] = pixels
    return [pixels, np.ascontiguousarray(larger[..., :3])[::2], larger[::2, :, :3], pixels[::-1].copy()[::-1]][kind]


@pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(job=_JOBS)
def test_every_back_end_gives_what_the_definition_says(back_end: str, job: _Job):
    arguments = job.arguments()
    level = limit_of(job.dtype) / 255 * max(1, 2 * job.curve_points)  # curves multiply the rounding by their slope
    rounding = 0.0 if job.dtype == np.float32 else 0.5
    expected = defined(**arguments)
    result = render(**arguments, dither=False)
    assert result.dtype == job.dtype
    # Residuals of up to 100 times white: float32 itself is good for a small part of 1/255 there.
    assert np.abs(result - expected).max() <= rounding + level * (0.2 if job.look_size > 1 else 0.01)
    if job.dtype == np.uint8:
        assert np.abs(render(**arguments) - expected).max() <= 1 + level * (0.2 if job.look_size > 1 else 0.01)


@pytest.mark.parametrize("dtype", DTYPES)
def test_ordinary_looks_are_exact_to_the_rounding(back_end: str, dtype: type):
    pixels = random_photo(40, 70, dtype)
    error = np.abs(render(pixels, random_look(), dither=False) - defined(pixels, random_look())).max()
    assert error <= (3e-6 if dtype == np.float32 else 0.5 + 3e-6 * limit_of(dtype))


@pytest.mark.parametrize(("points", "curve_points"), [(2, 5), (64, 0), (65, 4096), (144, 0)])
def test_tables_of_any_size_and_curves_are_exact_to_the_rounding(back_end: str, points: int, curve_points: int):
    pixels = random_photo(40, 70)
    look = random_look(1, 0.05, points=points)
    if curve_points:  # steeper ones multiply the rounding of float32
        steps = np.linspace(0, 1, curve_points, dtype=np.float32)
        look = replace(look, curves=np.stack([steps**2, 1 - steps, np.sin(3 * steps)]) * np.float32(1.3) - 0.1)
    error = np.abs(render(pixels, look, dither=False) - defined(pixels, look)).max()
    assert error <= 2e-5


def test_curves_alone_are_a_look(back_end: str):
    curves = np.float32([[0.25, 0.5], [1, 0], [0.2, 1.7]])
    look = replace(Look.identity(), curves=curves)
    assert not look.is_identity
    pixels = np.float32([[[0.0, 0.25, 0.9], [1.5, -0.5, 0.2], [np.nan, 1, 1]]])
    result = render(pixels, look)
    np.testing.assert_allclose(result[0, :2], [[0.25, 0.75, 1.0], [1.0, 0.5, 0.5]], atol=1e-6)
    assert np.isnan(result[0, 2, 0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_nothing_to_do_returns_the_input_bit_for_bit(back_end: str, dtype: type):
    pixels = random_photo(6, 70, dtype)
    if dtype == np.float32:
        pixels[0, :5] = np.float32([[np.nan], [np.inf], [-np.inf], [-0.0], [1e-40]])
    nothing = np.zeros((6, 70), np.float32)
    for result in (
        render(pixels, random_look(), strength=0),
        render(pixels, Look.identity()),
        render(pixels, random_look(), mask=nothing),
    ):
        assert result.tobytes() == pixels.tobytes()
    half = nothing.copy()
    half[:, 35:] = 1
    mixed = render(pixels, random_look(), mask=half)
    assert mixed[:, :35].tobytes() == pixels[:, :35].tobytes()
    assert not np.array_equal(mixed[:, 35:], pixels[:, 35:])


def test_not_a_number_stays_in_its_pixel(back_end: str):
    pixels = random_photo(5, 80)
    clean = render(pixels, random_look())
    pixels[2, 40] = [np.nan, 0.5, np.inf]
    result = render(pixels, random_look())
    assert not np.isfinite(result[2, 40, 0])
    result[2, 40] = clean[2, 40]
    np.testing.assert_array_equal(result, clean)


def test_out_may_be_the_photo_itself_and_a_read_only_photo_is_left_alone(back_end: str):
    pixels = random_photo(31, 77, np.uint16)
    pixels.setflags(write=False)
    before = pixels.copy()
    expected = render(pixels, random_look())
    assert np.array_equal(pixels, before)
    in_place = before.copy()
    assert render(in_place, random_look(), out=in_place) is in_place
    assert np.array_equal(in_place, expected)
    holder = np.zeros((31, 77, 4), np.uint16)
    render(pixels, random_look(), out=holder[..., :3])
    assert np.array_equal(holder[..., :3], expected)
    assert not holder[..., 3].any()


def test_dithering_keeps_the_mean_of_a_faint_gradient(back_end: str):
    """A ramp over three steps of 8 bits: rounded, it bands; dithered, each neighborhood keeps its mean."""
    flat = np.full((128, 256, 3), 120, np.uint8)
    table = np.zeros(table_shape(), np.float32)
    grid = np.zeros(grid_shape(), np.float32)
    grid[..., 3] = np.linspace(0, 3 / 255, 16)[None, :, None, None]
    look = Look(table, grid)
    expected = defined(flat, look)

    def worst(result: np.ndarray) -> float:
        blocks = (result - expected).reshape(8, 16, 16, 16, 3).mean((1, 3))
        return float(np.abs(blocks).max())

    assert worst(render(flat, look, dither=False)) > 0.3
    assert worst(render(flat, look)) < 0.05
    channels = render(flat, look)
    assert not np.array_equal(channels[..., 0], channels[..., 1])


def test_dithering_leaves_alone_what_the_look_leaves_alone(back_end: str):
    table = np.zeros(table_shape(), np.float32)
    table[12:, :, :, 0] = 0.1  # only reds above 11 / 16
    pixels = np.full((256, 256, 3), 7, np.uint8)
    pixels[..., 0], pixels[..., 1] = np.arange(256)[:, None], np.arange(256)
    result = render(pixels, Look(table, np.zeros(grid_shape(), np.float32)))
    assert np.array_equal(result[:175], pixels[:175])
    assert np.array_equal(result[..., 1:], pixels[..., 1:])


def test_back_ends_dither_alike(monkeypatch: pytest.MonkeyPatch):
    pixels, window = random_photo(70, 90, np.uint8), Window(5, 100, 200, 300)
    results = []
    for back_end in BACK_ENDS:
        with monkeypatch.context() as patched:
            use_back_end(back_end, patched)
            results.append(render(pixels, random_look(), window=window).astype(int))
    for other in results[1:]:
        assert (results[0] != other).mean() < 1e-3
        assert np.abs(results[0] - other).max() <= 1


def test_an_empty_photo_stays_empty():
    assert render(np.zeros((0, 5, 3), np.uint8), random_look()).shape == (0, 5, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixels": np.zeros((4, 4), np.uint8)}, r"pixels must be \(H, W, 3\), got shape \(4, 4\)"),
        ({"pixels": np.zeros((4, 4, 3))}, "pixels must be uint8, uint16 or float32, got float64"),
        ({"strength": 1.6}, "strength must be 0 to 1.5, got 1.6"),
        ({"strength": float("nan")}, "strength must be 0 to 1.5, got nan"),
        ({"mask": np.zeros((4, 5), np.float32)}, r"mask must be float32 \(4, 4\), got float32 \(4, 5\)"),
        ({"mask": np.zeros((4, 4))}, "mask must be float32"),
        ({"window": Window(0, 1, 4, 4)}, "window must hold 4 x 4 pixels inside the whole photo"),
        ({"out": np.zeros((4, 4, 3), np.uint16)}, "out must be writable uint8"),
        ({"device": "abacus"}, "device must be"),
    ],
)
def test_wrong_arguments_are_refused(change: dict, message: str):
    arguments = {"pixels": np.zeros((4, 4, 3), np.uint8), "look": random_look()} | change
    with pytest.raises(ValueError, match=message):
        render(**arguments)


def test_an_overlapping_out_is_refused():
    holder = np.zeros((9, 4, 3), np.float32)
    with pytest.raises(ValueError, match="share no memory"):
        render(holder[:8], random_look(), out=holder[1:])
