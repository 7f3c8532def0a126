"""The command line end to end: files, messages, exit codes."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.cli import app as cli
from portrait_atelier.core.cli.commands import doctor
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    """A small photo with smooth colors of skin, hair and background."""
    return _portrait(tmp_path / "portrait.jpg", 0)


def _portrait(path: Path, seed: int, tint: tuple[float, float, float] = (1, 1, 1)) -> Path:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:1:280j, 0:1:210j]
    face = np.exp(-(((x - 0.5) / 0.2) ** 2) - ((y - 0.4 - rng.normal() * 0.03) / 0.25) ** 2)[..., None]
    skin = np.array([0.78, 0.58, 0.47]) + rng.normal(size=3) * 0.03
    background = rng.uniform(0.15, 0.7, 3) * (0.7 + 0.3 * y[..., None])
    pixels = background * (1 - face) + skin * face + rng.normal(size=(280, 210, 1)) * 0.02
    Image.fromarray((pixels * tint * 255).clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five finished photos, warm."""
    folder = tmp_path / "finished"
    folder.mkdir()
    for seed in range(1, 6):
        _portrait(folder / f"{seed}.jpg", seed, tint=(1.1, 0.95, 0.7))
    return folder


def test_apply_writes_beside_the_photo(atelier: Run, portrait: Path):
    code, out, _ = atelier("apply", portrait, "-s", "silver-gelatin")
    result = portrait.with_name("portrait.silver-gelatin.jpg")
    assert (code, out.strip()) == (0, str(result))
    pixels = np.asarray(Image.open(result)).astype(int)
    assert pixels.shape == (280, 210, 3)
    assert abs(pixels[..., 0] - pixels[..., 2]).mean() < 8  # black and white, toned at most


def test_apply_honours_the_name_after_o(atelier: Run, portrait: Path, tmp_path: Path):
    assert atelier("apply", portrait, "-s", "golden-hour", "-o", "new/one.png")[0] == 0
    assert read_photo(tmp_path / "new/one.png").file_format == "PNG"
    assert atelier("apply", portrait, "-s", "golden-hour", "-o", "new")[0] == 0
    assert (tmp_path / "new/portrait.jpg").exists()


def test_strength_zero_returns_the_pixels(atelier: Run, portrait: Path, tmp_path: Path):
    photo = Photo(pixels=np.random.default_rng(1).integers(0, 65536, (20, 30, 3)).astype(np.uint16), file_format="PNG")
    write_photo(photo, tmp_path / "deep.png")
    assert atelier("apply", "deep.png", "-s", "low-key", "--strength", "0", "-o", "same.png")[0] == 0
    assert np.array_equal(read_photo(tmp_path / "same.png").pixels, photo.pixels)


def test_variation_gives_another_print_and_always_the_same_one(atelier: Run, portrait: Path, tmp_path: Path):
    for name, seed in (("a", 0), ("b", 7), ("c", 7)):
        assert atelier("apply", portrait, "-s", "golden-hour", "--variation", seed, "-o", f"{name}.png")[0] == 0
    a, b, c = (read_photo(tmp_path / f"{name}.png").pixels for name in "abc")
    assert np.array_equal(b, c)
    assert not np.array_equal(a, b)


def test_photos_of_a_series_match_and_one_that_cannot_be_read_is_told_of_once(
    atelier: Run, portrait: Path, folder: Path, tmp_path: Path
):
    dark = _portrait(tmp_path / "dark.jpg", 9, tint=(0.5, 0.5, 0.6))
    (tmp_path / "broken.jpg").write_text("no picture")
    photos = ("broken.jpg", portrait, dark)
    code, _, err = atelier("apply", *photos, "-s", folder, "--series", "-o", "together")
    assert code == 1
    assert err.count("broken.jpg: ") == 1
    for name in ("portrait", "dark"):
        assert atelier("apply", tmp_path / f"{name}.jpg", "-s", folder, "-o", f"alone/{name}.jpg")[0] == 0
    for name in ("portrait", "dark"):
        together, alone = (read_photo(tmp_path / f"{where}/{name}.jpg").pixels for where in ("together", "alone"))
        assert not np.array_equal(together, alone)


def test_a_mask_keeps_what_is_black(atelier: Run, tmp_path: Path):
    photo = np.random.default_rng(2).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(photo).save(tmp_path / "p.png")
    mask = np.zeros((32, 32), np.uint8)
    mask[:, 16:] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    assert atelier("apply", "p.png", "-s", "low-key", "--mask", "m.png", "-o", "r.png")[0] == 0
    result = read_photo(tmp_path / "r.png").pixels
    assert np.array_equal(result[:, :30], photo[:, :30])
    assert not np.array_equal(result[:, 34:], photo[:, 34:])
    Image.fromarray(np.zeros((32, 100), np.uint8)).save(tmp_path / "wide.png")
    code, _, err = atelier("apply", "p.png", "-s", "low-key", "--mask", "wide.png", "-o", "r2.png")
    assert code == 1
    assert "wide.png" in err
    assert "shape" in err


