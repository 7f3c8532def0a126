"""An ONNX graph that grows node by node; its values are known by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AtelierError
from ..installation import install_command
from ..version import installed_version

OPSET = 17
_IR_VERSION = 8  # that onnxruntime 1.12 reads, which was the first with this opset
Loop = Callable[[list[str]], tuple[str, list[str]]]


class OnnxGraph:
    """A graph of basic operators (opset 17), so that any runtime can run it.

    Raises:
        AtelierError: the package onnx is missing.
    """

    def __init__(self) -> None:
        self._onnx = _onnx()
        self._nodes: list[Any] = []  # of the graph, or of the branch or loop that is being made
        self._values: list[Any] = []
        self._known: dict[tuple[str, bytes], str] = {}
        self._num_names = 0

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node with one output, and return the name of that."""
        return self._added(kind, inputs, [output or self._new_name()], attributes)[0]

    def split(self, value: str, parts: Sequence[int], axis: int = 1) -> list[str]:
        """Split along an axis."""
        names = [self._new_name() for _ in parts]
        return self._added("Split", (value, self.constant(np.array(parts, np.int64))), names, {"axis": axis})

    def branch(self, condition: str, if_true: Callable[[], str], if_false: Callable[[], str]) -> str:
        """Add a choice of what is computed: () bool, and what adds either part and returns its float32 result."""
        parts = {"then_branch": self._part(lambda: [if_true()]), "else_branch": self._part(lambda: [if_false()])}
        graphs = {
            name: self._onnx.helper.make_graph(nodes, name, [], [self._info(outputs[0])])
            for name, (nodes, outputs) in parts.items()
        }
        return self.add("If", condition, **graphs)

    def loop(self, rounds: int, going: str, states: Sequence[tuple[str, np.ndarray]], body: Loop) -> list[str]:
        """Add a loop, and return its states in the end.

        Args:
            rounds: at most.
            going: () bool, whether there is a first round.
            states: names before the first round, and examples.
            body: adds a round, given its states: returns whether there is another round, and the states after this.
        """
        count, again, held = self._new_name(), self._new_name(), [self._new_name() for _ in states]

        def a_round() -> list[str]:
            is_going, after = body(held)
            return [is_going, *after]

        nodes, outputs = self._part(a_round)
        kinds, names = self._onnx.TensorProto, self._new_name()
        inputs = [self._info(count, kinds.INT64, ()), self._info(again, kinds.BOOL, ())]
        results = [self._info(outputs[0], kinds.BOOL, ())]
        for (_, example), before, after in zip(states, held, outputs[1:], strict=True):
            kind = self.kind_of(example.dtype)
            inputs.append(self._info(before, kind, example.shape))
            results.append(self._info(after, kind, example.shape))
        graph = self._onnx.helper.make_graph(nodes, names, inputs, results)
        ends = [self._new_name() for _ in states]
        self._added(
            "Loop", (self.constant(np.array(rounds)), going, *(name for name, _ in states)), ends, {"body": graph}
        )
        return ends

    def embedded(self, path: Path, inputs: Iterable[str]) -> list[str]:
        """Add the network of an ONNX file, and return its outputs."""
        other = self._onnx.load(path).graph
        names = {"": "", **dict(zip((value.name for value in other.input), inputs, strict=True))}
        for value in other.initializer:
            names[value.name] = self._new_name()
            value.name = names[value.name]
            self._values.append(value)
        for node in other.node:
            names |= {name: self._new_name() for name in node.output if name}
            node.input[:] = [names[name] for name in node.input]
            node.output[:] = [names[name] for name in node.output]
            self._nodes.append(node)
        return [names[value.name] for value in other.output]

    def clipped(self, value: str, output: str = "") -> str:
        """Clamp floats to [0, 1]."""
        return self.add("Clip", value, self.constant(0.0), self.constant(1.0), output=output)

    def constant(self, values: np.ndarray | float) -> str:
        """Add a constant; a float is of 32 bits."""
        array = np.array(values, np.float32 if isinstance(values, float) else None, order="C")
        key = (f"{array.dtype.str}{array.shape}", array.tobytes())
        if key not in self._known:
            self._known[key] = f"c{len(self._known)}"
            self._values.append(self._onnx.numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def axis(self, number: int) -> str:
        """Add the number of an axis."""
        return self.constant(np.array([number], np.int64))

    def cast(self, value: str, dtype: np.dtype | type) -> str:
        """Add a conversion to another type."""
        return self.add("Cast", value, to=self.kind_of(dtype))

    def kind_of(self, dtype: np.dtype | type) -> int:
        """Return the number that ONNX has for a type."""
        return self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))

    def model(self, photos: int | str, title: str, properties: dict[str, str]) -> Any:
        """Return the finished graph, an `onnx.ModelProto`.

        Args:
            photos: how many it takes at once, or the name of that number.
            title: what it is.
            properties: what else is to be read in it.
        """
        helper, kind = self._onnx.helper, self._onnx.TensorProto.FLOAT
        ends = [
            helper.make_tensor_value_info(end, kind, [photos, 3, "height", "width"]) for end in ("photo", "restyled")
        ]
        graph = helper.make_graph(self._nodes, "look", ends[:1], ends[1:], self._values)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="portrait-atelier",
            producer_version=installed_version(), ir_version=_IR_VERSION, doc_string=title,
        )  # fmt: skip
        helper.set_model_props(model, properties)
        self._onnx.checker.check_model(model)
        return model

    def _part(self, make: Callable[[], list[str]]) -> tuple[list[Any], list[str]]:
        """Return the nodes of a part of its own, and its outputs."""
        outer, self._nodes = self._nodes, []
        outputs = [self.add("Identity", name) for name in make()]  # what a part returns must be made in it
        nodes, self._nodes = self._nodes, outer
        return nodes, outputs

    def _info(self, name: str, kind: int | None = None, shape: tuple[int, ...] | None = None) -> Any:
        return self._onnx.helper.make_tensor_value_info(name, kind or self._onnx.TensorProto.FLOAT, shape)

    def _added(self, kind: str, inputs: Sequence[str], names: list[str], attributes: dict[str, Any]) -> list[str]:
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def _new_name(self) -> str:
        self._num_names += 1
        return f"v{self._num_names}"


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise AtelierError(
            "the package onnx is missing, which writes ONNX files: {command}", command=install_command("onnx")
        ) from error
    return onnx
