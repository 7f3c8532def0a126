"""Train Portrait Style in this process: short, with few people at large."""

from __future__ import annotations

from threading import Event

import comfy_host
import pytest
import torch
from people_material import photos_of_people

pytestmark = [pytest.mark.comfyui, pytest.mark.usefixtures("comfy_pack")]
GIVEN = {
    "folder": ["(none)"],
    "content_folder": ["(none)"],
    "name": ["learnt here"],
    "steps": [2],
    "seed": [0],
    "overwrite": [False],
    "lambda_content": [1.0],
    "lambda_style": [1.0],
    "lambda_tv": [0.05],
    "adversarial": [1.0],
}


@pytest.fixture
def train(comfy_pack, monkeypatch: pytest.MonkeyPatch):
    """The node, quick, run as ComfyUI runs it: in inference mode."""
    monkeypatch.setattr(comfy_host.part("core.learning.look.material"), "load_people", _few_people)
    node = comfy_host.node_list(comfy_pack)["AtelierTrainStyle"]
    request = comfy_host.part("core.learning.request")
    slow = request.LookTrainSettings
    quick = {"batch_size": 2, "validate_every": 1, "rank": 2, "num_people": 6, "clear_below": 0.0, "enough_below": 0.0}
    monkeypatch.setattr(request, "LookTrainSettings", lambda **given: slow(**{**quick, **given}))
    with torch.inference_mode():
        yield node


def _few_people():
    sampled = comfy_host.part("core.estimation.color_set")
    found = sampled.sample_colors(photos_of_people(12, first=200))
    return sampled.ColorSet(found.colors[:, :96], found.weights, found.places[:, :96], found.regions[:, :96])


def _photos(count: int = 8) -> list[torch.Tensor]:
    """A list of images of two sizes."""
    cast = torch.tensor([1.0, 0.8, 0.6])
    tensors = [torch.from_numpy(photo.pixels)[None] * cast for photo in photos_of_people(max(count, 1))[:count]]
    return [photo[:, number % 2 * 4 :] for number, photo in enumerate(tensors)]


def _library():
    return comfy_host.part("core.folders").library_folder()


def test_training_saves_a_learnt_style_and_shows_it(train, monkeypatch: pytest.MonkeyPatch):
    shown: list[str] = []
    monkeypatch.setattr(comfy_host.part("comfy_nodes.nodes_train"), "show_text", lambda node, text: shown.append(text))
    style, plot, sample = train.execute(images=_photos(), content=_photos(3), **GIVEN).result
    assert not any("not trained again" in text for text in shown)
    assert any(
        text.startswith("step 1 of 2, about 1 min left\ndistance from your photos that were kept aside: ")
        for text in shown
    )
    assert shown[-1].startswith("how well it was learnt: ")
    assert ("training had nothing to add" in shown[-1]) == (style.adapter is None)
    assert shown[-1].endswith(f"give to others: {_library() / 'learnt here.safetensors'}")
    assert (style.kind, style.num_photos, style.settings["num_content"]) == ("learnt", 8, 3)
    assert (_library() / "learnt here.safetensors").is_file()
    assert plot.shape == (1, 520, 960, 3)
    assert not comfy_host.part("core.learning.checkpoint").checkpoints()
    assert sample.ndim == 4


def test_what_is_learnt_already_is_not_learnt_again(train, monkeypatch: pytest.MonkeyPatch):
    first = train.execute(images=_photos(), **GIVEN)[0]
    training = comfy_host.part("comfy_nodes.training")
    monkeypatch.setattr(training, "Training", None)  # would fail if it were called
    again = train.execute(images=_photos(), **GIVEN)[0]
    assert again.settings == first.settings
    with pytest.raises(comfy_host.part("core.errors").StyleError, match="another style is called 'learnt here'"):
        train.execute(images=_photos(9), **GIVEN)


def test_cancel_keeps_the_best_so_far_and_is_gone_on_from(train, monkeypatch: pytest.MonkeyPatch):
    import comfy.model_management as management

    module = comfy_host.part("comfy_nodes.nodes_train")
    show, steps, left = module._show, [], Event()

    def cancel_at_2(node, bar, step, portrait):
        show(node, bar, step, portrait)
        steps.append(step.step)
        if step.step == 2:
            management.interrupt_current_processing(True)

    monkeypatch.setattr(module, "_show", cancel_at_2)
    work = comfy_host.part("comfy_nodes.training").Training._work
    monkeypatch.setattr(comfy_host.part("comfy_nodes.training").Training, "_work", lambda one: (work(one), left.set()))
    given = {**GIVEN, "steps": [4000]}
    with pytest.raises(management.InterruptProcessingException):
        train.execute(images=_photos(), **given)
    assert steps == [1, 2]
    load = comfy_host.part("core.styles.style_file").load_style
    style = load(_library() / "learnt here.safetensors")
    assert style.kind == "learnt"
    assert style.settings["finished"] is False
    assert left.wait(300)
    steps.clear()
    monkeypatch.setattr(
        module,
        "_show",
        lambda node, bar, step, portrait: steps.append(step.step) or management.interrupt_current_processing(True),
    )
    with pytest.raises(management.InterruptProcessingException):
        train.execute(images=_photos(), **given)
    assert steps[0] > 2


