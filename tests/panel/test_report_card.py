"""The card of the report: the verdict in the words that the check of the photos has, and three pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from people_material import portrait
from PIL import Image
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.photos.folder import PhotoFolder, read_photo_folder
from portrait_atelier.core.reports.verdict import WORDS, verdict_of
from portrait_atelier.core.styles.library import StyleEntry
from portrait_atelier.core.styles.style import Style
from portrait_atelier.panel.cards import check_card, report_card, style_card, usable_card
from portrait_atelier.panel.photo_check import check_photos
from portrait_atelier.panel.training_cards import list_entry, page_news, status_card
from portrait_atelier.panel.training_samples import trio_paths, write_trio
from portrait_atelier.panel.trainings import StoredRequest, TrainingStore
from portrait_atelier.panel.trio_card import sample_names, trio_card
from portrait_atelier.panel.words import Words

ENGLISH = Words()
TRUST = {"expected": 1.5, "low": 1.0, "high": 2.2, "moved": 9.0}
MEASURED = {"score": 4.5, "instant": 4.5, "floor": 5.0, "ceiling": 4.0, "keep": 0.0, "step": 0}


def _style(num_photos: int = 25, **score: float) -> Style:
    return Style("mine", "fixed", look=Look.identity(), num_photos=num_photos, score=score)


def _folder(path: Path, count: int, num_gray: int = 0) -> PhotoFolder:
    path.mkdir()
    for seed in range(count):
        photo = Image.fromarray((portrait(seed, 320, 240) * 255).astype(np.uint8))
        (photo.convert("L") if seed < num_gray else photo).save(path / f"{seed:02d}.png")
    return read_photo_folder(path)


def test_the_card_says_the_verdict_as_the_command_line_does():
    card = report_card(_style(**TRUST), ENGLISH)
    assert f'<p class="pa-big pa-sentence">{WORDS[0].replace(chr(39), "&#x27;")}</p>' in card
    assert "1.5" in card
    assert "(1.0 to 2.2 in eight of ten such styles)" in card


def test_a_floor_above_the_ceiling_is_no_success():
    card = report_card(_style(**TRUST, **MEASURED), ENGLISH)
    assert "closely" not in card
    assert "fairly" in card
    assert "cannot confirm it" in card
    assert "<svg" in card  # what was measured is shown all the same


@pytest.mark.parametrize(
    ("count", "num_gray", "phrase"), [(14, 5, "not look like one style"), (5, 0, "ewer than 8 ph")]
)
def test_the_report_and_the_check_of_the_photos_agree(tmp_path: Path, count: int, num_gray: int, phrase: str):
    folder = _folder(tmp_path / "photos", count, num_gray)
    style = style_from_proxies(folder.proxies, "mine", cover=False)
    assert phrase in check_card(check_photos(folder.folder), ENGLISH)
    assert phrase in report_card(style, ENGLISH)
    verdict = verdict_of(style)
    assert verdict is not None
    assert verdict.level >= 2


def test_the_check_of_the_photos_is_plain_and_tells_figures_only_if_asked(tmp_path: Path):
    card = check_card(check_photos(_folder(tmp_path / "photos", 9).folder), ENGLISH)
    plain, _, asked = card.partition('<details class="pa-why" data-fold="spread">')
    assert "dE" not in plain
    assert "dE from the middle of them all" in asked.partition("</details>")[0]


def test_a_file_that_is_no_photo_is_named_among_those_left_out(tmp_path: Path):
    photos = _folder(tmp_path / "photos", 9)
    check = check_photos(photos.folder)
    for card in (check_card(check, ENGLISH, ["a<b.txt"]), usable_card(check, ENGLISH, ["a<b.txt"])):
        assert "Left out: 1" in card
        assert "<li><b>a&lt;b.txt</b>: is no photo</li>" in card
    assert "Left out" not in check_card(check, ENGLISH)


def test_a_training_that_had_nothing_to_improve_is_good_news(tmp_path: Path):
    store = TrainingStore(tmp_path / "trainings")
    training = store.reserve()
    store.begin(training, StoredRequest("mine", tmp_path))
    done = training.report(state="done", complete=True)
    told = status_card(training, done, None, ENGLISH, _style(**TRUST, clear=True))
    assert "pa-good" in told
    assert "training has nothing to add" in told
    assert '<p role="status">done</p>' in status_card(training, done, None, ENGLISH, _style(**TRUST, clear=False))


def test_a_training_that_had_nothing_to_improve_is_no_good_news_where_the_verdict_sees_differences(tmp_path: Path):
    store = TrainingStore(tmp_path / "trainings")
    training = store.reserve()
    store.begin(training, StoredRequest("mine", tmp_path))
    done, style = training.report(state="done", complete=True), _style(**{**TRUST, "expected": 4.0}, clear=True)
    assert "fairly: the look is there, with differences that can be seen" in report_card(style, ENGLISH)
    told = status_card(training, done, None, ENGLISH, style)
    assert "pa-good" not in told
    assert "Done already" not in told
    assert "Done: more training could bring nothing that these photos would confirm." in told


@pytest.mark.parametrize(
    ("step", "said", "outcome"),
    [
        (0, "Stopped before training began", "stopped before training had gained anything"),
        (7, "Stopped at step 7 of 60", "the best so far is of step 7"),
    ],
)
def test_a_training_that_was_stopped_says_so(tmp_path: Path, step: int, said: str, outcome: str):
    store = TrainingStore(tmp_path / "trainings")
    training = store.reserve()
    store.begin(training, StoredRequest("mine", tmp_path))
    stopped = training.report(state="done", complete=False, step=step, num_steps=60)
    assert f'<p role="status">{said}</p>' in status_card(training, stopped, None, ENGLISH, _style(**TRUST, clear=True))
    assert list_entry(training, ENGLISH) == "mine · stopped"
    assert "mine is done" not in page_news([training], ENGLISH)  # whoever has stopped it knows
    assert outcome in report_card(_style(step=step), ENGLISH, complete=False)


@pytest.mark.parametrize(
    ("method", "keep", "said"),
    [
        ("set network", 0.0, "read from the photos at once"),
        ("adversarial", 0.8, "read from the photos, then improved by training"),
        ("adversarial", 0.0, "read from the photos; training found nothing to add"),
        ("designed", 0.0, "designed by hand"),
        ("unheard of", 0.0, None),
    ],
)
def test_how_a_style_was_made_is_said_in_plain_words(method: str, keep: float, said: str | None):
    made = {"method": method, "learning": {"seed": 3, "kept_step": 7}}
    style = replace(_style(keep=keep), settings=made)
    card = style_card(StyleEntry("mine", Path("mine.safetensors"), "library"), style, ENGLISH)
    if said is None:
        assert "How it was made" not in card
        return
    assert f"<dd>{said}<details" in card
    assert f"<p>{method}, seed 3, 7 steps</p></details>" in card


@pytest.mark.parametrize("has_own", [False, True])
def test_three_pictures_say_what_they_are(tmp_path: Path, has_own: bool):
    folders = [_folder(tmp_path / "photos", 9)] + ([_folder(tmp_path / "own", 2)] if has_own else [])
    style = style_from_proxies(folders[0].proxies, "mine", cover=False)
    content = folders[1].folder if has_own else None
    store = TrainingStore(tmp_path / "trainings")
    training = store.reserve()
    store.begin(training, StoredRequest("mine", folders[0].folder, content))
    assert trio_card(training, ENGLISH) == ""
    write_trio(style, folders, training.samples)
    assert list(trio_paths(training.samples)) == ["untouched" if has_own else "sample", "styled", "finished"]
    card = trio_card(training, ENGLISH)
    assert card.count('<img src="data:image/jpeg;base64,') == 3
    assert ("Sample portrait that comes with the program" in card) != has_own
    assert ("Untouched photo by the photographer" in card) == has_own
    names = sample_names(training, 3, ENGLISH)
    assert names[0] == "Sample portrait that comes with the program"
    assert names[2] == ("Untouched photo 2" if has_own else "Finished photo 2, brought back to neutral")


def test_without_read_photos_there_are_no_three_pictures(tmp_path: Path):
    write_trio(_style(), [], tmp_path)
    assert list(tmp_path.iterdir()) == []
