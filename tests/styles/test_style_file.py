"""Style files: what is written comes back; what is not a whole, unchanged style file is refused with its reason."""

import base64
import json
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from people_material import colors_of_people
from portrait_atelier.core.errors import AtelierError, StyleError
from portrait_atelier.core.estimation.adapter import ADAPTED_LAYERS, StyleAdapter
from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, table_shape
from portrait_atelier.core.styles import style_container
from portrait_atelier.core.styles.style import Style, blend_styles
from portrait_atelier.core.styles.style_container import FORMAT, content_hash
from portrait_atelier.core.styles.style_file import load_style, save_style, style_hash
from safetensors import safe_open
from safetensors.numpy import save


@pytest.fixture
def fixed() -> Style:
    rng = np.random.default_rng(1)
    look = Look(rng.standard_normal(table_shape(), np.float32), rng.standard_normal(grid_shape(), np.float32))
    return Style("warm", "fixed", description="a warm look", settings={"by": "hand"}, look=look, cover=b"\xff\xd8jpeg")


@pytest.fixture
def instant() -> Style:
    return Style("mine", "instant", num_photos=3, photos=colors_of_people(3), own=colors_of_people(2, first=5))


def _tensors_equal(first: Style, second: Style) -> bool:
    return style_hash(first) == style_hash(second)


def test_every_kind_comes_back_as_it_was_written(tmp_path: Path, fixed: Style, instant: Style):
    blend = blend_styles(fixed, instant, 0.25, "both")
    for style in (fixed, instant, blend):
        loaded = load_style(save_style(style, tmp_path / style.name))
        assert _tensors_equal(loaded, style)
        assert (loaded.name, loaded.kind, loaded.num_photos) == (style.name, style.kind, style.num_photos)
        assert dict(loaded.settings) == dict(style.settings)
        assert [weight for weight, _ in loaded.parts] == [weight for weight, _ in style.parts]
    assert load_style(tmp_path / "warm.safetensors").cover == fixed.cover


def test_the_hash_is_of_tensors_and_settings_not_of_name_and_date(fixed: Style):
    renamed = fixed.renamed("other")
    assert style_hash(renamed) == style_hash(fixed)
    other = Style("warm", "fixed", settings={"by": "machine"}, look=fixed.look, cover=fixed.cover)
    assert style_hash(other) != style_hash(fixed)


def test_the_same_style_gives_the_same_bytes(tmp_path: Path, fixed: Style):
    first, second = (save_style(fixed, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_other_programs_find_the_cover_where_they_look(tmp_path: Path, fixed: Style):
    with safe_open(save_style(fixed, tmp_path / "a"), "numpy") as file:
        metadata = file.metadata()
    assert [base64.b64decode(cover) for cover in json.loads(metadata["ssmd_cover_images"])] == [fixed.cover]
    with safe_open(save_style(replace(fixed, cover=b""), tmp_path / "b"), "numpy") as file:
        assert set(file.metadata()) == {"portrait_atelier"}


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path, fixed: Style, monkeypatch: pytest.MonkeyPatch):
    size = save_style(fixed, tmp_path / "a").stat().st_size
    monkeypatch.setattr(style_container, "MAX_BYTES", size - 1)
    with pytest.raises(StyleError, match=r"b.safetensors: would be too large for a style file .*; blend fewer styles"):
        save_style(fixed, tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]
    monkeypatch.setattr(style_container, "MAX_BYTES", size)
    load_style(save_style(fixed, tmp_path / "b"))


def test_no_length_of_header_is_taken_for_a_pickle(tmp_path: Path, fixed: Style):
    for length in range(0, 300, 8):
        style = Style("x", "fixed", description="d" * length, look=fixed.look)
        assert load_style(save_style(style, tmp_path / "x", overwrite=True)).description == style.description


def test_a_file_is_never_replaced_unasked(tmp_path: Path, fixed: Style):
    path = save_style(fixed, tmp_path / "s")
    with pytest.raises(AtelierError, match="s.safetensors.*--overwrite"):
        save_style(fixed, path)
    save_style(fixed, path, overwrite=True)


def _with_metadata(path: Path, **changes: object) -> None:
    payload = path.read_bytes()
    size = struct.unpack("<Q", payload[:8])[0]
    header = json.loads(payload[8 : 8 + size])
    metadata = json.loads(header["__metadata__"]["portrait_atelier"])
    header["__metadata__"]["portrait_atelier"] = json.dumps({**metadata, **changes})
    encoded = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + payload[8 + size :])


