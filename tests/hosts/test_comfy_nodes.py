"""Every node in this process, inside the real ComfyUI."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import comfy_host
import numpy as np
import pytest
import torch

pytestmark = [pytest.mark.comfyui, pytest.mark.usefixtures("comfy_pack")]
IDS = {
    "AtelierApplyStyle",
    "AtelierMatchStyle",
    "AtelierLoadStyle",
    "AtelierStyleFromPhotos",
    "AtelierTrainStyle",
    "AtelierBlendStyles",
    "AtelierSaveStyle",
    "AtelierExportLook",
    "AtelierStyleReport",
    "AtelierPortraitMasks",
    "AtelierDetailCrop",
}


@pytest.fixture
def nodes(comfy_pack) -> dict:
    """The nodes, run as ComfyUI runs them: in inference mode."""
    with torch.inference_mode():
        yield comfy_host.node_list(comfy_pack)


def _error(name: str = "StyleError") -> type[Exception]:
    return getattr(comfy_host.part("core.errors"), name)


def _load(nodes: dict, name: str = "golden-hour"):
    return nodes["AtelierLoadStyle"].execute(name)[0]


def _image(count: int = 1, size: int = 40) -> torch.Tensor:
    return torch.rand((count, size, size, 3), generator=torch.Generator().manual_seed(count))


def _portrait() -> torch.Tensor:
    """(1, 256, 256, 3), the astronaut."""
    photo = comfy_host.part("core.styles.cover").astronaut()
    return torch.from_numpy(photo.pixels[::2, ::2] / np.float32(255))[None]


def _output(nodes: dict, image: torch.Tensor, strength: float, variation: int, **given):
    """What Apply gives for inputs that are no lists, which ComfyUI wraps."""
    inputs = {"image": image, "strength": strength, "variation": variation, "series": False, **given}
    return nodes["AtelierApplyStyle"].execute(**{name: [value] for name, value in inputs.items()})


def _apply(nodes: dict, image: torch.Tensor, strength: float, variation: int, **given) -> tuple[torch.Tensor]:
    return tuple(_output(nodes, image, strength, variation, **given)[0])


def _from_photos(nodes: dict, **given):
    return nodes["AtelierStyleFromPhotos"].execute(
        folder=[given.pop("folder", "(none)")], content_folder=[given.pop("content_folder", "(none)")], **given
    )[0]


def test_the_ids_of_nodes_are_permanent(nodes: dict):
    assert set(nodes) == IDS


def test_every_node_and_every_socket_is_explained(nodes: dict):
    for name, node in nodes.items():
        schema = node.GET_SCHEMA()
        assert schema.category == "Portrait Atelier"
        assert len(schema.description) > 40, name
        assert schema.display_name
        for socket in [*schema.inputs, *schema.outputs]:
            assert socket.tooltip, f"{name}.{socket.id}"


def test_images_come_first(nodes: dict):
    for node in nodes.values():
        names = [given.id for given in node.GET_SCHEMA().inputs]
        for name in ("image", "images"):
            assert name not in names[1:]


def test_load_lists_ready_styles_own_ones_and_those_of_models(nodes: dict):
    folders = comfy_host.part("comfy_nodes.folders")
    models = folders.host_folders()[0][1]
    saved = nodes["AtelierSaveStyle"]
    for name, folder in (("mine", "my styles"), ("theirs", "models/portrait_styles"), ("high-key", "my styles")):
        saved.execute(_load(nodes), name, folder, overwrite=False)
    options = nodes["AtelierLoadStyle"].define_schema().inputs[0].options
    assert (models / "theirs.safetensors").is_file()
    assert {"golden-hour", "mine", "theirs", "library/high-key", "bundled/high-key"} <= set(options)
    assert np.array_equal(_load(nodes, "high-key").look.table, _load(nodes).look.table)  # the user's own wins


def test_load_lists_tables_and_sub_folders_and_nothing_that_is_no_style(nodes: dict):
    from safetensors.torch import save_file

    models = comfy_host.part("comfy_nodes.folders").host_folders()[0][1]
    (models / "films").mkdir(parents=True, exist_ok=True)
    style_file = comfy_host.part("core.styles.style_file")
    style_file.save_style(_load(nodes, "low-key"), models / "films" / "deep.safetensors", overwrite=True)
    cube = Path(nodes["AtelierExportLook"].execute(_load(nodes), "33", "looks/listed")[0])
    (models / "films" / "gold.cube").write_bytes(cube.read_bytes())
    comfy_host.part("core.styles.export").write_hald(_load(nodes).look, models / "hald.png", overwrite=True)
    save_file({"lora": torch.zeros(2)}, models / "a lora.safetensors")
    (models / "cover.png").write_bytes(b"no picture")
    options = nodes["AtelierLoadStyle"].define_schema().inputs[0].options
    assert {"films/deep", "films/gold.cube", "hald.png"} <= set(options)
    assert not {"a lora", "cover.png", "films/a lora"} & set(options)
    image = _portrait()
    expected = _apply(nodes, image, 1.0, 0, style=_load(nodes))[0]
    for name in ("films/gold.cube", "hald.png"):
        assert nodes["AtelierLoadStyle"].validate_inputs(style=name) is True
        found = _apply(nodes, image, 1.0, 0, style=_load(nodes, name))[0]
        assert (found - image).abs().mean() > 0.02
        assert (found - expected).abs().mean() < 0.05  # the same, but for its texture and places
    assert np.array_equal(_load(nodes, "films/deep").look.table, _load(nodes, "low-key").look.table)


def _matched(nodes: dict, images: list[torch.Tensor], photos: list[torch.Tensor], **given) -> list[torch.Tensor]:
    inputs = {"strength": 1.0, "references": "all together", "series": False, **given}
    wrapped = {name: [value] for name, value in inputs.items()}
    return nodes["AtelierMatchStyle"].execute(image=images, reference=photos, **wrapped)[0]


def test_match_is_a_style_of_the_references_applied(nodes: dict):
    warm = _portrait() * torch.tensor([1.0, 0.85, 0.6])
    style = _from_photos(nodes, images=[warm])
    image = _portrait().flip(2)
    (found,) = _matched(nodes, [image], [warm])
    assert torch.equal(found, _apply(nodes, image, 1.0, 0, style=style)[0])
    assert found[..., 2].mean() < image[..., 2].mean() - 0.05
    assert _matched(nodes, [image], [warm], strength=0.0)[0] is image


def test_match_takes_one_reference_for_each_image(nodes: dict):
    warm, cold = (_portrait() * torch.tensor(cast) for cast in ([1.0, 0.85, 0.6], [0.6, 0.85, 1.0]))
    images = _portrait().flip(2).repeat(2, 1, 1, 1)
    (both,) = _matched(nodes, [images], [torch.cat([warm, cold])], references="one for each image", grain=0.0)
    assert both.shape == images.shape
    for number, reference in enumerate((warm, cold)):
        (alone,) = _matched(nodes, [images[:1]], [reference], grain=0.0)
        assert torch.equal(both[number], alone[0])


def test_the_names_of_nodes_hold_what_people_search_for(nodes: dict):
    names = " ".join(node.GET_SCHEMA().display_name for node in nodes.values()).lower()
    assert all(word in names for word in ("color match", "lut", "grade"))


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
    save.execute(_load(nodes), "changing", "my styles", overwrite=False)
    before, first = load.fingerprint_inputs("changing"), _load(nodes, "changing")
    assert load.fingerprint_inputs("changing") == before
    assert _load(nodes, "changing") is first
    save.execute(_load(nodes, "low-key"), "changing", "my styles", overwrite=True)
    assert load.fingerprint_inputs("changing") != before
    assert _load(nodes, "changing") is not first


def test_a_damaged_style_file_is_told(nodes: dict):
    path = comfy_host.part("core.folders").library_folder() / "broken.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x80\x04pickle")
    with pytest.raises(_error(), match="is a pickle, which can run programs"):
        _load(nodes, "broken")


def test_apply_asks_for_nothing_else_at_strength_0(nodes: dict):
    apply = nodes["AtelierApplyStyle"]
    given = {"image": _image(), "variation": 0, "series": False}
    assert apply.check_lazy_status(strength=[0.0], style=(None,), mask=(None,), **given) == []
    assert apply.check_lazy_status(strength=[0.5], style=(None,), mask=(None,), **given) == ["style", "mask"]
    assert apply.check_lazy_status(strength=[0.5], style=[object()], **given) == []  # no mask is connected
    assert _apply(nodes, given["image"], 0.0, 0, style=None)[0] is given["image"]


def test_apply_is_what_core_does(nodes: dict):
    image = _image(2)
    result = _apply(nodes, image, 0.8, 3, style=_load(nodes))[0]
    photo = comfy_host.part("core.imaging.photo").Photo(pixels=image[1].numpy())
    controls = comfy_host.part("core.styles.controls").Controls(strength=0.8, variation=3, device="cpu")
    expected = comfy_host.part("core.styles.applying").apply_style(photo, _load(nodes), controls)
    assert torch.equal(result[1], torch.from_numpy(expected.pixels).clamp(0, 1))


def test_inputs_of_apply_that_came_later_are_optional_and_last(nodes: dict):
    defaults = comfy_host.part("core.styles.controls").Controls()
    inputs = nodes["AtelierApplyStyle"].define_schema().inputs
    first, later = [one.id for one in inputs[:6]], inputs[6:]
    assert first == ["image", "style", "strength", "variation", "series", "mask"]
    assert [one.id for one in later] == [
        "protect_skin",
        "region",
        "grain",
        "even",
        "invert_mask",
        "feather",
    ]
    assert all(one.optional for one in later)
    assert [one.default for one in later] == [*(getattr(defaults, one.id) for one in later[:4]), False, 0]


@pytest.mark.parametrize("given", [{"region": "ground"}, {"grain": 0.0}, {"protect_skin": 1.0}, {"even": True}])
def test_later_controls_reach_the_core(nodes: dict, given: dict):
    image, style = _portrait(), _load(nodes, "silver-gelatin")
    found = _apply(nodes, image, 1.0, 0, style=style, **given)[0]
    controls = comfy_host.part("core.styles.controls").Controls(device="cpu", **given)
    photo = comfy_host.part("comfy_nodes.pictures").photo_of(image[0])
    expected = comfy_host.part("core.styles.applying").apply_style(photo, style, controls)
    assert torch.equal(found[0], torch.from_numpy(expected.pixels).clamp(0, 1))


def test_remarks_are_shown_on_the_node_and_in_the_log(
    nodes: dict, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    shown = []
    module = comfy_host.part("comfy_nodes.nodes_apply")
    monkeypatch.setattr(module, "show_text", lambda node, text: shown.append(text))
    style = _load(nodes)
    assert _output(nodes, _image(), 1.0, 0, style=style).ui is None
    assert shown == []

    dark = _portrait() / 4
    (text,) = _output(nodes, dark, 1.0, 0, style=style, even=True).ui.as_dict()["text"]
    assert re.fullmatch(r"evened first: \+\d\.\d stops.*", text)
    assert shown == [text]
    _output(nodes, dark.repeat(6, 1, 1, 1), 1.0, 0, style=style, even=True)
    assert shown[1].split("\n") == [*(f"image {number}: {text}" for number in range(1, 5)), "and 2 more, in the log"]
    assert f"image 6: {text}" in caplog.text
    _output(nodes, _image(), 1.0, 0, style=style)
    _output(nodes, _image(), 1.0, 0, style=style)
    assert shown[2:] == [""]  # what the last run said goes, once


def test_what_would_make_the_cpu_faster_is_said_once(nodes: dict, monkeypatch: pytest.MonkeyPatch):
    module = comfy_host.part("comfy_nodes.nodes_apply")
    monkeypatch.setattr(module, "_hinted", [])
    monkeypatch.setattr(module, "has_kernel", lambda: False)  # as where numba is missing
    style = _load(nodes)
    (text,) = _output(nodes, _image(), 1.0, 0, style=style).ui.as_dict()["text"]
    assert "several times faster with numba" in text
    assert text.endswith('install.py"')
    assert _output(nodes, _image(), 1.0, 0, style=style).ui is None


def test_the_compiled_renderer_is_loaded_beside_once_comfyui_runs(nodes: dict, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("numba")
    running, loaded = comfy_host.part("comfy_nodes.running"), []
    monkeypatch.setattr(running, "_SETTLED", 0.0)
    load = running.load_kernel_beside
    monkeypatch.setattr(running, "load_kernel_beside", lambda *given, **named: loaded.append(load(*given, **named)))

    async def start() -> None:
        running.load_kernel_soon()
        assert loaded == []  # not in the way of what is loaded now
        while not loaded:
            await asyncio.sleep(0.01)

    asyncio.run(start())
    loaded[0].join()
    kernels = (
        comfy_host.part("core.imaging.rendering.render_kernel"),
        comfy_host.part("core.imaging.rendering.texture_cpu"),
    )
    assert any("float32" in str(signature[-2]) for signature in kernels[0].render_strip.signatures)
    assert kernels[1].texture_strip.signatures


def test_a_look_with_tables_for_regions_goes_through_all_nodes(nodes: dict):
    part = comfy_host.part
    look = part("core.imaging.rendering.look").Look.identity()
    look = replace(look, table=np.full_like(look.table, -0.1), ground=np.full_like(look.table, 0.2))
    grain = part("core.imaging.rendering.texture").Grain(np.full(5, 0.05, np.float32), 1 / 500)
    texture = part("core.imaging.rendering.texture").Texture(grain=grain)
    style = part("core.styles.style").Style("apart", "fixed", look=look, texture=texture)
    style = nodes["AtelierBlendStyles"].execute(style, style, 0.5)[0]
    nodes["AtelierSaveStyle"].execute(style, "apart", "my styles", overwrite=True)
    style, image = _load(nodes, "apart"), _portrait()
    found = _apply(nodes, image, 1.0, 0, style=style, grain=0.0)[0] - image
    assert found[0, 8, 240].mean() > 0.1  # a backdrop
    assert found[0, 42, 115].mean() < -0.08  # a forehead
    assert "the ground's own colors" in nodes["AtelierExportLook"].execute(style, "33", "looks/apart", image)[1]
    assert nodes["AtelierStyleReport"].execute([style], [image])[0].shape[0] == 1


def test_masks_are_those_of_the_core(nodes: dict):
    portrait = _portrait()
    found = nodes["AtelierPortraitMasks"].execute(torch.cat([portrait, portrait.flip(2)])).result
    outputs = [one.display_name for one in nodes["AtelierPortraitMasks"].define_schema().outputs]
    assert outputs == ["subject", "ground", "skin", "hair", "face", "cloth"]
    for number, image in enumerate((portrait, portrait.flip(2))):
        photo = comfy_host.part("comfy_nodes.pictures").photo_of(image[0])
        expected = comfy_host.part("core.styles.region_masks").masks_of(photo)
        for name, mask in zip(outputs, found, strict=True):
            assert mask.shape == (2, 256, 256)
            assert torch.equal(mask[number], torch.from_numpy(expected[name]))
    assert torch.equal(found[0] + found[1], torch.ones(2, 256, 256))


@pytest.mark.parametrize("shape", [(0, 40, 30, 3), (1, 40, 30, 1), (1, 9, 8, 4)])
def test_masks_of_other_images(nodes: dict, shape: tuple[int, ...]):
    for mask in nodes["AtelierPortraitMasks"].execute(torch.full(shape, 0.5)).result:
        assert mask.shape == shape[:3]


def test_a_mask_of_the_node_is_the_region_of_apply(nodes: dict):
    image, style = _portrait(), _load(nodes)
    ground = nodes["AtelierPortraitMasks"].execute(image)[1]
    by_mask = _apply(nodes, image, 1.0, 0, style=style, mask=ground)[0]
    assert torch.equal(_apply(nodes, image, 1.0, 0, style=style, region="ground")[0], by_mask)


@pytest.mark.parametrize(("more", "near"), [(64, 12), (256, 40)])  # too small a face for the first search
def test_a_crop_is_cut_around_the_face_pixel_for_pixel(nodes: dict, more: int, near: int):
    image = torch.nn.functional.pad(_portrait(), (0, 0, more, 0))  # the person is on the right
    crop = nodes["AtelierDetailCrop"].execute(image, 96)[0]
    assert crop.shape == (1, 96, 96, 3)
    windows = image[0].unfold(0, 96, 1).unfold(1, 96, 1)  # (rows, columns, C, 96, 96)
    same = (windows == crop[0].permute(2, 0, 1)).all(-1).all(-1).all(-1)
    ((top, left),) = same.nonzero().tolist()
    assert abs(top + 48 - 60) < near  # the middle of the face
    assert abs(left + 48 - (more + 113)) < near


def test_a_crop_shows_before_and_after_of_the_same_place(nodes: dict):
    before = _portrait()
    crop = nodes["AtelierDetailCrop"].execute(1 - before.repeat(2, 1, 1, 1), 64, before)[0]
    assert crop.shape == (2, 64, 64 + 8 + 64, 3)
    assert torch.allclose(crop[:, :, :64], 1 - crop[:, :, 72:])
    result = nodes["AtelierDetailCrop"].execute(before[..., :1], 4000)
    assert result[0].shape == (1, 256, 256, 3)
    assert len(result.ui.as_dict()["images"]) == 1
    with pytest.raises(_error("PhotoError"), match="before: has another size than image"):
        nodes["AtelierDetailCrop"].execute(before, 64, before[:, :100])


def test_apply_takes_an_empty_batch(nodes: dict):
    assert _apply(nodes, _image()[:0], 1.0, 0, style=_load(nodes))[0].shape[0] == 0


def test_apply_paints_with_pixel_styles(nodes: dict):
    result = _apply(nodes, _image(1, 96), 1.0, 0, style=_load(nodes, "red-chalk"))[0]
    assert result.shape == (1, 96, 96, 3)


def test_apply_restyles_on_the_cpu_where_the_gpu_has_no_memory(nodes: dict, monkeypatch: pytest.MonkeyPatch):
    module, running = comfy_host.part("comfy_nodes.nodes_apply"), comfy_host.part("comfy_nodes.restyling")
    used = []

    def restyle(jobs, **given):
        used.append(jobs[0].controls.device)
        if len(used) == 1:
            raise torch.cuda.OutOfMemoryError("full")
        return running.restyle_batches(jobs, **given)

    monkeypatch.setattr(module, "restyle_batches", restyle)
    assert _apply(nodes, _image(), 1.0, 0, style=_load(nodes))[0].shape == (1, 40, 40, 3)
    assert used == ["cpu", "cpu"]


def test_cancel_stops_between_two_images(nodes: dict):
    import comfy.model_management as management

    management.interrupt_current_processing(True)
    with pytest.raises(management.InterruptProcessingException):
        _apply(nodes, _image(2), 1.0, 0, style=_load(nodes))


def test_lists_are_restyled_entry_by_entry(nodes: dict):
    apply, first, second = nodes["AtelierApplyStyle"], _image(2), _image(1, 24)
    low, gold = _load(nodes, "low-key"), _load(nodes)
    given = {"variation": [0], "series": [False], "style": [low, gold]}
    found = apply.execute(image=[first, second, second], strength=[1.0, 0.0, 1.0], **given)[0]
    assert torch.equal(found[0], _apply(nodes, first, 1.0, 0, style=low)[0])
    assert found[1] is second
    assert torch.equal(found[2], _apply(nodes, second, 1.0, 0, style=gold)[0])


def test_a_mask_that_leaves_the_person_out_is_told(nodes: dict):
    image, style = _portrait(), _load(nodes)
    subject = nodes["AtelierPortraitMasks"].execute(image)[0]
    transparent = (subject < 0.5).float()  # as Load Image gives it of a cut-out portrait
    (text,) = _output(nodes, image, 1.0, 0, style=style, mask=transparent).ui.as_dict()["text"]
    assert "switch invert_mask on" in text
    result = _output(nodes, image, 1.0, 0, style=style, mask=transparent, invert_mask=True)
    assert result.ui is None
    changed = (result[0][0] - image).abs().amax(-1)
    assert changed[transparent > 0].max() == 0
    assert changed[0, 42, 115] > 0.01  # a forehead


def _interrupted_after(number: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Cancel at the check of that number; returns a list whose length is the number of checks."""
    import comfy.model_management as management

    running, checks = comfy_host.part("comfy_nodes.running"), []
    ask = running.check_interrupt

    def check() -> None:
        checks.append(len(checks))
        if len(checks) == number:
            management.interrupt_current_processing(True)
        ask()

    monkeypatch.setattr(running, "check_interrupt", check)
    return checks


