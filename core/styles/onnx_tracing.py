"""Arrays that write down what numpy does with them, as an ONNX graph: formulas of numpy are exported as they are.

A `Traced` goes where an array is expected, and numpy hands each operation to it (NEP 13 and 18). Shapes are those of an
example that is computed along, so code may ask for them; what asks for values (`if`, `float`) fails. Arrays whose
shape depends on the photo may be computed with, element by element, sliced and joined, but not reshaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .onnx_graph import OnnxGraph

_ARITHMETIC = {
    np.add: "Add", np.subtract: "Sub", np.multiply: "Mul", np.divide: "Div", np.matmul: "MatMul", np.power: "Pow",
    np.maximum: "Max", np.minimum: "Min", np.exp: "Exp", np.sqrt: "Sqrt", np.log: "Log", np.tanh: "Tanh",
    np.absolute: "Abs", np.negative: "Neg", np.sign: "Sign", np.floor: "Floor",
}  # fmt: skip
_COMPARISONS = {
    np.greater: "Greater", np.greater_equal: "GreaterOrEqual", np.less: "Less", np.less_equal: "LessOrEqual",
    np.equal: "Equal",
}  # fmt: skip
_LOGICAL = {
    np.logical_or: "Or", np.logical_and: "And", np.logical_not: "Not",
    np.bitwise_or: "Or", np.bitwise_and: "And", np.invert: "Not",
}  # fmt: skip
_RUNNING = {np.maximum: (np.max, -np.inf), np.minimum: (np.min, np.inf)}
_JACOBI_SWEEPS = 6  # of a 3 x 3 matrix: to the last bit of float64
_TINY = 1e-30


class Traced(NDArrayOperatorsMixin):
    """A value of an ONNX graph that numpy can compute with.

    Args:
        graph: to add to.
        name: of the value there.
        example: what it is for some input.
    """

    def __init__(self, graph: OnnxGraph, name: str, example: np.ndarray) -> None:
        self.graph, self.name, self.example = graph, name, np.asarray(example)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.example.shape

    @property
    def ndim(self) -> int:
        return self.example.ndim

    @property
    def dtype(self) -> np.dtype:
        return self.example.dtype

    @property
    def T(self) -> Traced:  # noqa: N802  as numpy calls it
        return self.transposed(range(self.ndim)[::-1])

    def __len__(self) -> int:
        return len(self.example)

    def __iter__(self) -> Iterator[Traced]:
        return (self[index] for index in range(len(self)))

    def __bool__(self) -> bool:
        raise TypeError("a graph cannot decide while it is written: what depends on a photo must be numpy.where")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        options.pop("out", None)  # of `x += y`, which makes a new value here
        if method == "accumulate" and ufunc in _RUNNING:
            return self._running(ufunc)
        if method != "__call__" or options:
            return NotImplemented
        if ufunc in _COMPOSED:
            return _COMPOSED[ufunc](*inputs)
        if ufunc is np.matmul and 1 in map(np.ndim, map(_example, inputs)):
            return _of_vectors(*inputs)
        example = np.asarray(ufunc(*map(_example, inputs)))
        if ufunc in _ARITHMETIC:
            kind, dtype = _ARITHMETIC[ufunc], example.dtype
        elif ufunc in _COMPARISONS:
            kind, dtype = _COMPARISONS[ufunc], np.result_type(*map(_example, inputs))
        elif ufunc in _LOGICAL and example.dtype == bool:
            kind, dtype = _LOGICAL[ufunc], np.dtype(bool)
        else:
            return NotImplemented
        return self.new(kind, example, *(self.name_of(part, dtype) for part in inputs))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        found = _FUNCTIONS.get(function)
        return NotImplemented if found is None else found(self, *args, **options)

    def __getitem__(self, key: Any) -> Traced:
        keys = list(key) if isinstance(key, tuple) else [key]
        keys = [np.array(part) if isinstance(part, list) else part for part in keys]
        used = sum(part is not None and part is not Ellipsis for part in keys)
        rest = [slice(None)] * (self.ndim - used)
        at = next((index for index, part in enumerate(keys) if part is Ellipsis), None)
        keys = keys + rest if at is None else [*keys[:at], *rest, *keys[at + 1 :]]
        placed = [part for part in keys if part is not None]
        found = self._sliced([part if isinstance(part, slice) else slice(None) for part in placed])
        indexed = [axis for axis, part in enumerate(placed) if isinstance(part, (np.ndarray, Traced))]
        if indexed:
            return found._gathered(indexed[0], [placed[axis] for axis in indexed])
        numbers = [axis for axis, part in enumerate(placed) if not isinstance(part, slice)]
        for axis in reversed(numbers):
            found = _taken(found, found, placed[axis], axis)
        kept = [part for part in keys if part is None or isinstance(part, slice)]
        added = [axis for axis, part in enumerate(kept) if part is None]
        if not added:
            return found
        return found.new("Unsqueeze", np.expand_dims(found.example, added), found.name, self._ints(added))

    def astype(self, dtype: Any) -> Traced:
        """Convert; fractions are cut off, as numpy does."""
        dtype = np.dtype(dtype)
        if dtype == self.dtype:
            return self
        return Traced(self.graph, self.graph.cast(self.name, dtype), self.example.astype(dtype))

    def reshape(self, *shape: Any) -> Traced:
        """Give it another shape."""
        example = self.example.reshape(*shape)
        return (
            self if example.shape == self.shape else self.new("Reshape", example, self.name, self._ints(example.shape))
        )

    def ravel(self) -> Traced:
        """Make it one row."""
        return self.reshape(-1)

    def swapaxes(self, first: int, second: int) -> Traced:
        """Exchange two axes."""
        axes = list(range(self.ndim))
        axes[first], axes[second] = axes[second], axes[first]
        return self.transposed(axes)

    def transposed(self, axes: Sequence[int]) -> Traced:
        """Reorder axes."""
        return self.new("Transpose", self.example.transpose(*axes), self.name, perm=list(axes))

    def clip(self, low: Any, high: Any) -> Traced:
        """Clamp."""
        value: Any = self
        return np.minimum(np.maximum(value, low), high)

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Traced:
        """Add along axes."""
        part = self if dtype is None else self.astype(dtype)
        axes = part._axes(axis)
        example = part.example.sum(tuple(axes), keepdims=keepdims)
        return part.new("ReduceSum", example, part.name, self._ints(axes), keepdims=int(keepdims))

    def mean(self, axis: Any = None, keepdims: bool = False) -> Traced:
        """Average along axes."""
        example = self.example.mean(tuple(self._axes(axis)), keepdims=keepdims)
        return self.new("ReduceMean", example, self.name, axes=self._axes(axis), keepdims=int(keepdims))

    def max(self, axis: Any = None, keepdims: bool = False) -> Traced:
        """The largest along axes."""
        example = self.example.max(tuple(self._axes(axis)), keepdims=keepdims)
        return self.new("ReduceMax", example, self.name, axes=self._axes(axis), keepdims=int(keepdims))

    def min(self, axis: Any = None, keepdims: bool = False) -> Traced:
        """The smallest along axes."""
        example = self.example.min(tuple(self._axes(axis)), keepdims=keepdims)
        return self.new("ReduceMin", example, self.name, axes=self._axes(axis), keepdims=int(keepdims))

    def any(self) -> Traced:
        """Whether one is true: () bool."""
        return self.astype(np.float32).max() > 0

    def cumsum(self, axis: int) -> Traced:
        """Running sums along an axis."""
        axis = axis % self.ndim
        return self.new("CumSum", self.example.cumsum(axis), self.name, self.graph.constant(np.array(axis)))

    def new(self, kind: str, example: Any, *names: str, **attributes: Any) -> Traced:
        """Add a node."""
        return Traced(self.graph, self.graph.add(kind, *names, **attributes), example)

    def name_of(self, value: Any, dtype: Any = None) -> str:
        """Return the name of a value in the graph, of a type."""
        if isinstance(value, Traced):
            return (value if dtype is None else value.astype(dtype)).name
        return self.graph.constant(np.asarray(value, dtype))

    def _axes(self, axis: Any) -> list[int]:
        axes = range(self.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
        return [one % self.ndim for one in axes]

    def _ints(self, values: Sequence[int]) -> str:
        return self.graph.constant(np.array(list(values), np.int64))

    def _sliced(self, slices: list[slice]) -> Traced:
        bounds = [(axis, *part.indices(self.shape[axis])) for axis, part in enumerate(slices) if part != slice(None)]
        if not bounds:
            return self
        axes, starts, stops, steps = zip(*bounds, strict=True)
        ends = [stop if stop >= 0 else np.iinfo(np.int64).min for stop in stops]
        names = (self._ints(part) for part in (starts, ends, axes, steps))
        return self.new("Slice", self.example[tuple(slices)], self.name, *names)

    def _gathered(self, axis: int, index: list[Any]) -> Traced:
        """Pick by arrays of indices along adjacent axes."""
        if len(index) == 1:
            return _taken(self, self, index[0], axis)
        flat, sides = 0, self.shape[axis : axis + len(index)]
        for side, part in zip(sides, index, strict=True):
            flat = flat * side + part
        merged = self.reshape((*self.shape[:axis], -1, *self.shape[axis + len(index) :]))
        return _taken(merged, merged, flat, axis)

    def _running(self, ufunc: Any) -> Traced:
        """The largest or smallest of a row so far."""
        over, nothing = _RUNNING[ufunc]
        so_far = np.tri(len(self), dtype=bool)
        return over(_chosen(self, so_far, self[None, :], np.array(nothing, self.dtype)), axis=1)


def traced_roots(value: Traced) -> tuple[Traced, Traced]:
    """Return eigenvalues (3,) and eigenvectors (3, 3) of a symmetric matrix by Jacobi's rotations, in any order."""
    graph = value.graph

    def sweep(names: list[str]) -> tuple[str, list[str]]:
        matrix, vectors = (Traced(graph, name, value.example) for name in names)
        for first, second in ((0, 1), (0, 2), (1, 2)):
            turn = _turned(matrix, first, second)
            matrix, vectors = turn.T @ matrix @ turn, vectors @ turn
        return graph.constant(np.array(True)), [matrix.name, vectors.name]

    starts = [value.name, graph.constant(np.eye(3, dtype=value.dtype))]
    states = [(name, value.example) for name in starts]
    matrix, vectors = graph.loop(_JACOBI_SWEEPS, graph.constant(np.array(True)), states, sweep)
    turned = np.linalg.eigh(value.example)[1]
    diagonal = Traced(graph, matrix, turned.T @ value.example @ turned)
    return _diagonal(diagonal, diagonal), Traced(graph, vectors, turned)


