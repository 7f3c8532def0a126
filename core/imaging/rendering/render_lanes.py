"""The two stages of the CPU renderer that LLVM does not vectorize by itself, as portable vector code.

Table entries: one 16-byte load per corner instead of three gathers. Affine maps: a permutation of a register with the
eight tones, without memory access; on machines without permutations, a weighted sum of all eight tones. LLVM compiles
the code to AVX-512, AVX2, SSE or NEON. Addresses are integers.
"""

# llvmlite's builder methods are made by decorators, whose arguments pyright does not see.
# pyright: reportCallIssue=false

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ...color.srgb import REC709_LUMA
from .look import NUM_TONES

RUN = 64  # successive pixels of a row that pass all stages together
BLOCK = 16  # pixels that get their affine maps together
TAPS = 3  # of a spline that are summed together
PLANE = RUN + BLOCK  # floats of one channel of a run in the scratch memory: the last block may extend beyond it

# Offsets of the planes of scratch, in floats.
COLORS, WEIGHTS, TABLE, GRID, AMOUNT, BENT = (PLANE * plane for plane in (0, 3, 7, 10, 13, 14))
SCRATCH_SIZE = 17 * PLANE

_FUSE = ("contract",)  # a product and a sum may become one instruction; nothing else may change
_FLOAT, _INT, _LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)