@pytest.mark.parametrize(("name", "number"), [("apply", 8), ("export", 5), ("photos", 4)])
def test_cancel_is_asked_for_within_one_image(nodes: dict, monkeypatch: pytest.MonkeyPatch, name: str, number: int):
    import comfy.model_management as management

    work = {
        "apply": lambda: _apply(nodes, _image(1, 96), 1.0, 0, style=_load(nodes, "red-chalk")),
        "export": lambda: nodes["AtelierExportLook"].execute(_load(nodes), "65", "looks/cancelled", _image()),
        "photos": lambda: _from_photos(nodes, images=[_image(3, 41)]),
    }[name]
    checks = _interrupted_after(number, monkeypatch)
    with pytest.raises(management.InterruptProcessingException):
        work()
    assert len(checks) == number


def test_style_from_a_batch_a_list_of_sizes_and_a_folder(nodes: dict):
    from comfy_material import FOLDER, fill_input

    folders = comfy_host.part("comfy_nodes.folders")
    import folder_paths

    fill_input(Path(folder_paths.get_input_directory()))
    assert FOLDER in folders.input_folders()
    assert _from_photos(nodes, images=[_image(3)]).num_photos == 3
    assert _from_photos(nodes, images=[_image(1, 40), _image(2, 64)]).num_photos == 3
    style = _from_photos(nodes, folder=FOLDER, content=[_image(2)])
    assert style.num_photos == 10
    assert style.own is not None
    assert style.own.num_photos == 2