def test_a_newer_format_is_refused_with_the_cure(tmp_path: Path, fixed: Style):
    path = save_style(fixed, tmp_path / "s")
    _with_metadata(path, format=FORMAT + 1)
    with pytest.raises(
        StyleError, match=r"s.safetensors: was made by a newer .*update with `(git|.*install --upgrade) .*`"
    ):
        load_style(path)


def test_tampering_is_found(tmp_path: Path, fixed: Style):
    path = save_style(fixed, tmp_path / "s")
    _with_metadata(path, settings={"by": "someone else"})
    with pytest.raises(StyleError, match="was changed after it was written"):
        load_style(path)
    save_style(fixed, path, overwrite=True)
    payload = bytearray(path.read_bytes())
    payload[-1000] ^= 1
    path.write_bytes(payload)
    with pytest.raises(StyleError, match="was changed after it was written"):
        load_style(path)


@pytest.mark.parametrize("name", ["../../elsewhere", "a/b", "", "\x1b[2Jcleared", "\x9b2J"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, fixed: Style, name: str):
    path = save_style(fixed, tmp_path / "s")
    _with_metadata(path, name=name)
    with pytest.raises(StyleError, match="s.safetensors: is damaged .*a style's name"):
        load_style(path)


def test_numbers_without_end_are_refused(tmp_path: Path, fixed: Style):
    path = save_style(fixed, tmp_path / "s")
    _with_metadata(path, num_photos=float("inf"))
    with pytest.raises(StyleError, match="s.safetensors: is damaged"):
        load_style(path)


def test_texts_cannot_take_over_the_terminal(tmp_path: Path, fixed: Style):
    path = save_style(fixed, tmp_path / "s")
    _with_metadata(path, description="fine\x1b]0;title\x07", words="one\ntwo")
    style = load_style(path)
    assert (style.description, style.words) == ("fine ]0;title ", "one\ntwo")


def test_truncation_is_found(tmp_path: Path, fixed: Style):
    path = save_style(fixed, tmp_path / "s")
    payload = path.read_bytes()
    for length in (0, 5, 100, len(payload) // 2, len(payload) - 1):
        path.write_bytes(payload[:length])
        with pytest.raises(StyleError, match="s.safetensors: is (truncated|damaged|not a style file)"):
            load_style(path)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"\x80\x04\x95some pickle", "is a pickle"),
        (b"PK\x03\x04archive of torch.save", "is a pickle"),
        (b"\xff\xd8\xff\xe0 a jpeg, by its first bytes", "is not a style file"),
        (b"hello, world; this is a text", "is not a style file"),
        (struct.pack("<Q", 30) + b'{"t":{"dtype":"F32"}}' + b" " * 9, "no style metadata"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, payload: bytes, message: str):
    path = tmp_path / "s.safetensors"
    path.write_bytes(payload)
    with pytest.raises(StyleError, match=message):
        load_style(path)


def _zipped(path: Path, *files: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as zipped:
        for name, content in files:
            zipped.writestr(name, content)
    return path


def test_the_style_file_in_a_zip_is_read(tmp_path: Path, fixed: Style):
    payload = save_style(fixed, tmp_path / "s").read_bytes()
    others = [("s/about.txt", b"words")]
    others += [(name, b"what macOS adds") for name in ("__MACOSX/s/._s.safetensors", "s/._s.safetensors")]
    path = _zipped(tmp_path / "Shared.ZIP", *others, ("s/s.safetensors", payload))
    assert style_hash(load_style(path)) == style_hash(fixed)


def test_zips_without_one_style_are_refused(tmp_path: Path, fixed: Style, monkeypatch: pytest.MonkeyPatch):
    payload = save_style(fixed, tmp_path / "s").read_bytes()
    network = _zipped(tmp_path / "network.zip", ("archive/data.pkl", b"\x80\x02."))
    with pytest.raises(StyleError, match="network.zip: holds no style file"):
        load_style(network)
    two = _zipped(tmp_path / "two.zip", ("a.safetensors", payload), ("b.safetensors", payload))
    with pytest.raises(StyleError, match="two.zip: holds 2 style files; unpack it and take one"):
        load_style(two)
    (tmp_path / "cut.zip").write_bytes(two.read_bytes()[:200])
    with pytest.raises(StyleError, match="cut.zip: is no zip that can be opened"):
        load_style(tmp_path / "cut.zip")
    with pytest.raises(StyleError, match="none.zip: no such style file"):
        load_style(tmp_path / "none.zip")
    monkeypatch.setattr(style_container, "MAX_BYTES", len(payload) - 1)
    with pytest.raises(StyleError, match="large.zip: is too large to be a style file"):
        load_style(_zipped(tmp_path / "large.zip", ("s.safetensors", payload)))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_zip_is_told(tmp_path: Path, fixed: Style, method: int):
    whole, name = tmp_path / "whole.zip", "für alle/s.safetensors"
    with zipfile.ZipFile(whole, "w", method) as zipped:
        zipped.write(save_style(fixed, tmp_path / "s"), name)
    data, damaged = whole.read_bytes(), tmp_path / "damaged.zip"
    content = len(data) // 2
    for place in (data.rindex("ü".encode()), 30 + len(name.encode()) + 4, content, len(data) - 20):
        damaged.write_bytes(data[:place] + b"\xff\x00\xff\xff" + data[place + 4 :])
        with pytest.raises(StyleError, match="damaged.zip: "):
            load_style(damaged)


def test_missing_files_and_folders_are_named(tmp_path: Path):
    with pytest.raises(StyleError, match="none.safetensors: no such style file"):
        load_style(tmp_path / "none.safetensors")
    with pytest.raises(StyleError, match="is a folder"):
        load_style(tmp_path)


@pytest.fixture
def learnt() -> Style:
    rng = np.random.default_rng(3)
    up, down, bias = (
        {name: rng.normal(size=shape).astype(np.float32) for name in ADAPTED_LAYERS} for shape in ((96, 8), (8, 96), 96)
    )
    adapter = StyleAdapter("0123456789abcdef", up, down, bias, delta_weight=0.5)
    score = {"learnt": 4.25, "floor": 3.5, "by_keep": [5.0, 4.25, 4.5]}
    return Style("studio", "learnt", num_photos=25, photos=colors_of_people(25), adapter=adapter, score=score)


def test_a_learnt_style_comes_back_as_it_was_written(tmp_path: Path, learnt: Style):
    loaded = load_style(save_style(learnt, tmp_path / "studio"))
    assert (loaded.kind, loaded.score) == ("learnt", learnt.score)
    assert loaded.adapter is not None
    assert learnt.adapter is not None
    assert (loaded.adapter.base, loaded.adapter.delta_weight) == ("0123456789abcdef", 0.5)
    ours, theirs = learnt.adapter.tensors(), loaded.adapter.tensors()
    assert set(ours) == set(theirs)
    assert all((ours[name] == theirs[name]).all() for name in ours)


def test_a_learnt_style_inside_a_blend_keeps_its_change(tmp_path: Path, fixed: Style, learnt: Style):
    loaded = load_style(save_style(blend_styles(fixed, learnt, 0.25, "both"), tmp_path / "both"))
    part = loaded.parts[1][1]
    assert part.adapter is not None
    assert (part.kind, part.adapter.delta_weight) == ("learnt", 0.5)
    assert loaded.parts[0][1].adapter is None


def test_the_hash_covers_the_change_and_not_the_score(learnt: Style):
    assert learnt.adapter is not None
    bias = {name: -value for name, value in learnt.adapter.bias.items()}
    changes = ({"delta_weight": 0.6}, {"base": "f" * 16}, {"bias": bias})
    hashes = {style_hash(replace(learnt, adapter=replace(learnt.adapter, **change))) for change in changes}
    assert len(hashes | {style_hash(learnt)}) == 1 + len(changes)
    assert style_hash(replace(learnt, score={})) == style_hash(learnt)


def test_a_learnt_style_of_version_0_3_still_opens(tmp_path: Path, learnt: Style):
    assert learnt.photos is not None
    colors = learnt.photos.colors
    arrays = {
        "population.colors": np.ascontiguousarray(np.stack([colors, colors], 1)),
        "population.weights": learnt.photos.weights,
        "tuning.code": np.zeros(48, np.float32),
    }
    settings = {"method": "adversarial"}
    metadata = {
        "format": 1,
        "kind": "learnt",
        "name": "old",
        **dict.fromkeys(("description", "words", "licence", "created"), ""),
        "num_photos": 25,
        "settings": settings,
        "score": {},
        "base": "abc",
        "keep": 0.5,
        "parts": [],
        "hash": content_hash("learnt", {**settings, "base": "abc", "keep": 0.5}, arrays),
    }
    path = tmp_path / "old.safetensors"
    path.write_bytes(save(arrays, {"portrait_atelier": json.dumps(metadata)}))
    style = load_style(path)
    assert style.is_outdated
    assert style.photos is not None
    np.testing.assert_array_equal(style.photos.colors, colors)


@pytest.mark.parametrize("change", [{"keep": 0.9}, {"base": "f" * 16}])
def test_tampering_with_what_is_kept_is_found(tmp_path: Path, learnt: Style, change: dict[str, object]):
    path = save_style(learnt, tmp_path / "s")
    _with_metadata(path, **change)
    with pytest.raises(StyleError, match="was changed after it was written"):
        load_style(path)


@pytest.mark.parametrize("change", [{"keep": 2.0}, {"keep": float("nan")}, {"keep": None}])
def test_what_cannot_be_kept_is_refused(tmp_path: Path, learnt: Style, change: dict[str, object]):
    path = save_style(learnt, tmp_path / "s")
    _with_metadata(path, **change)
    with pytest.raises(StyleError, match="s.safetensors: is damaged"):
        load_style(path)


def test_a_learnt_style_is_small(tmp_path: Path, learnt: Style):
    assert save_style(learnt, tmp_path / "s").stat().st_size < 500_000


def test_a_table_of_the_ground_is_stored_and_one_of_skin_is_not(tmp_path: Path, fixed: Style):
    assert fixed.look is not None
    ground = np.random.default_rng(0).normal(0, 0.1, table_shape()).astype(np.float32)
    style = replace(fixed, look=replace(fixed.look, ground=ground, skin=2 * ground))
    path = save_style(style, tmp_path / "apart.safetensors")
    found = load_style(path)
    assert found.look is not None
    np.testing.assert_array_equal(found.look.ground, ground)
    assert found.look.skin is None
    assert style_hash(found) == style_hash(style) != style_hash(fixed)
    assert b'\\"format\\": 2' in path.read_bytes()[:4096]  # version 0.3 is told that it cannot read it
    assert b'\\"format\\": 1' in save_style(fixed, tmp_path / "plain.safetensors").read_bytes()[:4096]


def test_a_ground_of_no_numbers_is_refused(tmp_path: Path, fixed: Style):
    assert fixed.look is not None
    ground = np.full(table_shape(), np.nan, np.float32)
    path = save_style(replace(fixed, look=replace(fixed.look, ground=ground)), tmp_path / "broken.safetensors")
    with pytest.raises(StyleError, match="not numbers"):
        load_style(path)