def _turned(matrix: Any, first: int, second: int) -> Any:
    """The rotation (3, 3) that makes two entries of a symmetric matrix 0."""
    entry, apart = matrix[first, second], matrix[second, second] - matrix[first, first]
    size = np.absolute(apart) + np.sqrt(apart * apart + 4 * entry * entry)
    tangent = 2 * entry * np.where(apart < 0, -1.0, 1.0) / np.maximum(size, _TINY)
    cosine = 1 / np.sqrt(tangent * tangent + 1)
    kept, moved = np.zeros((3, 3)), np.zeros((3, 3))
    kept[first, first] = kept[second, second] = moved[first, second] = 1
    moved[second, first] = -1
    return np.eye(3) + (cosine - 1) * kept + tangent * cosine * moved


def _example(value: Any) -> Any:
    return value.example if isinstance(value, Traced) else value


def _examples(value: Any) -> Any:
    return [_examples(part) for part in value] if isinstance(value, (list, tuple)) else _example(value)


def _joined(like: Traced, parts: Any, axis: int = 0) -> Traced:
    parts = [_joined_scalars(like, part) if isinstance(part, list) else part for part in parts]
    example = np.concatenate(_examples(parts), axis)
    names = [like.name_of(part, example.dtype) for part in parts]
    return like.new("Concat", example, *names, axis=axis % example.ndim)