def test_equal_photos_give_the_very_same_style(nodes: dict):
    first = _from_photos(nodes, images=[_image(3)])
    assert _from_photos(nodes, images=[_image(3).clone()]) is first
    assert _from_photos(nodes, images=[_image(4)]) is not first


def test_the_state_of_a_folder_changes_with_its_photos(nodes: dict):
    import folder_paths

    folder = Path(folder_paths.get_input_directory()) / "changing"
    folder.mkdir()
    cv2 = pytest.importorskip("cv2")
    cv2.imwrite(str(folder / "1.png"), (_image(1, 200)[0].numpy() * 255).astype("uint8"))
    ask = nodes["AtelierStyleFromPhotos"].fingerprint_inputs
    before = ask(folder=["changing"], content_folder=["(none)"], images=None)
    assert ask(folder=["changing"], content_folder=["(none)"], images=None) == before
    cv2.imwrite(str(folder / "2.png"), (_image(2, 200)[1].numpy() * 255).astype("uint8"))
    assert ask(folder=["changing"], content_folder=["(none)"], images=None) != before
    assert "no such folder" in ask(folder=["gone"], content_folder=["(none)"])


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        ("gone", "no such folder; make it, put your finished photos into it"),
        ("../output", "lies outside of ComfyUI's input folder"),
        ("empty", "no photos in it"),
        ("(none)", "no photos: nothing to learn from; connect images, or choose a folder"),
    ],
)
def test_a_folder_that_cannot_be_learnt_from_is_told(nodes: dict, folder: str, text: str):
    import folder_paths

    (Path(folder_paths.get_input_directory()) / "empty").mkdir(exist_ok=True)
    with pytest.raises(_error("LearningError"), match=re.escape(text)):
        _from_photos(nodes, folder=folder)


