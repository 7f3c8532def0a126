"""Training of the region network: augmentation, losses, overfitting one photo, checkpoints, the command."""

import csv

import cv2
import numpy as np
import pytest
import torch
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.learning.checkpoint import load_checkpoint
from portrait_atelier.core.networks.region_net import RegionNet, num_parameters
from portrait_atelier.core.pretraining.regions.augmentation import varied
from portrait_atelier.core.pretraining.regions.labels import derive_labels
from portrait_atelier.core.pretraining.regions.photos import SIDE, LabelledPhotos, read_labelled
from portrait_atelier.core.pretraining.regions.run import BEST, CHECKPOINT, main, train_regions
from portrait_atelier.core.pretraining.regions.settings import RegionSettings
from portrait_atelier.core.pretraining.regions.trainer import RegionTrainer, draw_examples, overlaps, region_loss
from region_material import drawn_portrait

TINY = RegionSettings(
    num_steps=4, batch_size=2, first_size=32, last_size=32, warm_up=2, widths=(4, 4, 4, 4, 4), save_every=2
)


@pytest.fixture(scope="module")
def photos() -> LabelledPhotos:
    pixels, subject, face = drawn_portrait(64)
    labels = derive_labels(pixels, subject, face)
    parts = (np.stack([(part * 255 + 0.5).astype(np.uint8)] * 13) for part in (pixels, labels.values, labels.weights))
    return LabelledPhotos(*parts, kinds=np.zeros(13, int))


def test_the_network_is_small():
    assert num_parameters(RegionNet()) < 300_000


def test_the_network_refuses_sides_that_its_stride_does_not_divide():
    with pytest.raises(ValueError, match="32 divides"):
        RegionNet((4, 4, 4, 4, 4))(torch.zeros(1, 3, 48, 48))


def test_an_example_follows_its_labels(photos: LabelledPhotos):
    for seed in range(20):
        photo, values, weights = varied(photos, 0, 64, np.random.default_rng(seed))
        assert photo.shape == (64, 64, 3)
        assert values.shape == weights.shape == (32, 32, 5)
        assert photo.min() >= 0
        assert photo.max() <= 1
        assert (values[..., 1] <= values[..., 0] + 0.05).all()  # the face stays inside the subject


