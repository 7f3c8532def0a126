"""Styles read from batches, lists and folders of photos, by the node, inside the real ComfyUI."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import comfy_host
import pytest
from comfy_calls import atelier_error, from_photos, image_batch

pytestmark = [pytest.mark.comfyui, pytest.mark.usefixtures("comfy_pack")]


def test_style_from_a_batch_a_list_of_sizes_and_a_folder(nodes: dict):
    from comfy_material import FOLDER, fill_input

    folders = comfy_host.part("comfy_nodes.folders")
    import folder_paths

    root = Path(folder_paths.get_input_directory())
    fill_input(root)
    (root / "3d").mkdir(exist_ok=True)
    (root / "3d" / "scene.glb").touch()
    (root / "studio" / "day one").mkdir(parents=True, exist_ok=True)
    shutil.copy(next((root / FOLDER).glob("*.*")), root / "studio" / "day one")
    offered = folders.input_folders()
    assert {FOLDER, "studio", "studio/day one"} <= set(offered)
    assert not {"3d", "."} & set(offered)  # no photos in it, and the input folder itself
    assert from_photos(nodes, images=[image_batch(3)]).num_photos == 3
    assert from_photos(nodes, images=[image_batch(1, 40), image_batch(2, 64)]).num_photos == 3
    style = from_photos(nodes, folder=FOLDER, content=[image_batch(2)])
    assert style.num_photos == 10
    assert style.own is not None
    assert style.own.num_photos == 2


def test_equal_photos_give_the_very_same_style(nodes: dict):
    first = from_photos(nodes, images=[image_batch(3)])
    assert from_photos(nodes, images=[image_batch(3).clone()]) is first
    assert from_photos(nodes, images=[image_batch(4)]) is not first


def test_the_state_of_a_folder_changes_with_its_photos(nodes: dict):
    import folder_paths

    folder = Path(folder_paths.get_input_directory()) / "changing"
    folder.mkdir()
    cv2 = pytest.importorskip("cv2")
    cv2.imwrite(str(folder / "1.png"), (image_batch(1, 200)[0].numpy() * 255).astype("uint8"))
    ask = nodes["AtelierStyleFromPhotos"].fingerprint_inputs
    before = ask(folder=["changing"], content_folder=["(none)"], images=None)
    assert ask(folder=["changing"], content_folder=["(none)"], images=None) == before
    cv2.imwrite(str(folder / "2.png"), (image_batch(2, 200)[1].numpy() * 255).astype("uint8"))
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
    with pytest.raises(atelier_error("LearningError"), match=re.escape(text)):
        from_photos(nodes, folder=folder)