def test_blend_lies_between(nodes: dict):
    blend = nodes["AtelierBlendStyles"].execute(_load(nodes), _load(nodes, "low-key"), 0.25)[0]
    assert [round(weight, 2) for weight, _ in blend.parts] == [0.75, 0.25]
    assert blend.name == "golden-hour and low-key"
    with pytest.raises(_error(), match="is a pixel style"):
        nodes["AtelierBlendStyles"].execute(_load(nodes), _load(nodes, "red-chalk"), 0.5)


def test_save_keeps_a_style_once_and_replaces_none_unasked(nodes: dict):
    save = nodes["AtelierSaveStyle"]
    style, path = (save.execute(_load(nodes), "kept", "my styles", overwrite=False)[place] for place in (0, 1))
    written = Path(path).stat().st_mtime_ns
    assert (style.name, Path(path).name) == ("kept", "kept.safetensors")
    save.execute(_load(nodes), "kept", "my styles", overwrite=False)  # the same: nothing to do
    assert Path(path).stat().st_mtime_ns == written
    with pytest.raises(_error(), match="another style is called 'kept'; choose another name, or switch overwrite on"):
        save.execute(_load(nodes, "low-key"), "kept", "my styles", overwrite=False)
    save.execute(_load(nodes, "low-key"), "kept", "my styles", overwrite=True)
    with pytest.raises(_error(), match="cannot hold"):
        save.execute(style, "a/b", "my styles", overwrite=False)