@intrinsic
def pointer_to(_typing: Any, _address: Any, like: Any) -> Any:
    """Return a pointer at an address, to values of the type of `like`."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(like)(types.intp, like), generate


@intrinsic
def sum_corners(_typing: Any, _table: Any, _corners: Any, _planes: Any, _pixel: Any) -> Any:
    """Sum the table entries at the four corners of four pixels, with their weights.

    Args: addresses of the table, the corners (4, PLANE) int32 and the planes; the first pixel, a multiple of 4.
    """

    def generate(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> Any:
        code = _Lanes(builder, 4)
        table, corners, planes, pixel = arguments
        colors = []
        for lane in range(4):
            color = None
            for corner in range(4):
                index = code.load_one(corners, pixel, corner * PLANE + lane, _INT)
                weight = code.load_one(planes, pixel, WEIGHTS + corner * PLANE + lane, _FLOAT)
                entry = code.load(table, builder.zext(index, _LONG), 0)
                color = code.add_product(color, entry, code.splat(weight))
            colors.append(color)
        for channel, plane in enumerate(code.transpose(colors)[:3]):
            code.store(plane, planes, pixel, TABLE + channel * PLANE)
        return context.get_dummy_value()

    return types.void(*[types.intp] * 4), generate


@intrinsic
def apply_maps(_typing: Any, _planes: Any, _maps: Any, _slopes: Any, _across: Any, _pixel: Any, _unit: Any) -> Any:
    """Add the residuals of the affine maps, by tone and position, to the table residuals of BLOCK pixels.

    A coefficient at tone k + u and place x is V[k] + u V[k + 8] + x (S[k] + u S[k + 8]): eight values by tone, then
    eight differences to the next.

    Args: addresses of the planes, of V and of S (12, 16) float32 at the first pixel's cell, and of x, 0 at the left
    cell's center and 1 at the right one's, for the first pixel; the first pixel; 1 / the depth's largest value.
    """

    def generate(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> Any:
        planes, maps, slopes, across, pixel, unit = arguments
        lanes = _lanes_for_tones(context)
        code = _Lanes(builder, lanes)
        start = ir.Constant(_LONG, 0)
        for ahead in range(0, BLOCK, lanes):
            added = [code.load(planes, pixel, TABLE + channel * PLANE + ahead) for channel in range(3)]
            colors = [code.load(planes, pixel, COLORS + channel * PLANE + ahead) for channel in range(3)]
            toned = [code.add_product(added[channel], colors[channel], code.splat(unit)) for channel in range(3)]
            tones = (_Permuted if lanes >= NUM_TONES else _Weighted)(code, _tone(code, toned))
            place = code.load(across, start, ahead)
            for out in range(3):
                total = added[out]
                for source in range(4):
                    offset = (out * 4 + source) * 2 * NUM_TONES
                    coefficient = code.add_product(tones.read(maps, offset), tones.read(slopes, offset), place)
                    factor = toned[source] if source < 3 else code.constant(1.0)
                    total = code.add_product(total, coefficient, factor)
                code.store(total, planes, pixel, GRID + out * PLANE + ahead)
        return context.get_dummy_value()

    return types.void(*[types.intp] * 5, types.float32), generate


@intrinsic
def num_lanes(_typing: Any) -> Any:
    """Return the number of pixels per permutation on this machine; 4 where it has none."""

    def generate(context: Any, _builder: ir.IRBuilder, _signature: Any, _arguments: Any) -> Any:
        return ir.Constant(_LONG, _lanes_for_tones(context))

    return types.intp(), generate


@intrinsic
def add_picked(_typing: Any, _row: Any, _cells: Any, _weights: Any, _stride: Any, _target: Any, _pixel: Any) -> Any:
    """Add the sum of weight * row[cell + tap] over TAPS taps to BLOCK pixels, whose cells rise by less than a
    permutation holds.

    Args: addresses of the row, of the pixels' cells (int32), of their weights of the first tap, and of the sums; bytes
    from a tap's weights to the next tap's; the first pixel.
    """

    def generate(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> Any:
        row, cells, weights, stride, target, pixel = arguments
        code = _Lanes(builder, _lanes_for_tones(context))
        for ahead in range(0, BLOCK, code.count):
            first, within = code.load_cells(cells, pixel, ahead)
            total, shares = code.load(target, pixel, ahead), weights
            for tap in range(TAPS):
                picked = code.pick(code.load(row, first, tap), within)
                total = code.add_product(total, picked, code.load(shares, pixel, ahead))
                shares = builder.add(shares, stride)
            code.store(total, target, pixel, ahead)
        return context.get_dummy_value()

    return types.void(*[types.intp] * 6), generate


@intrinsic
def pick_between(_typing: Any, _row: Any, _cells: Any, _fractions: Any, _target: Any, _pixel: Any) -> Any:
    """Interpolate a row at BLOCK pixels, whose cells rise by less than a permutation holds.

    Args: addresses of the row, of the pixels' cells (int32), of the distances to them, and of the result; the first
    pixel.
    """

    def generate(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> Any:
        row, cells, fractions, target, pixel = arguments
        code = _Lanes(builder, _lanes_for_tones(context))
        for ahead in range(0, BLOCK, code.count):
            first, within = code.load_cells(cells, pixel, ahead)
            near, far = (code.pick(code.load(row, first, step), within) for step in (0, 1))
            rise = builder.fsub(far, near)
            code.store(code.add_product(near, rise, code.load(fractions, pixel, ahead)), target, pixel, ahead)
        return context.get_dummy_value()

    return types.void(*[types.intp] * 5), generate


def _lanes_for_tones(context: Any) -> int:
    """Return the number of pixels per permutation: 16 or 8 if the machine has one of that width, else 4 without."""
    features = context.codegen().magic_tuple()[2].split(",")  # part of the key of numba's disk cache
    return 16 if "+avx512f" in features else 8 if "+avx2" in features else 4


def _tone(code: _Lanes, colors: list[Any]) -> Any:
    """Luma in units of the grid's tones: 0 to 7."""
    luma = None
    for color, share in zip(colors, REC709_LUMA):  # noqa: B905
        luma = code.add_product(luma, color, code.constant(share))
    luma = code.bounded(code.bounded(luma, ">", code.constant(0.0)), "<", code.constant(1.0))
    return code.builder.fmul(luma, code.constant(NUM_TONES - 1.0))


class _Permuted:
    """Coefficients by tone, by permutation of a register that holds them all."""

    def __init__(self, code: _Lanes, tone: Any) -> None:
        self._code = code
        self._low = code.builder.fptosi(tone, code.integers)
        self._within = code.builder.fsub(tone, code.builder.sitofp(self._low, code.floats))

    def read(self, address: Any, offset: int) -> Any:
        code, start = self._code, ir.Constant(_LONG, 0)
        values, differences, position = code.load(address, start, offset), None, self._low
        if code.count == 2 * NUM_TONES:  # one register holds both
            differences = values
            position = code.builder.add(self._low, ir.Constant(code.integers, [NUM_TONES] * code.count))
        else:
            differences = code.load(address, start, offset + NUM_TONES)
        return code.add_product(code.pick(values, self._low), code.pick(differences, position), self._within)


