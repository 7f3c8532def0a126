"""Loading, saving and exporting, inside the real ComfyUI."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import comfy_host
import numpy as np
import pytest
import torch
from comfy_calls import applied, atelier_error, from_photos, image_batch, load_style, portrait_batch

pytestmark = [pytest.mark.comfyui, pytest.mark.usefixtures("comfy_pack")]


def test_load_lists_ready_styles_own_ones_and_those_of_models(nodes: dict):
    folders = comfy_host.part("comfy_nodes.folders")
    models = folders.host_folders()[0][1]
    saved = nodes["AtelierSaveStyle"]
    for name, folder in (("mine", "my styles"), ("theirs", "models/portrait_styles"), ("high-key", "my styles")):
        saved.execute(load_style(nodes), name, folder, overwrite=False)
    options = nodes["AtelierLoadStyle"].define_schema().inputs[0].options
    assert (models / "theirs.safetensors").is_file()
    assert {"golden-hour", "mine", "theirs", "library/high-key", "bundled/high-key"} <= set(options)
    assert np.array_equal(load_style(nodes, "high-key").look.table, load_style(nodes).look.table)  # the user's own wins


def test_load_lists_tables_and_sub_folders_and_nothing_that_is_no_style(nodes: dict):
    from safetensors.torch import save_file

    models = comfy_host.part("comfy_nodes.folders").host_folders()[0][1]
    (models / "films").mkdir(parents=True, exist_ok=True)
    style_file = comfy_host.part("core.styles.style_file")
    style_file.save_style(load_style(nodes, "low-key"), models / "films" / "deep.safetensors", overwrite=True)
    cube = Path(nodes["AtelierExportLook"].execute(load_style(nodes), "33", "looks/listed")[0])
    (models / "films" / "gold.cube").write_bytes(cube.read_bytes())
    comfy_host.part("core.styles.export").write_hald(load_style(nodes).look, models / "hald.png", overwrite=True)
    save_file({"lora": torch.zeros(2)}, models / "a lora.safetensors")
    (models / "cover.png").write_bytes(b"no picture")
    options = nodes["AtelierLoadStyle"].define_schema().inputs[0].options
    assert {"films/deep", "films/gold.cube", "hald.png"} <= set(options)
    assert not {"a lora", "cover.png", "films/a lora"} & set(options)
    image = portrait_batch()
    expected = applied(nodes, image, 1.0, 0, style=load_style(nodes))[0]
    for name in ("films/gold.cube", "hald.png"):
        assert nodes["AtelierLoadStyle"].validate_inputs(style=name) is True
        found = applied(nodes, image, 1.0, 0, style=load_style(nodes, name))[0]
        assert (found - image).abs().mean() > 0.02
        assert (found - expected).abs().mean() < 0.05  # the same, but for its texture and places
    assert np.array_equal(load_style(nodes, "films/deep").look.table, load_style(nodes, "low-key").look.table)


def test_a_missing_style_is_told_with_the_folders_that_were_searched(nodes: dict):
    folders = comfy_host.part("comfy_nodes.folders")
    text = nodes["AtelierLoadStyle"].validate_inputs(style="goldenhour")
    for _, folder in folders.host_folders():
        assert str(folder) in text
    assert "did you mean golden-hour?" in text
    assert "press R" in text
    assert nodes["AtelierLoadStyle"].validate_inputs(style="bundled/golden-hour") is True


def test_a_style_is_loaded_anew_only_when_its_file_changes(nodes: dict):
    load, save = nodes["AtelierLoadStyle"], nodes["AtelierSaveStyle"]
    save.execute(load_style(nodes), "changing", "my styles", overwrite=False)
    before, first = load.fingerprint_inputs("changing"), load_style(nodes, "changing")
    assert load.fingerprint_inputs("changing") == before
    assert load_style(nodes, "changing") is first
    save.execute(load_style(nodes, "low-key"), "changing", "my styles", overwrite=True)
    assert load.fingerprint_inputs("changing") != before
    assert load_style(nodes, "changing") is not first


def test_a_damaged_style_file_is_told(nodes: dict):
    path = comfy_host.part("core.folders").library_folder() / "broken.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x80\x04pickle")
    with pytest.raises(atelier_error(), match="is a pickle, which can run programs"):
        load_style(nodes, "broken")


def test_save_keeps_a_style_once_and_replaces_none_unasked(nodes: dict):
    save = nodes["AtelierSaveStyle"]
    style, path = (save.execute(load_style(nodes), "kept", "my styles", overwrite=False)[place] for place in (0, 1))
    written = Path(path).stat().st_mtime_ns
    assert (style.name, Path(path).name) == ("kept", "kept.safetensors")
    save.execute(load_style(nodes), "kept", "my styles", overwrite=False)  # the same: nothing to do
    assert Path(path).stat().st_mtime_ns == written
    with pytest.raises(
        atelier_error(), match="another style is called 'kept'; choose another name, or switch overwrite on"
    ):
        save.execute(load_style(nodes, "low-key"), "kept", "my styles", overwrite=False)
    save.execute(load_style(nodes, "low-key"), "kept", "my styles", overwrite=True)
    with pytest.raises(atelier_error(), match="cannot hold"):
        save.execute(style, "a/b", "my styles", overwrite=False)


def test_save_without_a_name_keeps_the_name_that_a_style_has(nodes: dict):
    save = nodes["AtelierSaveStyle"]
    (given,) = [one for one in save.GET_SCHEMA().inputs if one.id == "name"]
    style, path = save.execute(load_style(nodes).renamed("mine"), given.default, "my styles", overwrite=False).result
    assert (given.default, style.name, Path(path).name) == ("", "mine", "mine.safetensors")
    assert save.execute(style, "  ", "my styles", overwrite=False).result[1] == path  # saved already
    assert len(list(Path(path).parent.glob("*.safetensors"))) == 1


def test_a_path_is_shown_without_the_name_of_its_owner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    shown_path = comfy_host.part("comfy_nodes.saving").shown_path
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert shown_path(tmp_path / "styles" / "mine.safetensors") == str(Path("~/styles/mine.safetensors"))
    assert shown_path(Path("/data/mine.safetensors")) == str(Path("/data/mine.safetensors"))


def test_save_makes_the_cover_of_a_style_that_has_none(nodes: dict):
    style = from_photos(nodes, images=[image_batch(3)])
    assert style.cover == b""
    saved = nodes["AtelierSaveStyle"].execute(style, "covered", "my styles", overwrite=False)[0]
    assert saved.cover[:2] == b"\xff\xd8"


def test_export_writes_a_cube_and_says_what_it_loses(nodes: dict):
    export = nodes["AtelierExportLook"]
    paths = [Path(export.execute(load_style(nodes), "33", "looks/gold", image)[0]) for image in (None, image_batch(2))]
    assert [path.name for path in paths] == ["gold_00001_.cube", "gold_00002_.cube"]
    assert "LUT_3D_SIZE 33" in paths[0].read_text()
    assert "adapted to the mean portrait" in export.execute(load_style(nodes), "33", "looks/gold")[1]
    assert "mean dE00" in export.execute(load_style(nodes), "65", "looks/gold", image_batch())[1]
    with pytest.raises(atelier_error(), match="is a pixel style"):
        export.execute(load_style(nodes, "red-chalk"), "33", "looks/chalk")


def test_a_prefix_may_hold_the_date():
    dated, now = comfy_host.part("comfy_nodes.saving").dated, datetime(2026, 3, 9, 7, 5, 1)
    assert dated("looks/%date%/gold", now) == "looks/2026-03-09/gold"
    assert dated("%date:yy/M-d hh:mm:ss%_%date:dd%", now) == "26/3-9 07:05:01_09"
    assert dated("50 % date", now) == "50 % date"


def test_export_stays_in_the_output_folder(nodes: dict):
    with pytest.raises(Exception, match="outside the output folder"):
        nodes["AtelierExportLook"].execute(load_style(nodes), "33", "../../away")