def test_save_makes_the_cover_of_a_style_that_has_none(nodes: dict):
    style = _from_photos(nodes, images=[_image(3)])
    assert style.cover == b""
    saved = nodes["AtelierSaveStyle"].execute(style, "covered", "my styles", overwrite=False)[0]
    assert saved.cover[:2] == b"\xff\xd8"


def test_export_writes_a_cube_and_says_what_it_loses(nodes: dict):
    export = nodes["AtelierExportLook"]
    paths = [Path(export.execute(_load(nodes), "33", "looks/gold", image)[0]) for image in (None, _image(2))]
    assert [path.name for path in paths] == ["gold_00001_.cube", "gold_00002_.cube"]
    assert "LUT_3D_SIZE 33" in paths[0].read_text()
    assert "adapted to the mean portrait" in export.execute(_load(nodes), "33", "looks/gold")[1]
    assert "mean dE00" in export.execute(_load(nodes), "65", "looks/gold", _image())[1]
    with pytest.raises(_error(), match="is a pixel style"):
        export.execute(_load(nodes, "red-chalk"), "33", "looks/chalk")


def test_a_prefix_may_hold_the_date():
    dated, now = comfy_host.part("comfy_nodes.saving").dated, datetime(2026, 3, 9, 7, 5, 1)
    assert dated("looks/%date%/gold", now) == "looks/2026-03-09/gold"
    assert dated("%date:yy/M-d hh:mm:ss%_%date:dd%", now) == "26/3-9 07:05:01_09"
    assert dated("50 % date", now) == "50 % date"


