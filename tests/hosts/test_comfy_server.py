"""A real ComfyUI server: the example workflows, cancel, styles that appear, what is kept between runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from comfy_host import ROOT, Server
from comfy_material import FOLDER, NEW_FOLDER, astronaut
from comfy_workflows import prompt_of

pytestmark = [pytest.mark.comfyui, pytest.mark.slow]
EXAMPLES = sorted((ROOT / "example_workflows").glob("*.json"))
QUICK = {"05 Learn a style and see how good it is": 2}  # steps of training
RESTYLE: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
    "2": {"class_type": "AtelierLoadStyle", "inputs": {"style": "cool-cinema"}},
    "3": {
        "class_type": "AtelierApplyStyle",
        "inputs": {"image": ["1", 0], "style": ["2", 0], "strength": 1.0, "variation": 0, "series": False},
    },
    "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "test"}},
}


def _changed(**inputs: Any) -> dict[str, Any]:
    """The workflow with other inputs of Apply; `style` of Load."""
    prompt = json.loads(json.dumps(RESTYLE))
    prompt["2"]["inputs"]["style"] = inputs.pop("style", "cool-cinema")
    prompt["3"]["inputs"].update(inputs)
    return prompt


def _by_the_command_line(server: Server, folder: Path, style: str, *words: str) -> np.ndarray:
    photo, result = server.base / "input" / "example.png", folder / "expected.png"
    paths = os.pathsep.join([str(ROOT.parent), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-m", "portrait_atelier.core.cli", "apply", photo, "-s", style, "-o", result, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )
    if "No module named 'portrait_atelier'" in ended.stderr:
        pytest.skip("the package is not installed")
    assert ended.returncode == 0, ended.stderr
    return cv2.imread(str(result)).astype(np.float64)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_runs(comfy_server: Server, path: Path):
    prompt = prompt_of(json.loads(path.read_text()), comfy_server.get("/object_info"))
    for node in prompt.values():
        if node["class_type"] == "AtelierTrainStyle":
            node["inputs"]["steps"] = QUICK[path.stem]
    result = comfy_server.run(prompt)
    assert result["outputs"]


@pytest.mark.parametrize("more", [{}, {"strength": 0.5, "variation": 7}])
def test_an_image_is_what_the_command_line_makes(comfy_server: Server, tmp_path: Path, more: dict[str, Any]):
    result = comfy_server.run(_changed(**more))
    found = cv2.imread(str(comfy_server.output_of(result, "4"))).astype(np.float64)
    words = [word for name, value in more.items() for word in (f"--{name}", str(value))]
    expected = _by_the_command_line(comfy_server, tmp_path, "cool-cinema", *words)
    assert abs(found - expected).mean() < 1
    assert abs(found - astronaut()[..., ::-1]).mean() > 4


def test_a_style_from_a_folder_is_what_the_command_line_makes(comfy_server: Server, tmp_path: Path):
    prompt = _changed()
    prompt["2"] = {"class_type": "AtelierStyleFromPhotos", "inputs": {"folder": FOLDER, "content_folder": "(none)"}}
    found = cv2.imread(str(comfy_server.output_of(comfy_server.run(prompt), "4"))).astype(np.float64)
    folder = comfy_server.base / "input" / FOLDER
    assert abs(found - _by_the_command_line(comfy_server, tmp_path, str(folder))).mean() < 1


def test_a_style_dropped_in_appears_without_a_restart(comfy_server: Server):
    def options() -> list[str]:
        return comfy_server.get("/object_info/AtelierLoadStyle")["AtelierLoadStyle"]["input"]["required"]["style"][1][
            "options"
        ]

    assert "dropped-in" not in options()
    folder = comfy_server.base / "models" / "portrait_styles"
    shutil.copy(ROOT / "weights" / "styles" / "low-key.safetensors", folder / "dropped-in.safetensors")
    assert "dropped-in" in options()
    comfy_server.run(_changed(style="dropped-in"))


def test_a_style_that_is_missing_is_told_before_the_run(comfy_server: Server):
    answer = comfy_server.post("/prompt", {"prompt": _changed(style="cool-cinma")})
    text = json.dumps(answer["node_errors"]["2"])
    assert "did you mean cool-cinema?" in text
    assert str(comfy_server.base / "models" / "portrait_styles") in text


def test_two_runs_make_a_style_once(comfy_server: Server):
    def made() -> int:
        return comfy_server.log.count("style high-key is ready")

    for strength in (0.31, 0.32):
        comfy_server.run(_changed(style="high-key", strength=strength))
    assert made() == 1
    comfy_server.run(_changed(style="low-key"))
    comfy_server.post("/free", {"unload_models": True, "free_memory": True})
    time.sleep(1.5)  # the host looks at it once a second
    comfy_server.run(_changed(style="high-key", strength=0.33))  # its own cache is gone, ours is not
    assert made() == 1


def test_at_strength_0_nothing_else_is_computed(comfy_server: Server):
    result = comfy_server.run(_changed(style="soft-pastel", strength=0.0))
    assert "style soft-pastel is ready" not in comfy_server.log
    found = cv2.imread(str(comfy_server.output_of(result, "4")))
    assert np.array_equal(found, astronaut()[..., ::-1])


def test_cancel_of_training_is_answered_within_a_few_steps(comfy_server: Server):
    websocket = pytest.importorskip("websocket")
    socket = websocket.create_connection(f"ws://{comfy_server.address}/ws?clientId=test", timeout=200)
    inputs = {"folder": FOLDER, "content_folder": "(none)", "name": "cancelled", "steps": 500, "seed": 1}
    inputs |= {"overwrite": False, "lambda_content": 1.0, "lambda_style": 1.0, "lambda_tv": 0.05, "adversarial": 1.0}
    prompt = {"1": {"class_type": "AtelierTrainStyle", "inputs": inputs}}
    comfy_server.post("/prompt", {"prompt": prompt, "client_id": "test"})
    pictures = _receive_until(socket, _is_in_training)
    assert pictures  # the live preview
    taken = []

    def is_over(news: dict[str, Any]) -> bool:
        taken.extend([news["data"]["value"]] if news.get("type") == "progress" else ())
        return news.get("type") == "execution_interrupted"

    comfy_server.post("/interrupt", {})
    _receive_until(socket, is_over)
    socket.close()
    assert max(taken, default=0) < 100  # of 500
    assert (comfy_server.base / "library" / "cancelled.safetensors").is_file()


def _is_in_training(news: dict[str, Any]) -> bool:
    return news.get("type") == "progress" and news["data"]["max"] == 500 and news["data"]["value"] >= 2


def _receive_until(socket: Any, is_it: Any) -> int:
    """Read news until one is what is waited for; returns how many pictures came before it."""
    pictures = 0
    while True:
        news = socket.recv()
        if isinstance(news, bytes):
            pictures += news[:4] in (b"\0\0\0\1", b"\0\0\0\4")  # a preview; 4: with facts about it
        elif is_it(json.loads(news)):
            return pictures


def test_help_pages_are_served(comfy_server: Server):
    import urllib.request

    for node in ("AtelierApplyStyle", "AtelierTrainStyle"):
        url = f"http://{comfy_server.address}/extensions/portrait_atelier/docs/{node}.md"
        with urllib.request.urlopen(url, timeout=30) as page:
            assert page.read().startswith(b"# ")


def test_the_page_is_given_words_help_and_pictures(comfy_server: Server):
    said = comfy_server.get("/i18n")
    assert said["de"]["nodeDefs"]["AtelierApplyStyle"]["inputs"]["strength"]["name"] == "Stärke"
    assert said["ja"]["portraitAtelier"]["search"] == "スタイルを検索"
    page = _bytes(comfy_server, "/extensions/portrait_atelier/docs/AtelierApplyStyle/zh.md")
    assert page.decode().startswith("# 应用人像风格")
    styles = {one["name"]: one for one in comfy_server.get("/portrait_atelier/styles")}
    assert styles["golden-hour"]["origin"] == "bundled"
    first, second = (
        _bytes(comfy_server, f"/portrait_atelier/cover?name={name}") for name in ("golden-hour", "low-key")
    )
    assert first != second
    assert all(cv2.imdecode(np.frombuffer(one, np.uint8), 1).shape == (256, 256, 3) for one in (first, second))
    for name in ("no-such-style", "../../server.log", ""):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            _bytes(comfy_server, f"/portrait_atelier/cover?name={name}")


def test_the_models_library_shows_the_cover_of_a_saved_style(comfy_server: Server):
    prompt = {
        "1": {"class_type": "AtelierLoadStyle", "inputs": {"style": "warm-slide"}},
        "2": {
            "class_type": "AtelierSaveStyle",
            "inputs": {"style": ["1", 0], "name": "shown", "folder": "models/portrait_styles", "overwrite": True},
        },
    }
    comfy_server.run(prompt)
    picture = _bytes(comfy_server, "/experiment/models/preview/portrait_styles/0/shown.safetensors")
    assert cv2.imdecode(np.frombuffer(picture, np.uint8), 1).shape == (256, 256, 3)


def test_results_are_called_as_the_photos_of_their_folder(comfy_server: Server):
    (path,) = (one for one in EXAMPLES if one.stem.startswith("02"))
    comfy_server.run(prompt_of(json.loads(path.read_text()), comfy_server.get("/object_info")))
    photos, results = comfy_server.base / "input" / NEW_FOLDER, comfy_server.base / "output" / NEW_FOLDER
    assert {path.stem for path in photos.iterdir()} == {"Anna", "Ben", "Cleo"}
    assert {path.name.split("_")[0] for path in results.iterdir()} == {"Anna", "Ben", "Cleo"}
    for photo in photos.iterdir():
        before, after = cv2.imread(str(photo)), cv2.imread(str(results / f"{photo.stem}_00001_.png"))
        assert before.shape == after.shape
        assert abs(before.astype(float) - after).mean() > 3


def test_a_saved_style_and_an_exported_look_can_be_downloaded(comfy_server: Server):
    prompt = {
        "1": {"class_type": "AtelierLoadStyle", "inputs": {"style": "warm-slide"}},
        "2": {
            "class_type": "AtelierSaveStyle",
            "inputs": {"style": ["1", 0], "name": "to give away", "folder": "my styles", "overwrite": True},
        },
        "3": {
            "class_type": "AtelierExportLook",
            "inputs": {"style": ["1", 0], "size": "33", "filename_prefix": "looks/given"},
        },
    }
    outputs = comfy_server.run(prompt)["outputs"]
    ((style,), (look,)) = (outputs[node]["atelier_file"] for node in ("2", "3"))
    assert style["name"] == "to give away.safetensors"
    saved = comfy_server.base / "library" / "to give away.safetensors"
    assert _bytes(comfy_server, style["url"]) == saved.read_bytes()
    assert _bytes(comfy_server, look["url"]) == (comfy_server.base / "output" / "looks" / look["name"]).read_bytes()
    saved.unlink()
    for url in (style["url"], "/portrait_atelier/file?name=../../server.log", "/portrait_atelier/file"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            _bytes(comfy_server, url)


def test_coming_back_to_a_training_takes_the_style_from_the_library_and_says_so(comfy_server: Server):
    inputs = {"folder": FOLDER, "content_folder": "(none)", "name": "come back", "steps": 2, "seed": 1}
    inputs |= {"overwrite": False, "lambda_content": 1.0, "lambda_style": 1.0, "lambda_tv": 0.05, "adversarial": 1.0}
    prompt = {"1": {"class_type": "AtelierTrainStyle", "inputs": inputs}}
    (first,) = comfy_server.run(prompt)["outputs"]["1"]["text"]
    path = comfy_server.base / "library" / "come back.safetensors"
    before = path.stat().st_mtime_ns
    comfy_server.run(_changed(strength=0.77))  # ComfyUI forgets what other workflows gave
    outputs = comfy_server.run(prompt)["outputs"]["1"]
    assert "not trained again" not in first
    assert outputs["text"][0].startswith("not trained again: these photos were learnt with these settings before")
    assert outputs["text"][0].endswith(first.splitlines()[-1])
    assert path.stat().st_mtime_ns == before
    assert _bytes(comfy_server, outputs["atelier_file"][0]["url"]) == path.read_bytes()


def _bytes(server: Server, path: str) -> bytes:
    with urllib.request.urlopen(f"http://{server.address}{path}", timeout=60) as answer:
        return answer.read()