def test_compare_writes_both_side_by_side(atelier: Run, portrait: Path):
    assert atelier("apply", portrait, "-s", "high-key", "--compare")[0] == 0
    with Image.open(portrait.with_name("portrait.high-key.compare.jpg")) as both:
        assert both.width > 2 * 210


def test_nothing_is_overwritten_unasked(atelier: Run, portrait: Path):
    assert atelier("apply", portrait, "-s", "low-key")[0] == 0
    result = portrait.with_name("portrait.low-key.jpg")
    before = result.read_bytes()
    code, _, err = atelier("apply", portrait, "-s", "high-key", "-o", result)
    assert code == 1
    assert "--overwrite" in err
    assert result.read_bytes() == before
    assert atelier("apply", portrait, "-s", "high-key", "-o", result, "--overwrite")[0] == 0
    assert result.read_bytes() != before


def test_several_photos_with_one_file_are_refused_before_anything_is_written(
    atelier: Run, folder: Path, tmp_path: Path
):
    code, _, err = atelier("apply", *sorted(folder.iterdir()), "-s", "low-key", "-o", "one.jpg")
    assert code == 1
    assert "is one file for 5 photos" in err
    assert not (tmp_path / "one.jpg").exists()


def test_two_inputs_with_one_output_are_refused_and_the_others_are_restyled(atelier: Run, folder: Path, tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    twin = _portrait(other / "1.jpg", 9)
    code, _, err = atelier("apply", folder / "1.jpg", folder / "2.jpg", twin, "-s", "low-key", "-o", "out")
    assert code == 1
    assert err.count("another photo would get the same name") == 2
    assert [path.name for path in (tmp_path / "out").glob("*.jpg")] == ["2.jpg"]


def test_a_photo_never_replaces_itself(atelier: Run, portrait: Path):
    code, _, err = atelier("apply", portrait, "-s", "low-key", "-o", portrait, "--overwrite")
    assert code == 1
    assert "would replace a photo" in err


def test_one_bad_photo_does_not_stop_the_rest(atelier: Run, folder: Path, tmp_path: Path):
    bad = folder / "0-bad.jpg"
    bad.write_bytes(b"not a photo")
    code, out, err = atelier("apply", *sorted(folder.iterdir()), "-s", "low-key", "-o", "out")
    assert code == 1
    assert "0-bad.jpg" in err
    assert len(out.split()) == len(list((tmp_path / "out").glob("*.jpg"))) == 5


def test_a_photo_and_a_folder_are_styles(atelier: Run, portrait: Path, folder: Path, tmp_path: Path):
    assert atelier("apply", portrait, "-s", folder, "-o", "a.png")[0] == 0
    assert atelier("apply", portrait, "-s", folder / "1.jpg", "-o", "b.png")[0] == 0
    before, by_folder, by_photo = (
        read_photo(path).pixels.astype(float).mean((0, 1))
        for path in (portrait, tmp_path / "a.png", tmp_path / "b.png")
    )
    assert by_folder[0] / by_folder[2] > before[0] / before[2]  # warmer
    assert not np.allclose(by_folder, by_photo)


def test_a_mixed_folder_as_a_style_is_said(
    atelier: Run, portrait: Path, folder: Path, caplog: pytest.LogCaptureFixture
):
    for path in sorted(folder.iterdir())[:3]:
        Image.open(path).convert("L").save(path)
    for seed in range(11, 14):
        _portrait(folder / f"{seed}.jpg", seed, tint=(1.1, 0.95, 0.7))
    assert atelier("apply", portrait, "-s", folder)[0] == 0
    assert "black-and-white and color photos are mixed" in caplog.text


def test_a_folder_with_a_dot_gives_its_whole_name(atelier: Run, portrait: Path, folder: Path):
    assert atelier("apply", portrait, "-s", folder.rename(folder.with_name("2024.best")))[0] == 0
    assert portrait.with_name("portrait.2024.best.jpg").exists()


def test_names_of_styles_are_never_broken_over_lines(atelier: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("portrait_atelier.core.cli.commands.console.out._width", 60)
    assert "orthochromatic-plate " in atelier("styles")[1]


def test_learn_then_apply(atelier: Run, portrait: Path, folder: Path):
    code, out, err = atelier("learn", folder, "-n", "my look", "--instant")
    assert code == 0, err
    assert "5 photos" in out
    assert atelier("apply", portrait, "-s", "my look")[0] == 0
    assert portrait.with_name("portrait.my look.jpg").exists()
    code, _, err = atelier("learn", folder, "-n", "my look", "--instant")
    assert (code, "--overwrite" in err) == (1, True)
    assert atelier("learn", folder, "-n", "my look", "--content", folder, "--instant", "--overwrite")[0] == 0


def test_the_library_by_its_commands(atelier: Run, folder: Path, tmp_path: Path):
    assert atelier("learn", folder, "-n", "one", "-o", "one", "--instant")[0] == 0
    assert (tmp_path / "one.safetensors").stat().st_size < 1_000_000
    assert atelier("add", "one.safetensors")[0] == 0
    assert atelier("rename", "one", "first")[0] == 0
    assert atelier("blend", "first", "low-key", "--weight", "0.3", "-n", "mix")[0] == 0
    listed = {entry["name"]: entry for entry in json.loads(atelier("styles", "--json")[1])}
    assert {"first", "mix", "low-key", "documentary-1936"} <= set(listed)
    assert Path(listed["mix"]["path"]).is_file()
    assert "30% low-key" in atelier("show", "mix")[1]
    assert "first" in atelier("styles")[1]
    assert atelier("remove", "first")[0] == 0
    code, _, err = atelier("show", "first")
    assert code == 1
    assert "no such style" in err


def test_export(atelier: Run, portrait: Path, tmp_path: Path):
    code, out, _ = atelier("export", "low-key", "-o", "look.cube", "--photo", portrait)
    assert code == 0
    assert "mean dE00" in out
    assert atelier("export", "low-key", "-o", "look.png")[0] == 0
    assert read_photo(tmp_path / "look.png").pixels.shape == (512, 512, 3)
    code, _, err = atelier("export", "low-key", "-o", "look.3dl")
    assert (code, ".cube" in err) == (1, True)


def test_demo_shows_every_ready_style(atelier: Run, tmp_path: Path):
    assert atelier("demo")[0] == 0
    made = {path.stem for path in (tmp_path / "atelier-demo").iterdir()}
    bundled = {entry["name"] for entry in json.loads(atelier("styles", "--json")[1]) if entry["origin"] == "bundled"}
    assert len(bundled) >= 9
    assert bundled | {"contact-sheet", "before-after"} == made
    code, _, err = atelier("demo")
    assert (code, "--overwrite" in err) == (1, True)


def test_doctor_finds_everything_needed(atelier: Run):
    code, out, _ = atelier("doctor")
    assert code == 0
    assert "ready styles" in out
    assert "--thorough" in out


def test_a_thorough_doctor_asks_torch_for_gpus(atelier: Run):
    code, out, _ = atelier("doctor", "--thorough")
    assert code == 0
    assert "  mps: " in out


@pytest.mark.parametrize("is_slow", [False, True])
def test_doctor_tells_of_a_missing_package_loaded_or_not(atelier: Run, monkeypatch: pytest.MonkeyPatch, is_slow: bool):
    monkeypatch.setattr(doctor, "_PACKAGES", (("paint", "no_such_paint", "painting", is_slow),))
    code, out, _ = atelier("doctor")
    assert code == 1
    assert "paint: BROKEN or missing (ModuleNotFoundError: No module named 'no_such_paint'); needed for painting" in out
    assert "pip install --upgrade paint" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["apply", "none.jpg", "-s", "low-key"], "none.jpg"),
        (["apply", "x.jpg", "-s", "no-such-style"], "no such style"),
        (["apply", "x.jpg", "-s", "n" * 300], "no such style"),
        (["apply", f"{'n' * 300}.jpg", "-s", "low-key"], "cannot be opened (file name too long)"),
        (["apply", ".", "-s", "low-key", "-o", "n" * 300], "cannot be read (file name too long)"),
        (["watch", "n" * 300, "-s", "low-key", "-o", "out"], "no such folder"),
        (["demo", "-o", "n" * 300], "choose a shorter name"),
        (["export", "low-key", "-o", f"{'n' * 300}.cube"], "choose a shorter name"),
        (["learn", ".", "-n", "x", "-o", "n" * 300], "choose a shorter name"),
        (["learn", "nowhere", "-n", "x"], "nowhere"),
        (["learn", ".", "-n", "a/b"], "cannot hold '/'"),
        (["add", "none.safetensors"], "no such style file"),
        (["remove", "low-key"], "is a bundled style"),
        (["export", "low-key", "-o", "a.cube", "--size", "17"], "33 or 65"),
    ],
)
def test_errors_are_one_line_and_exit_code_1(atelier: Run, words: list[str], message: str):
    code, _, err = atelier(*words)
    assert code == 1
    assert message in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [["apply", "x.jpg", "-s", "y", "--strength", "9"], ["apply"], ["frobnicate"]])
def test_wrong_words_exit_with_2(atelier: Run, words: list[str]):
    assert atelier(*words)[0] == 2


def test_a_name_that_the_console_cannot_write_does_not_end_the_run(
    atelier: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    paper = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(paper, encoding="cp1252"))
    photo = _portrait(tmp_path / "漢.jpg", 0)
    assert atelier("apply", photo, "-s", "low-key", "-o", "out")[0] == 0
    cli.sys.stdout.flush()
    assert paper.getvalue().decode("cp1252").strip().endswith(r"\u6f22.jpg")


def test_a_stopped_run_says_so(atelier: Run, monkeypatch: pytest.MonkeyPatch, portrait: Path):
    def stop(request: object, style: str, options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("portrait_atelier.core.cli.commands.apply.run_apply", stop)
    code, _, err = atelier("apply", portrait, "-s", "low-key")
    assert (code, "nothing half-written" in err) == (130, True)