class _Weighted:
    """Coefficients by tone, as a weighted sum of all eight: for machines without permutations, where this is several
    times faster than extracting lane by lane."""

    def __init__(self, code: _Lanes, tone: Any) -> None:
        self._code = code
        builder, one, zero = code.builder, code.constant(1.0), code.constant(0.0)
        self._weights = []
        for step in range(NUM_TONES):
            above = builder.fsub(tone, code.constant(float(step)))
            distance = code.bounded(above, ">", builder.fsub(zero, above))
            self._weights.append(code.bounded(builder.fsub(one, distance), ">", zero))

    def read(self, address: Any, offset: int) -> Any:
        code, total = self._code, None
        for step, weight in enumerate(self._weights):
            value = code.load_one(address, ir.Constant(_LONG, 0), offset + step, _FLOAT)
            total = code.add_product(total, code.splat(value), weight)
        return total


class _Lanes:
    """Emits the vector operations of the two stages."""

    def __init__(self, builder: ir.IRBuilder, count: int) -> None:
        self.builder = builder
        self.count = count
        self.floats = ir.VectorType(_FLOAT, count)
        self.integers = ir.VectorType(_INT, count)

    def constant(self, value: float) -> Any:
        return ir.Constant(self.floats, [value] * self.count)

    def splat(self, value: Any) -> Any:
        undefined = ir.Constant(self.floats, ir.Undefined)
        single = self.builder.insert_element(undefined, value, ir.Constant(_INT, 0))
        return self.shuffle(single, undefined, [0] * self.count)

    def load_cells(self, cells: Any, index: Any, offset: int) -> tuple[Any, Any]:
        """Return the first cell of a vector, as an index, and all of them less the first."""
        place = self.builder.bitcast(self.pointer(cells, index, offset, _INT), self.integers.as_pointer())
        found = self.builder.load(place, align=4)
        undefined = ir.Constant(self.integers, ir.Undefined)
        first = self.builder.extract_element(found, ir.Constant(_INT, 0))
        spread = self.shuffle(
            self.builder.insert_element(undefined, first, ir.Constant(_INT, 0)), undefined, [0] * self.count
        )
        return self.builder.zext(first, _LONG), self.builder.sub(found, spread)

    def shuffle(self, first: Any, second: Any, order: list[int]) -> Any:
        mask = ir.Constant(ir.VectorType(_INT, len(order)), order)
        return self.builder.shuffle_vector(first, second, mask)

    def pointer(self, address: Any, index: Any, offset: int, kind: Any) -> Any:
        place = self.builder.add(index, ir.Constant(_LONG, offset))
        return self.builder.gep(self.builder.inttoptr(address, kind.as_pointer()), [place])

    def load_one(self, address: Any, index: Any, offset: int, kind: Any) -> Any:
        return self.builder.load(self.pointer(address, index, offset, kind))

    def load(self, address: Any, index: Any, offset: int) -> Any:
        pointer = self.pointer(address, index, offset, _FLOAT)
        return self.builder.load(self.builder.bitcast(pointer, self.floats.as_pointer()), align=4)

    def store(self, value: Any, address: Any, index: Any, offset: int) -> None:
        pointer = self.pointer(address, index, offset, _FLOAT)
        self.builder.store(value, self.builder.bitcast(pointer, self.floats.as_pointer()), align=4)

    def add_product(self, total: Any, first: Any, second: Any) -> Any:
        product = self.builder.fmul(first, second, flags=_FUSE)
        return product if total is None else self.builder.fadd(total, product, flags=_FUSE)

    def bounded(self, value: Any, comparison: str, bound: Any) -> Any:
        """Select the value where the comparison with the bound holds, else the bound; NaN becomes the bound."""
        return self.builder.select(self.builder.fcmp_ordered(comparison, value, bound), value, bound)

    def pick(self, values: Any, indices: Any) -> Any:
        """values[indices], lane by lane, which LLVM compiles to one permutation where possible."""
        picked = ir.Constant(self.floats, ir.Undefined)
        for lane in range(self.count):
            position = ir.Constant(_INT, lane)
            index = self.builder.extract_element(indices, position)
            picked = self.builder.insert_element(picked, self.builder.extract_element(values, index), position)
        return picked

    def transpose(self, rows: list[Any]) -> list[Any]:
        """Transpose four vectors of four."""
        low = [self.shuffle(rows[0], rows[1], [0, 4, 1, 5]), self.shuffle(rows[2], rows[3], [0, 4, 1, 5])]
        high = [self.shuffle(rows[0], rows[1], [2, 6, 3, 7]), self.shuffle(rows[2], rows[3], [2, 6, 3, 7])]
        return [self.shuffle(one, two, order) for one, two in (low, high) for order in ([0, 1, 4, 5], [2, 3, 6, 7])]