def test_the_same_chance_gives_the_same_example(photos: LabelledPhotos):
    first, second = (varied(photos, 1, 32, np.random.default_rng(7)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_unknown_pixels_cost_nothing():
    logits, values = torch.randn(1, 5, 4, 4), torch.rand(1, 5, 4, 4)
    weights = torch.ones(1, 5, 4, 4)
    weights[..., 0] = 0
    other = values.clone()
    other[..., 0] = 1 - other[..., 0]
    assert region_loss(logits, values, weights, 0.3) == region_loss(logits, other, weights, 0.3)


def test_a_certain_right_answer_costs_almost_nothing_and_overlaps_fully():
    values = (torch.rand(2, 5, 8, 8) > 0.5).float()
    assert region_loss((values - 0.5) * 40, values, torch.ones_like(values), 0.3) < 0.01
    assert overlaps(values, values, torch.ones_like(values)) == [1.0] * 5
    assert overlaps(1 - values, values, torch.ones_like(values)) == [0.0] * 5


def test_training_learns_one_batch_by_heart(photos: LabelledPhotos):
    settings = RegionSettings(num_steps=200, warm_up=5, widths=(8, 8, 8, 8, 8), learning_rate=1e-2)
    trainer = RegionTrainer(settings)
    batch = draw_examples(photos, np.arange(2), 32, np.random.default_rng(0))
    losses = [trainer.train_step(batch) for _ in range(60)]
    assert losses[-1] < 0.35 * losses[0]


def test_a_training_broken_off_goes_on_to_the_same_end(photos: LabelledPhotos, tmp_path):
    whole = RegionTrainer(TINY)
    statuses = list(train_regions(whole, photos, tmp_path / "whole"))
    assert [status.scores is None for status in statuses] == [True, False] * 2
    broken = RegionTrainer(TINY)
    for status in train_regions(broken, photos, tmp_path):
        if status.step == 3:  # the last checkpoint is of step 2
            break
    resumed = RegionTrainer(TINY)
    resumed.restore(tmp_path / CHECKPOINT)
    assert resumed.step == 2
    list(train_regions(resumed, photos, tmp_path))
    for name, value in whole.average.items():
        torch.testing.assert_close(value, resumed.average[name])


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    RegionTrainer(TINY).save(tmp_path / CHECKPOINT)
    with pytest.raises(LearningError, match="other photos or settings .batch_size, first_size"):
        RegionTrainer(RegionSettings()).restore(tmp_path / CHECKPOINT)


def test_a_training_may_start_with_what_another_kept(photos: LabelledPhotos, tmp_path):
    list(train_regions(RegionTrainer(TINY), photos, tmp_path))
    trainer = RegionTrainer(TINY)
    trainer.start_from(tmp_path / BEST)
    for name, value in load_checkpoint(tmp_path / BEST)[0].items():
        torch.testing.assert_close(value, trainer.network.state_dict()[name])
    with pytest.raises(LearningError, match="other widths"):
        RegionTrainer(RegionSettings()).start_from(tmp_path / BEST)


def test_too_few_photos_are_refused(photos: LabelledPhotos, tmp_path):
    few = photos.part(np.arange(3))
    with pytest.raises(LearningError, match="3 photos are too few"):
        next(train_regions(RegionTrainer(TINY), few, tmp_path))


@pytest.fixture
def folders(tmp_path):
    """A folder of 13 photos and one of their masks."""
    pixels, subject, face = drawn_portrait(64)
    for name in ("photos", "masks/subject", "masks/face"):
        (tmp_path / name).mkdir(parents=True)
    rows = []
    for index in range(13):
        cv2.imwrite(str(tmp_path / "photos" / f"{index:02}.png"), (pixels[..., ::-1] * 255).astype(np.uint8))
        for part, mask in (("subject", subject), ("face", face)):
            cv2.imwrite(str(tmp_path / "masks" / part / f"{index:02}.png"), (mask * 255).astype(np.uint8))
        rows.append({"file": f"photos/{index:02}.png", "face_score": 0.2 if index == 4 else 0.9})
    with (tmp_path / "masks" / "SCORES.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", "face_score"])
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path / "photos", tmp_path / "masks"


def test_reading_leaves_faces_open_whose_masks_are_not_trusted(folders):
    photos = read_labelled([f"{folders[0]}:6"], [folders[1]])
    assert photos.pixels.shape == (6, SIDE, SIDE, 3)
    known = photos.weights.max((2, 3)) > 0
    assert known[:, 0].all()
    assert known[:, 1].tolist() == [True, True, True, True, False, True]


def test_a_missing_mask_is_named(folders):
    (folders[1] / "face" / "03.png").unlink()
    with pytest.raises(LearningError, match=r"03\.png: has no mask"):
        read_labelled([str(folders[0])], [folders[1]])


def test_folders_and_masks_must_match(folders):
    with pytest.raises(LearningError, match="0 folders of masks for 1"):
        read_labelled([str(folders[0])], [])


def test_the_command_trains_and_resumes(folders, tmp_path, capsys, monkeypatch):
    module = "portrait_atelier.core.pretraining.regions.run"
    monkeypatch.setattr(f"{module}.RegionTrainer", lambda settings: RegionTrainer(TINY))
    words = [str(folders[0]), "--masks", str(folders[1]), "-o", str(tmp_path / "run"), "--steps", "4", "--seed", "0"]
    assert main(words) == 0
    assert "step 4/4" in capsys.readouterr().err
    assert load_checkpoint(tmp_path / "run" / BEST)[1]["settings"]["num_steps"] == 4
    assert main([*words, "--resume"]) == 0


def test_the_command_says_what_is_missing(tmp_path, capsys):
    assert main([str(tmp_path / "none"), "--masks", str(tmp_path), "-o", str(tmp_path / "run")]) == 1
    assert "not a folder" in capsys.readouterr().err
