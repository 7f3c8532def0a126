"""Sidecars and stamps: what was done to a photo, said beside it or in it; and copies where nothing was done."""

import json

import numpy as np
import pytest
from photo_files import save, smooth
from portrait_atelier.core.batch.request import BatchRequest, PhotoTask, sidecar_path, written_by
from portrait_atelier.core.batch.restyling import restyle_task
from portrait_atelier.core.batch.sidecar import stamp_of, write_sidecar
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import style_hash


@pytest.fixture
def style():
    identity = Look.identity()
    table = identity.table.copy()
    table[..., 0] += 0.05
    return Style("warm", "fixed", look=Look(table, identity.grid))


def test_a_stamp_tells_what_differs_from_the_defaults(style):
    stamp = stamp_of(style, Controls(strength=0.8, protect_skin=0.25, even=True, device="cpu"))
    assert (stamp.style, stamp.style_hash, stamp.strength) == ("warm", style_hash(style), 0.8)
    assert dict(stamp.settings) == {"protect_skin": "0.25", "even": "True"}


def test_a_sidecar_is_beside_the_photo_and_replaces_nothing_unasked(tmp_path, style):
    path = write_sidecar(tmp_path / "a.jpg", tmp_path / "b.nef", style, Controls(strength=0.5))
    assert path == sidecar_path(tmp_path / "a.jpg") == tmp_path / "a.jpg.xmp"
    text = path.read_text(encoding="utf-8")
    for said in ('atelier:Style="warm"', f'atelier:StyleHash="{style_hash(style)}"', 'atelier:Strength="0.5"'):
        assert said in text
    assert 'atelier:Source="b.nef"' in text
    with pytest.raises(AtelierError, match="already exists"):
        write_sidecar(tmp_path / "a.jpg", tmp_path / "b.nef", style, Controls())
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_a_batch_writes_both(tmp_path, style, suffix):
    source, output = save(tmp_path / f"a{suffix}", smooth()), tmp_path / "out" / f"a{suffix}"
    request = BatchRequest((source,), output, Controls(strength=0.9), sidecar=True, stamp=True)
    task = PhotoTask(source, output)
    assert restyle_task(task, request, style).state == "done"
    assert sorted(output.parent.iterdir()) == sorted(written_by(request, task))
    packet = read_photo(output).metadata.xmp
    assert packet is not None
    assert b'atelier:Strength="0.9"' in packet


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_at_strength_0_the_file_is_copied(tmp_path, style, strength):
    source, output = save(tmp_path / "a.jpg", smooth()), tmp_path / "b.jpg"
    source.write_bytes(source.read_bytes() + b"a film after it, with more than a few bytes: " * 4)
    request = BatchRequest((source,), output, Controls(strength=strength))
    outcome = restyle_task(PhotoTask(source, output), request, style)
    assert (output.read_bytes() == source.read_bytes()) == (strength == 0)
    assert bool(outcome.notes) == (strength > 0)


def test_at_strength_0_gray_still_becomes_color_where_that_is_asked(tmp_path, style):
    source, output = save(tmp_path / "a.png", smooth()[..., 0]), tmp_path / "b.png"
    restyle_task(PhotoTask(source, output), BatchRequest((source,), output, Controls(0, rgb=True)), style)
    after = read_photo(output)
    np.testing.assert_array_equal(after.pixels, np.repeat(smooth()[..., :1], 3, -1))


def test_the_command_line_asks_for_both(atelier, tmp_path):
    save(tmp_path / "a.jpg", smooth(64, 64))
    code, out, _ = atelier("apply", "a.jpg", "-s", "warm-slide", "-o", "b.jpg", "--stamp", "--sidecar", "--json")
    assert code == 0
    assert json.loads(out.splitlines()[0])
    assert b"atelier:Style" in (tmp_path / "b.jpg").read_bytes()
    assert (tmp_path / "b.jpg.xmp").exists()