def _joined_scalars(like: Traced, parts: list[Any]) -> Any:
    return _stacked(like, parts) if any(isinstance(part, Traced) for part in parts) else parts


def _stacked(like: Traced, parts: Any, axis: int = 0) -> Traced:
    arrays = [part if isinstance(part, Traced) else np.asarray(part) for part in parts]
    axis = axis % (arrays[0].ndim + 1)
    return _joined(like, [part[(slice(None),) * axis + (None,)] for part in arrays], axis)


def _chosen(like: Traced, condition: Any, one: Any, other: Any) -> Traced:
    example = np.asarray(np.where(*map(_example, (condition, one, other))))
    names = [like.name_of(condition, bool), *(like.name_of(part, example.dtype) for part in (one, other))]
    return like.new("Where", example, *names)


def _taken(like: Traced, values: Any, index: Any, axis: int) -> Traced:
    at = index if isinstance(index, Traced) else np.asarray(index, np.int64)
    axis = axis % values.ndim
    return like.new("Gather", np.take(values.example, _example(at), axis), values.name, like.name_of(at), axis=axis)


def _differences(like: Traced, values: Any, axis: int = -1) -> Traced:
    count = values.shape[axis]
    return _taken(like, values, range(1, count), axis) - _taken(like, values, range(count - 1), axis)


