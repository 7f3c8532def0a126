"""Teachers: read by the names of their arrays, run as a VGG, lifted where they say so."""

import numpy as np
import pytest
import torch
from portrait_atelier.core.errors import WeightsError
from portrait_atelier.core.pretraining.features.teacher import TeacherEncoder, read_teacher

FULL = {"conv11": (2, 3, 3), "conv12": (2, 2, 3), "conv21": (3, 2, 3)}


def arrays_of(sizes: dict[str, tuple[int, int, int]], *, value: float | None = None) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = {}
    for name, (after, before, size) in sizes.items():
        weight = rng.normal(0, 0.5, (after, before, size, size))
        arrays[f"{name}.weight"] = (weight if value is None else np.full_like(weight, value)).astype(np.float32)
        arrays[f"{name}.bias"] = np.zeros(after, np.float32)
    return arrays


def test_layers_come_in_order_whatever_the_order_of_the_arrays():
    arrays = arrays_of({"conv21": (3, 2, 3), "conv0": (3, 3, 1), "conv12": (2, 2, 3), "conv11": (2, 3, 3)})
    teacher = TeacherEncoder(arrays)
    assert teacher.layer_names == ("relu1_1", "relu1_2", "relu2_1")
    assert teacher(torch.rand(2, 3, 8, 8), ["relu2_1"])["relu2_1"].shape == (2, 3, 4, 4)


def test_values_by_hand():
    # All weights 1: a flat photo of 0.5 gives 27 * 0.5 = 13.5 in each of 2 maps; lifts are (1, -2) and (1, 1).
    arrays = arrays_of({"conv11": (2, 3, 3)}, value=1.0)
    photo = torch.full((1, 3, 8, 8), 0.5)
    assert torch.all(TeacherEncoder(arrays)(photo, ["relu1_1"])["relu1_1"] == 13.5)
    lift = np.array([[1, -2], [1, 1]], np.float32)
    matrix = TeacherEncoder({**arrays, "eigenbasis_relu1_1": lift})(photo, ["relu1_1"])["relu1_1"]
    assert matrix[0, :, 0, 0].tolist() == [-13.5, 27]
    aux = {"conv11_aux.weight": lift[..., None, None], "conv11_aux.bias": np.array([0, 1], np.float32)}
    rectified = TeacherEncoder({**arrays, **aux})(photo, ["relu1_1"])["relu1_1"]
    assert rectified[0, :, 0, 0].tolist() == [0, 28]


def test_both_ways_of_naming_are_the_same_network():
    arrays = arrays_of({"conv0": (3, 3, 1), **FULL})
    renamed = {
        key.replace("conv0", "preprocess")
        .replace("conv11", "conv1_1")
        .replace("conv12", "conv1_2")
        .replace("conv21", "conv2_1"): value
        for key, value in arrays.items()
    }
    photos = torch.rand(1, 3, 8, 8)
    first, second = (TeacherEncoder(each)(photos, ["relu1_1", "relu2_1"]) for each in (arrays, renamed))
    assert all(torch.equal(first[name], second[name]) for name in ("relu1_1", "relu2_1"))


def test_it_is_frozen():
    teacher = TeacherEncoder(arrays_of(FULL))
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


def test_other_arrays_are_refused():
    with pytest.raises(ValueError, match="classifier.weight is not an array of a VGG-shaped encoder"):
        TeacherEncoder({"classifier.weight": np.zeros((1, 1))})
    with pytest.raises(ValueError, match="there is no convolution conv11"):
        TeacherEncoder({})
    with pytest.raises(ValueError, match="conv11.bias is missing"):
        TeacherEncoder({"conv11.weight": np.zeros((1, 3, 3, 3), np.float32)})
    with pytest.raises(ValueError, match=r"layers must be of relu1_1, relu1_2, relu2_1, got relu5_1"):
        TeacherEncoder(arrays_of(FULL))(torch.rand(1, 3, 8, 8), ["relu5_1"])


def test_files_are_read_or_named(tmp_path):
    np.savez(tmp_path / "teacher.npz", **arrays_of(FULL))
    assert read_teacher(tmp_path / "teacher.npz").layer_names == ("relu1_1", "relu1_2", "relu2_1")
    (tmp_path / "bad.npz").write_bytes(b"\x80\x04pickle")
    for name in ("bad.npz", "none.npz"):
        with pytest.raises(WeightsError, match=rf"{name}: is not a teacher .*give an npz"):
            read_teacher(tmp_path / name)