def test_cancel_before_training_begins_saves_nothing(train):
    import comfy.model_management as management

    management.interrupt_current_processing(True)
    with pytest.raises(management.InterruptProcessingException):
        train.execute(images=_photos(), **GIVEN)
    assert not list(_library().glob("*"))


@pytest.mark.parametrize(
    ("images", "content", "text"),
    [
        (7, 0, "7 finished photos: training needs 8; add photos, or use Style From Photos"),
        (8, 1, "1 untouched photo: training needs none or 2"),
        (0, 0, "no photos: nothing to learn from"),
    ],
)
def test_too_few_photos_are_refused_before_any_work(train, images: int, content: int, text: str):
    with pytest.raises(comfy_host.part("core.errors").LearningError, match=text):
        train.execute(images=_photos(images), content=_photos(content), **GIVEN)


@pytest.mark.parametrize(("name", "text"), [("a/b", "cannot hold"), ("taken", "another style is called 'taken'")])
def test_a_name_that_cannot_be_is_refused_before_photos_are_read(train, monkeypatch, name: str, text: str):
    save = comfy_host.part("comfy_nodes.saving").save_into
    save(None, comfy_host.part("core.learning.resolve").resolve_style("low-key").renamed("taken"), overwrite=True)
    monkeypatch.setattr(comfy_host.part("comfy_nodes.nodes_train"), "gather_photos", None)  # would fail if called
    with pytest.raises(comfy_host.part("core.errors").StyleError, match=text):
        train.execute(images=_photos(), **{**GIVEN, "name": [name]})


def test_the_preparation_has_a_bar_of_its_own_and_the_live_picture_is_a_portrait(train, monkeypatch):
    bars, module = [], comfy_host.part("comfy_nodes.nodes_train")
    monkeypatch.setattr(module, "show_progress", lambda bar, *given: bars.append(given))
    train.execute(images=_photos(), content=_photos(3), **{**GIVEN, "name": ["shown"]})
    prepared = [given[0] for given in bars if given[1] == 100]
    assert prepared == sorted(prepared)
    assert prepared[-1] == 100
    live = [given[2] for given in bars if given[1] == 2 and len(given) > 2 and given[2] is not None]
    content = _photos(3)[0][0].numpy()
    size = live[0].shape[1] // 2
    assert abs(live[0][:, :size] / 255 - content).max() < 0.01  # untouched, on the left
    assert live[0].shape[0] == content.shape[0]


def test_an_error_of_the_thread_is_raised_by_the_node(train, monkeypatch: pytest.MonkeyPatch):
    def fail(*args, **given):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(comfy_host.part("comfy_nodes.training"), "train_style", fail)
    with pytest.raises(RuntimeError, match="out of luck"):
        train.execute(images=_photos(), **GIVEN)


def test_the_advice_names_the_input_and_the_plot_is_told_apart_from_the_verdict(comfy_pack):
    pictures, style = comfy_host.part("comfy_nodes.report_pictures"), comfy_host.part("core.styles.style").Style
    look = comfy_host.part("core.imaging.rendering.look").Look.identity()
    trust = {"expected": 4.0, "low": 3.0, "high": 5.0, "moved": 8.0}
    fair = style("mine", "fixed", look=look, num_photos=25, score=trust)
    assert pictures.verdict_told(fair)[1:] == [
        "  untouched photos by the same photographer would help to tell the look from the people",
        "  to give them: choose their folder as content_folder (Upload untouched photos makes one); train again",
    ]
    plotted = style("mine", "fixed", look=look, num_photos=25, score={**trust, "expected": 2.0, "history": []})
    first, *rest = pictures.verdict_told(plotted)
    assert first.startswith("how well it was learnt: closely")
    assert rest == [
        "  this is about a single photo; the plot compares whole sets of photos, which come near each other more easily"
    ]
    assert pictures.verdict_told(style("mine", "fixed", look=look)) == []
