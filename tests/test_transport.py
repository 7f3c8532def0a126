"""The instant style: neutral in, identity out; looks found again; prints without tint; same input, same look."""

import numpy as np
import pytest
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.look import NUM_TONES
from portrait_atelier.core.styles.achromatic import gray_photos, is_gray, tint, without_color
from portrait_atelier.core.styles.candidates import NUM_CANDIDATES, Evidence
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.styles.population import Population
from portrait_atelier.core.styles.prior import load_prior
from portrait_atelier.core.styles.regression import Regression, load_regressions, read_regressions, residual_terms
from portrait_atelier.core.styles.table import MAX_SLOPE, largest_slopes, node_colors
from portrait_atelier.core.styles.transport import closed_form_look

SKIN = np.array([0.78, 0.6, 0.5], np.float32)


def some_people(count: int, start: int = 0) -> Population:
    """People of the prior's, as if they were photos."""
    prior = load_prior()
    picked = np.arange(start, len(prior.weights), len(prior.weights) // count)[:count]
    return Population(prior.colors[picked], np.ones(count, np.float32))


def given(population: Population, change) -> Population:
    colors = np.clip(change(population.colors.astype(np.float32) / 255), 0, 1)
    return Population((colors * 255 + 0.5).astype(np.uint8), population.weights)


def warm(colors: np.ndarray) -> np.ndarray:
    return colors * [1.0, 0.9, 0.7] + [0.05, 0.02, 0.0]


def gray(colors: np.ndarray) -> np.ndarray:
    return np.repeat((colors @ [0.3, 0.6, 0.1])[..., None] ** 1.2, 3, -1)


def sepia(colors: np.ndarray) -> np.ndarray:
    lab = srgb_to_lab(gray(colors).astype(np.float32))
    part = lab[..., 0] / 100
    lab[..., 1:] = (4 * part * (1 - part))[..., None] ** 0.5 * np.array([4, 14])
    return lab_to_srgb(lab)


def seen(look, color: np.ndarray) -> np.ndarray:
    """The look at the table's entry next to a color."""
    index = tuple(np.round(color * 16).astype(int))
    return look.table.numpy()[index] + node_colors()[index]


def difference(look, change) -> float:
    """Mean Lab distance between a look and the true change, over the content's colors."""
    colors = some_people(1, start=7).colors[0, 0].astype(np.float32) / 255
    found = np.stack([seen(look, color) for color in colors])
    snapped = np.round(colors * 16) / 16
    return float(np.linalg.norm(srgb_to_lab(found) - srgb_to_lab(np.clip(change(snapped), 0, 1)), axis=-1).mean())


def find(change, count: int, **options):
    return closed_form_look(given(some_people(count), change), load_prior(), some_people(1, start=7), **options)


def test_untouched_photos_of_many_teach_next_to_nothing():
    assert difference(find(lambda colors: colors, 40), lambda colors: colors) < 4


@pytest.mark.parametrize("change", [warm, gray, sepia])
def test_a_look_is_found_again(change):
    look = find(change, 25)
    assert difference(look, change) < 0.55 * difference(find(lambda colors: colors, 25), change)
    assert not look.has_grid
    assert look.grid.shape[2] == NUM_TONES


def test_one_photo_is_enough_and_tells_less_than_many():
    errors = [difference(find(warm, count), warm) for count in (1, 40)]
    untouched = difference(find(lambda colors: colors, 40), warm)
    assert errors[1] < errors[0] < 1.2 * untouched


def test_black_and_white_leaves_no_tint():
    look = find(gray, 10)
    shown = look.table.numpy() + node_colors()
    assert np.abs(srgb_to_lab(shown)[..., 1:]).max() < 0.1


def test_few_black_and_white_photos_leave_no_tint_either():
    shown = find(gray, 1).table.numpy() + node_colors()
    assert np.abs(srgb_to_lab(shown)[..., 1:]).max() < 0.1


def test_toned_prints_keep_their_tone_and_nothing_else():
    shown = srgb_to_lab(find(sepia, 10).table.numpy() + node_colors())
    middle = shown[np.abs(shown[..., 0] - 50) < 10]
    assert middle[:, 2].mean() == pytest.approx(14, abs=2)
    assert middle[:, 2].std() < 1


def test_same_input_same_look():
    first, second = find(warm, 5), find(warm, 5)
    assert (first.table == second.table).all()


def test_variations_differ_a_little_and_can_be_repeated():
    plain, first, again, other = (find(warm, 8, variation=seed) for seed in (0, 1, 1, 2))
    assert (first.table == again.table).all()
    for varied in (first, other):
        change = (varied.table - plain.table).abs().mean()
        assert 1e-4 < change < 0.06
    assert not (first.table == other.table).all()


def test_tables_are_never_steep_and_keep_the_order_of_grays():
    for change in (lambda colors: np.clip((colors - 0.5) * 5 + 0.5, 0, 1), lambda colors: 1 - colors, warm, gray):
        shown = find(change, 10).table.numpy() + node_colors()
        assert largest_slopes(shown).max() <= MAX_SLOPE + 0.1
        diagonal = np.arange(17)
        assert (np.diff(shown[diagonal, diagonal, diagonal].mean(-1)) > -1e-3).all()


def test_several_contents_get_one_look_between_theirs():
    style = given(some_people(5), warm)
    look = closed_form_look(style, load_prior(), some_people(3, start=11))
    assert np.isfinite(look.table.numpy()).all()


def test_a_flat_photo_is_a_style_too():
    flat = Population(np.full((1, 2, 8, 3), 128, np.uint8), np.ones(1, np.float32))
    look = closed_form_look(flat, load_prior(), flat)
    assert np.isfinite(look.table.numpy()).all()


def test_own_untouched_photos_replace_the_prior():
    own = given(some_people(30, start=3), lambda colors: colors * 0.7)
    style = given(some_people(30), lambda colors: warm(colors * 0.7))
    content = given(some_people(1, start=7), lambda colors: colors * 0.7)
    look = closed_form_look(style, own, content, trusted=True)
    true, found = warm(SKIN * 0.7), seen(look, np.round(SKIN * 0.7 * 16) / 16)
    assert np.abs(true - found).max() < 0.12


def test_color_photos_are_not_gray_and_prints_are():
    people = some_people(20)
    assert not is_gray(people)
    assert is_gray(given(people, gray))
    assert is_gray(given(people, sepia))


def test_single_photos_are_told_apart():
    people = some_people(10)
    colors = people.colors.copy()
    colors[:3] = given(people, gray).colors[:3]
    assert gray_photos(Population(colors, people.weights))[:3].all()
    assert gray_photos(Population(colors, people.weights)).sum() < 6


def test_tint_of_neutral_prints_is_nothing():
    people = given(some_people(5), gray)
    assert not tint(people, people.weights, np.array([0.0, 50.0, 100.0])).any()


def test_evidence_offers_the_identity_first():
    style = some_people(3)
    prior = load_prior()
    maps, tones = Evidence(style, style.weights, prior, prior.weights, some_people(1)).maps()
    assert maps.shape == (NUM_CANDIDATES, 3, 4)
    np.testing.assert_allclose(maps[0], np.eye(3, 4))
    np.testing.assert_allclose(tones[0], [1, 0])


def test_shipped_regressions_fit_the_evidence():
    prior = load_prior()
    vector = Evidence(prior, prior.weights, prior, prior.weights, some_people(1)).vector()
    for regression, outputs in zip(load_regressions(), (3, 1), strict=True):
        shares, residual = regression(vector)
        assert shares.sum() == pytest.approx(1)
        assert residual.shape == (11, outputs)


def test_regression_by_hand():
    layers = ((np.eye(2), np.zeros(2)), (np.zeros((NUM_CANDIDATES + 11, 2)), np.arange(NUM_CANDIDATES + 11.0)))
    regression = Regression(np.array([1.0, 1.0]), np.array([2.0, 2.0]), layers)
    shares, residual = regression(np.array([1.0, 5.0]))
    assert shares[1] / shares[0] == pytest.approx(np.e)
    np.testing.assert_allclose(residual[:, 0], np.arange(NUM_CANDIDATES, NUM_CANDIDATES + 11))


def test_regression_round_trip_and_wrong_shapes():
    layers = ((np.ones((4, 2)), np.ones(4)), (np.ones((3, 4)), np.ones(3)))
    tensors = Regression(np.zeros(2), np.ones(2), layers).tensors()
    assert Regression.from_tensors(tensors).tensors().keys() == tensors.keys()
    with pytest.raises(ValueError, match=r"must be \(3, 4\)"):
        Regression.from_tensors(tensors | {"1.matrix": np.ones((3, 5))})
    with pytest.raises(ValueError, match="no array"):
        Regression.from_tensors(
            {"center": np.zeros(2), "scale": np.ones(2), "0.matrix": np.ones((4, 2)), "x": np.ones(1)}
        )


def test_a_damaged_regression_file_names_the_cure(tmp_path):
    path = tmp_path / "transport.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(AtelierError, match=r"transport\.safetensors: the transport cannot be read.*reinstall"):
        read_regressions(path)


def test_residual_terms_of_middle_gray_are_constant_only():
    terms = residual_terms(np.array([50.0, 0, 0]))
    np.testing.assert_allclose(terms, [1] + [0] * 10)


@pytest.mark.parametrize("change", [warm, gray])
def test_black_ends_no_lighter_and_white_no_darker_than_the_style_shows(change):
    style = given(some_people(12), change)
    look = closed_form_look(style, load_prior(), some_people(1, start=7))
    black, white = (srgb_to_lab(seen(look, np.full(3, value)))[0] for value in (0.0, 1.0))
    darkest, brightest = np.quantile(style.lab[:, 0, :, 0], (0.01, 0.99))
    assert black < darkest + 3
    assert white > brightest - 3


def test_prints_without_color_keep_their_lightness():
    people = given(some_people(3), sepia)
    neutral = without_color(people)
    assert np.ptp(neutral.colors, axis=-1).max() == 0
    np.testing.assert_allclose(neutral.lab[..., 0], people.lab[..., 0], atol=0.4)