def _padded(like: Traced, values: Any, width: int) -> Traced:
    floats = values.astype(np.float32)
    example = np.pad(floats.example, width)
    return like.new("Pad", example, floats.name, like._ints([width] * 2 * values.ndim)).astype(values.dtype)


def _product(like: Traced, one: Any, other: Any, axes: tuple[tuple[int], tuple[int]]) -> Traced:
    """Sum over an axis of one and the first of the other."""
    (axis,), (first,) = axes
    if first or np.ndim(_example(other)) != 1:
        return NotImplemented
    order = [*(at for at in range(one.ndim) if at != axis), axis]
    moved = one.transposed(order) if isinstance(one, Traced) else one.transpose(order)
    return moved @ other


def _of_vectors(one: Any, other: Any) -> Any:
    """A matrix product with a vector, as a matrix: onnxruntime 1.32 takes a wrong axis after a transpose."""
    is_row, is_column = (np.ndim(_example(part)) == 1 for part in (one, other))
    found = (one[None, :] if is_row else one) @ (other[:, None] if is_column else other)
    found = found[..., 0] if is_column else found
    return found[..., 0] if is_row and is_column else found[..., 0, :] if is_row else found


def _diagonal(like: Traced, values: Any) -> Traced:
    places = np.arange(len(values))
    return values[places, places]


def _counted(like: Traced, index: Any, weights: Any, least: int) -> Traced:
    """A histogram, of whole numbers under `least`."""
    return np.where(index[:, None] == np.arange(least), np.asarray(weights, np.float64)[:, None], 0.0).sum(0)


def _interpolated(like: Traced, at: Any, places: np.ndarray, values: Any) -> Any:
    """Interpolate linearly between rising places, the ends repeated."""
    below = (at[..., None] >= places[1:-1]).astype(np.int64).sum(-1)
    low, high = (places[below + step] if isinstance(below, np.ndarray) else _picked(like, places, below + step)
                 for step in (0, 1))  # fmt: skip
    share = np.clip((at - low) / (high - low), 0, 1)
    first, second = (_picked(like, values, below + step) for step in (0, 1))
    return first + (second - first) * share


def _picked(like: Traced, row: Any, index: Any) -> Traced:
    return _taken(like, row if isinstance(row, Traced) else Traced(like.graph, like.name_of(row), row), index, 0)


def _split(like: Traced, values: Any, count: int) -> list[Traced]:
    parts = np.split(values.example, count)
    names = like.graph.split(values.name, [len(part) for part in parts], 0)
    return [Traced(like.graph, name, part) for name, part in zip(names, parts, strict=True)]


def _moved(like: Traced, values: Any, axis: int, to: int) -> Traced:
    order = list(range(values.ndim))
    order.insert(to % values.ndim, order.pop(axis))
    return values.transposed(order)


def _range_of(like: Traced, values: Any, axis: int) -> Traced:
    return values.max(axis) - values.min(axis)


_COMPOSED: dict[Any, Callable[..., Any]] = {
    np.hypot: lambda x, y: np.sqrt(x * x + y * y),
    np.exp2: lambda x: np.exp(x * np.log(np.array(2, x.dtype))),
    np.cbrt: lambda x: x ** (1 / 3),  # of what is not negative
}
_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.concatenate: _joined,
    np.stack: _stacked,
    np.where: _chosen,
    np.take: _taken,
    np.diff: _differences,
    np.pad: _padded,
    np.tensordot: _product,
    np.bincount: _counted,
    np.interp: _interpolated,
    np.split: _split,
    np.ptp: _range_of,
    np.clip: lambda like, values, low, high: values.clip(low, high),
    np.moveaxis: _moved,
    np.max: lambda like, values, axis=None: values.max(axis),
    np.min: lambda like, values, axis=None: values.min(axis),
    np.diagonal: _diagonal,
    np.outer: lambda like, one, other: one[:, None] * other[None, :],
    np.zeros_like: lambda like, values: np.zeros_like(values.example),
    np.ones_like: lambda like, values: np.ones_like(values.example),
    np.linalg.eigh: lambda like, values: traced_roots(values),
}
