"""Every node in this process, inside the real ComfyUI."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import comfy_host
import numpy as np
import pytest
import torch
from comfy_calls import applied, atelier_error, from_photos, image_batch, load_style, output_of_apply, portrait_batch

pytestmark = [pytest.mark.comfyui, pytest.mark.usefixtures("comfy_pack")]
IDS = {
    "AtelierApplyStyle",
    "AtelierMatchStyle",
    "AtelierLoadStyle",
    "AtelierLoadPhotos",
    "AtelierStyleFromPhotos",
    "AtelierTrainStyle",
    "AtelierBlendStyles",
    "AtelierSaveStyle",
    "AtelierExportLook",
    "AtelierStyleReport",
    "AtelierPortraitMasks",
    "AtelierDetailCrop",
}


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


def _matched(nodes: dict, images: list[torch.Tensor], photos: list[torch.Tensor], **given) -> list[torch.Tensor]:
    inputs = {"strength": 1.0, "references": "all together", "series": False, **given}
    wrapped = {name: [value] for name, value in inputs.items()}
    return nodes["AtelierMatchStyle"].execute(image=images, reference=photos, **wrapped)[0]


def test_match_is_a_style_of_the_references_applied(nodes: dict):
    warm = portrait_batch() * torch.tensor([1.0, 0.85, 0.6])
    style = from_photos(nodes, images=[warm])
    image = portrait_batch().flip(2)
    (found,) = _matched(nodes, [image], [warm])
    assert torch.equal(found, applied(nodes, image, 1.0, 0, style=style)[0])
    assert found[..., 2].mean() < image[..., 2].mean() - 0.05
    assert _matched(nodes, [image], [warm], strength=0.0)[0] is image


def test_match_takes_one_reference_for_each_image(nodes: dict):
    warm, cold = (portrait_batch() * torch.tensor(cast) for cast in ([1.0, 0.85, 0.6], [0.6, 0.85, 1.0]))
    images = portrait_batch().flip(2).repeat(2, 1, 1, 1)
    (both,) = _matched(nodes, [images], [torch.cat([warm, cold])], references="one for each image", grain=0.0)
    assert both.shape == images.shape
    for number, reference in enumerate((warm, cold)):
        (alone,) = _matched(nodes, [images[:1]], [reference], grain=0.0)
        assert torch.equal(both[number], alone[0])


def test_the_names_of_nodes_hold_what_people_search_for(nodes: dict):
    names = " ".join(node.GET_SCHEMA().display_name for node in nodes.values()).lower()
    assert all(word in names for word in ("color match", "lut", "grade"))


def test_apply_asks_for_nothing_else_at_strength_0(nodes: dict):
    apply = nodes["AtelierApplyStyle"]
    given = {"image": image_batch(), "variation": 0, "series": False}
    assert apply.check_lazy_status(strength=[0.0], style=(None,), mask=(None,), **given) == []
    assert apply.check_lazy_status(strength=[0.5], style=(None,), mask=(None,), **given) == ["style", "mask"]
    assert apply.check_lazy_status(strength=[0.5], style=[object()], **given) == []  # no mask is connected
    assert applied(nodes, given["image"], 0.0, 0, style=None)[0] is given["image"]


def test_apply_is_what_core_does(nodes: dict):
    image = image_batch(2)
    result = applied(nodes, image, 0.8, 3, style=load_style(nodes))[0]
    photo = comfy_host.part("core.imaging.photo").Photo(pixels=image[1].numpy())
    controls = comfy_host.part("core.styles.controls").Controls(strength=0.8, variation=3, device="cpu")
    expected = comfy_host.part("core.styles.applying").apply_style(photo, load_style(nodes), controls)
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
    image, style = portrait_batch(), load_style(nodes, "silver-gelatin")
    found = applied(nodes, image, 1.0, 0, style=style, **given)[0]
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
    style = load_style(nodes)
    assert output_of_apply(nodes, image_batch(), 1.0, 0, style=style).ui is None
    assert shown == []

    dark = portrait_batch() / 4
    (text,) = output_of_apply(nodes, dark, 1.0, 0, style=style, even=True).ui.as_dict()["text"]
    assert re.fullmatch(r"evened first: \+\d\.\d stops.*", text)
    assert shown == [text]
    output_of_apply(nodes, dark.repeat(6, 1, 1, 1), 1.0, 0, style=style, even=True)
    assert shown[1].split("\n") == [*(f"image {number}: {text}" for number in range(1, 5)), "and 2 more, in the log"]
    assert f"image 6: {text}" in caplog.text
    gone = [output_of_apply(nodes, image_batch(), 1.0, 0, style=style).ui for _ in range(2)]
    assert gone == [{"text": ()}, None]  # what the last run said goes, once
    assert shown[2:] == [""]


def test_what_would_make_the_cpu_faster_is_said_once(nodes: dict, monkeypatch: pytest.MonkeyPatch):
    module = comfy_host.part("comfy_nodes.nodes_apply")
    monkeypatch.setattr(module, "_hinted", [])
    monkeypatch.setattr(module, "has_kernel", lambda: False)  # as where numba is missing
    style = load_style(nodes)
    (text,) = output_of_apply(nodes, image_batch(), 1.0, 0, style=style).ui.as_dict()["text"]
    assert "several times faster with numba" in text
    assert text.endswith('install.py"')
    assert output_of_apply(nodes, image_batch(), 1.0, 0, style=style).ui == {"text": ()}


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
    style, image = load_style(nodes, "apart"), portrait_batch()
    found = applied(nodes, image, 1.0, 0, style=style, grain=0.0)[0] - image
    assert found[0, 8, 240].mean() > 0.1  # a backdrop
    assert found[0, 42, 115].mean() < -0.08  # a forehead
    assert "the ground's own colors" in nodes["AtelierExportLook"].execute(style, "33", "looks/apart", image)[1]
    assert nodes["AtelierStyleReport"].execute([style], [image])[0].shape[0] == 1


def test_apply_takes_an_empty_batch(nodes: dict):
    assert applied(nodes, image_batch()[:0], 1.0, 0, style=load_style(nodes))[0].shape[0] == 0


def test_apply_paints_with_pixel_styles(nodes: dict):
    result = applied(nodes, image_batch(1, 96), 1.0, 0, style=load_style(nodes, "red-chalk"))[0]
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
    assert applied(nodes, image_batch(), 1.0, 0, style=load_style(nodes))[0].shape == (1, 40, 40, 3)
    assert used == ["cpu", "cpu"]


def test_cancel_stops_between_two_images(nodes: dict):
    import comfy.model_management as management

    management.interrupt_current_processing(True)
    with pytest.raises(management.InterruptProcessingException):
        applied(nodes, image_batch(2), 1.0, 0, style=load_style(nodes))


def test_lists_are_restyled_entry_by_entry(nodes: dict):
    apply, first, second = nodes["AtelierApplyStyle"], image_batch(2), image_batch(1, 24)
    low, gold = load_style(nodes, "low-key"), load_style(nodes)
    given = {"variation": [0], "series": [False], "style": [low, gold]}
    found = apply.execute(image=[first, second, second], strength=[1.0, 0.0, 1.0], **given)[0]
    assert torch.equal(found[0], applied(nodes, first, 1.0, 0, style=low)[0])
    assert found[1] is second
    assert torch.equal(found[2], applied(nodes, second, 1.0, 0, style=gold)[0])


def test_a_mask_that_leaves_the_person_out_is_told(nodes: dict):
    image, style = portrait_batch(), load_style(nodes)
    subject = nodes["AtelierPortraitMasks"].execute(image)[0]
    transparent = (subject < 0.5).float()  # as Load Image gives it of a cut-out portrait
    (text,) = output_of_apply(nodes, image, 1.0, 0, style=style, mask=transparent).ui.as_dict()["text"]
    assert "switch invert_mask on" in text
    result = output_of_apply(nodes, image, 1.0, 0, style=style, mask=transparent, invert_mask=True)
    assert result.ui == {"text": ()}
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
        "apply": lambda: applied(nodes, image_batch(1, 96), 1.0, 0, style=load_style(nodes, "red-chalk")),
        "export": lambda: nodes["AtelierExportLook"].execute(load_style(nodes), "65", "looks/cancelled", image_batch()),
        "photos": lambda: from_photos(nodes, images=[image_batch(3, 41)]),
    }[name]
    checks = _interrupted_after(number, monkeypatch)
    with pytest.raises(management.InterruptProcessingException):
        work()
    assert len(checks) == number


def test_blend_lies_between(nodes: dict):
    blend = nodes["AtelierBlendStyles"].execute(load_style(nodes), load_style(nodes, "low-key"), 0.25)[0]
    assert [round(weight, 2) for weight, _ in blend.parts] == [0.75, 0.25]
    assert blend.name == "golden-hour and low-key"
    with pytest.raises(atelier_error(), match="is a pixel style"):
        nodes["AtelierBlendStyles"].execute(load_style(nodes), load_style(nodes, "red-chalk"), 0.5)


def test_report_shows_and_tells(nodes: dict):
    result = nodes["AtelierStyleReport"].execute([load_style(nodes)], [image_batch(2, 100), image_batch(1, 80)])
    picture, text = result[0], result[1]
    assert picture.ndim == 4
    assert picture.shape[0] == 1
    assert text.startswith("style: golden-hour\nkind: fixed\n")
    assert result.ui["text"] == (load_style(nodes).description,)
    assert nodes["AtelierStyleReport"].execute([load_style(nodes)])[0].shape[-1] == 3


def test_report_shows_texture_at_full_size_too(nodes: dict):
    cut = comfy_host.part("comfy_nodes.pictures").face_window
    photo = comfy_host.part("core.styles.cover").astronaut()
    sheet = nodes["AtelierStyleReport"].execute([load_style(nodes, "silver-gelatin")])[0][0]
    plain = nodes["AtelierStyleReport"].execute([load_style(nodes, "low-key")])[0][0]
    assert sheet.shape[1] > 1.8 * plain.shape[1]
    shown = torch.from_numpy(photo.pixels[cut(photo, 320)][:40, :40] / np.float32(255)).permute(2, 0, 1)
    assert (sheet.unfold(0, 40, 1).unfold(1, 40, 1) == shown).all(-1).all(-1).all(-1).any()


def test_the_weights_of_training_are_advanced_and_named_for_people(nodes: dict):
    inputs = {one.id: one.as_dict() for one in nodes["AtelierTrainStyle"].GET_SCHEMA().inputs}
    advanced = {name: given["display_name"] for name, given in inputs.items() if given.get("advanced")}
    assert list(advanced) == ["lambda_content", "lambda_style", "lambda_tv", "adversarial"]
    assert not any(name in shown for name, shown in advanced.items())