def test_export_stays_in_the_output_folder(nodes: dict):
    with pytest.raises(Exception, match="outside the output folder"):
        nodes["AtelierExportLook"].execute(_load(nodes), "33", "../../away")


def test_report_shows_and_tells(nodes: dict):
    result = nodes["AtelierStyleReport"].execute([_load(nodes)], [_image(2, 100), _image(1, 80)])
    picture, text = result[0], result[1]
    assert picture.ndim == 4
    assert picture.shape[0] == 1
    assert text.startswith("style: golden-hour\nkind: fixed\n")
    assert result.ui["text"] == (text,)
    assert nodes["AtelierStyleReport"].execute([_load(nodes)])[0].shape[-1] == 3


def test_report_shows_texture_at_full_size_too(nodes: dict):
    cut = comfy_host.part("comfy_nodes.pictures").face_window
    photo = comfy_host.part("core.styles.cover").astronaut()
    sheet = nodes["AtelierStyleReport"].execute([_load(nodes, "silver-gelatin")])[0][0]
    plain = nodes["AtelierStyleReport"].execute([_load(nodes, "low-key")])[0][0]
    assert sheet.shape[1] > 1.8 * plain.shape[1]
    shown = torch.from_numpy(photo.pixels[cut(photo, 320)][:40, :40] / np.float32(255)).permute(2, 0, 1)
    assert (sheet.unfold(0, 40, 1).unfold(1, 40, 1) == shown).all(-1).all(-1).all(-1).any()
