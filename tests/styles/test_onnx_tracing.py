"""What is traced is what numpy does: each operation, and eigenvectors, by another program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from portrait_atelier.core.styles.onnx_graph import OnnxGraph
from portrait_atelier.core.styles.onnx_tracing import Traced

pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
ROWS = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
OTHER = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
PLACES = np.array([-1.5, -0.5, 0.25, 2.0])


def by_graph(formula: Callable[[Any], Any], values: np.ndarray, example: np.ndarray | None = None) -> np.ndarray:
    """Trace a formula with an example, and give it to values."""
    graph = OnnxGraph()
    held = graph.add("Reshape", "photo", graph.constant(np.array(values.shape)))
    found = formula(Traced(graph, held, values if example is None else example))
    flat = graph.cast(found.name, np.float32)
    graph.add("Reshape", flat, graph.constant(np.array([1, 1, 1, -1])), output="restyled")
    model = graph.model(1, "a test", {})
    del model.graph.output[0].type.tensor_type.shape.dim[1]  # three channels, for which a formula's result is too free
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"photo": values.reshape(1, 3, 1, -1)})[0].reshape(found.shape)


FORMULAS: dict[str, Callable[[Any], Any]] = {
    "arithmetic": lambda x: (2 * x + x / 3 - 1) ** 2 - abs(-x),
    "types": lambda x: x.astype(np.float64) * 3 + (10 * x).astype(np.int64),
    "functions": lambda x: np.exp(x) + np.tanh(x) + np.hypot(x, 1) + np.exp2(x) + np.cbrt(x * x) + np.sign(x),
    "choice": lambda x: np.where((x > 0) & ~(x > 1), np.sqrt(np.maximum(x, 0)), -1.0),
    "clipped": lambda x: x.clip(-1, 1) + np.clip(x, 0, 2) + np.minimum(x, 0),
    "reduced": lambda x: x.sum(0) + x.mean(0) + x.max(0) + x.min(0) + x.sum() + np.ptp(x, axis=0),
    "matrix": lambda x: x @ OTHER @ OTHER.T,
    "vector": lambda x: x @ OTHER[:, 0],
    "row": lambda x: OTHER[:4, 0] @ x,
    "vectors": lambda x: x[0] @ x[1] + x[0] * x[1],
    "transposed vector": lambda x: np.tensordot(x.reshape(2, 6, 2), OTHER[:, 1], ((1,), (0,))),
    "outer": lambda x: np.outer(x[0], x[1]).T.swapaxes(0, 1),
    "slices": lambda x: x[1:, ::2][..., None] * x[None, :-1, 1::2].reshape(3, 3, 1),
    "backwards": lambda x: x[:, ::-1].ravel(),
    "indices": lambda x: x[[0, 2, 1], np.array([5, 0, 3])] + x[3, 2],
    "unpacked": lambda x: sum(np.moveaxis(x.reshape(2, 2, 6), -1, 0)),
    "joined": lambda x: np.concatenate([x, [[1.0] * 6], np.stack([x[0], OTHER[:, 0]])], 0),
    "nested": lambda x: np.concatenate([x[0], [x[1, 1] / 2], np.ones(2)]),
    "split": lambda x: np.split(x[0], 2)[1] * np.split(x[0], 2)[0],
    "differences": lambda x: np.diff(x, axis=1) + np.take(x, range(1, 6), 1),
    "padded": lambda x: np.pad(x > 0, 1) * np.float32(1),
    "any": lambda x: (x > 100).any() * np.float32(1) + (x > 0).any(),
    "running sums": lambda x: x.cumsum(-1),
    "running extremes": lambda x: np.maximum.accumulate(x[0]) - np.minimum.accumulate(x[1][::-1])[::-1],
    "histogram": lambda x: np.bincount((np.abs(x[0]) * 2).astype(np.int64), np.arange(6.0), 12),
    "interpolated at": lambda x: np.interp(x, PLACES, np.array([1.0, 3.0, -1.0, 0.0])),
    "interpolated between": lambda x: np.interp(OTHER, PLACES, x[:, 0]),
    "constants": lambda x: np.ones_like(x) + np.zeros_like(x) * x,
    "in place": lambda x: _in_place(x[0] + 0),
}


def _in_place(values: Any) -> Any:
    values += 1
    values /= 2
    return values


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_is_traced(name: str):
    formula = FORMULAS[name]
    found = by_graph(formula, ROWS, example=ROWS[::-1, ::-1].copy())
    np.testing.assert_allclose(found, np.asarray(formula(ROWS)).astype(np.float32), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("spread", [(1.0, 1.0, 1.0), (1e4, 3.0, 0.5), (2.0, 2.0, 0.0)])
def test_eigenvectors_give_the_matrix_and_its_root(spread: tuple[float, ...]):
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    matrix = (turn * np.array(spread)) @ turn.T

    def rebuilt(values: Any) -> Any:
        found, vectors = np.linalg.eigh(values.astype(np.float64))
        roots = (vectors * np.sqrt(np.maximum(found, 0))) @ vectors.T
        return np.stack([roots @ roots, vectors @ vectors.T])

    found = by_graph(rebuilt, matrix.astype(np.float32))
    np.testing.assert_allclose(found[0], matrix, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found[1], np.eye(3), atol=1e-6)


def test_what_depends_on_a_value_fails_when_it_is_traced():
    with pytest.raises(TypeError, match="cannot decide"):
        by_graph(lambda x: x if x.sum() > 0 else -x, ROWS)
    with pytest.raises(TypeError, match="numpy.median|no implementation"):
        by_graph(np.median, ROWS)
