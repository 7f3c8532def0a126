"""Stages of the texture kernel that work on a run of 64 pixels: reading and writing, masks, tables by region."""

# numba's decorators change what functions take, which pyright does not see.
# pyright: reportCallIssue=false, reportArgumentType=false, reportAssignmentType=false, reportPrivateImportUsage=false
# pyright: reportReturnType=false

from __future__ import annotations

import numpy as np
from numba import carray, njit

from .render_kernel import look_up, within
from .render_lanes import AMOUNT, PLANE, RUN, TABLE, pointer_to
from .texture_stages import FAST, PART, PITCH, tame_luma, view

# Planes of `shares`, in floats: weights of the masks, of the tables, and the residuals of all tables.
SKIN_SHARE, SUBJECT_SHARE, SKIN_TABLE, SUBJECT_TABLE, GROUND_TABLE, MIXED = (PLANE * plane for plane in range(6))
SHARES_SIZE = 8 * PLANE

_ZERO, _ONE = np.float32(0), np.float32(1)


@njit(fastmath=FAST)
def load_colors(address: int, count: int, planes: np.ndarray, depth: int, unit: float) -> None:
    """Read pixels of any depth (1 and 2 bytes, or 4 for float) as planes."""
    if depth == 1:
        bytes_ = carray(pointer_to(address, np.uint8(0)), (3 * RUN,))
        for i in range(count):
            planes[i] = np.float32(bytes_[3 * i]) * unit
            planes[PLANE + i] = np.float32(bytes_[3 * i + 1]) * unit
            planes[2 * PLANE + i] = np.float32(bytes_[3 * i + 2]) * unit
    elif depth == 2:
        words = carray(pointer_to(address, np.uint16(0)), (3 * RUN,))
        for i in range(count):
            planes[i] = np.float32(words[3 * i]) * unit
            planes[PLANE + i] = np.float32(words[3 * i + 1]) * unit
            planes[2 * PLANE + i] = np.float32(words[3 * i + 2]) * unit
    else:
        floats = carray(pointer_to(address, _ZERO), (3 * RUN,))
        for i in range(count):
            planes[i] = floats[3 * i]
            planes[PLANE + i] = floats[3 * i + 1]
            planes[2 * PLANE + i] = floats[3 * i + 2]


@njit(fastmath=FAST)
def take_colors(looked: int, planes: np.ndarray, scale: float) -> None:
    """Take a run of the look's colors, planes of PART floats from an address on, in units of the depth."""
    lines = view(looked, 3 * PART)
    for i in range(RUN):
        planes[i] = lines[i] * scale
        planes[PLANE + i] = lines[PART + i] * scale
        planes[2 * PLANE + i] = lines[2 * PART + i] * scale


@njit(fastmath=FAST)
def load_amounts(amounts: int, count: int, planes: np.ndarray, strength: float) -> None:
    """Read a run of a mask."""
    mask = view(amounts, count)
    for i in range(count):
        planes[AMOUNT + i] = strength * mask[i]


@njit(fastmath=FAST)
def blend_colors(looked: int, planes: np.ndarray, scale: float) -> None:
    """Turn a run of the original into `original + amount * (look - original)`."""
    lines = view(looked, 3 * PART)
    for i in range(RUN):
        amount = planes[AMOUNT + i]
        planes[i] = _blended(planes[i], lines[i] * scale, amount)
        planes[PLANE + i] = _blended(planes[PLANE + i], lines[PART + i] * scale, amount)
        planes[2 * PLANE + i] = _blended(planes[2 * PLANE + i], lines[2 * PART + i] * scale, amount)


@njit(fastmath=FAST)
def _blended(before: float, after: float, amount: float) -> float:
    mixed = before + amount * (after - before)
    mixed = after if amount == _ONE else mixed
    return mixed if amount != _ZERO else before


@njit(fastmath=FAST)
def round_colors(planes: np.ndarray, offsets: int, plane: int, limit: float) -> None:
    """Add the rounding offsets, whose planes have `plane` floats, and clamp."""
    red, green, blue = view(offsets, RUN), view(offsets + 4 * plane, RUN), view(offsets + 8 * plane, RUN)
    for i in range(RUN):
        planes[i] = _limited(planes[i] + red[i], limit)
        planes[PLANE + i] = _limited(planes[PLANE + i] + green[i], limit)
        planes[2 * PLANE + i] = _limited(planes[2 * PLANE + i] + blue[i], limit)


@njit(fastmath=FAST)
def _limited(color: float, limit: float) -> float:
    color = color if color > _ZERO else _ZERO
    return color if color < limit else limit


@njit(fastmath=FAST)
def store_colors(address: int, count: int, planes: np.ndarray, depth: int) -> None:
    """Write planes as pixels of any depth; integers are truncated."""
    if depth == 1:
        bytes_ = carray(pointer_to(address, np.uint8(0)), (3 * RUN,))
        for i in range(count):
            bytes_[3 * i] = np.uint8(np.int32(planes[i]))
            bytes_[3 * i + 1] = np.uint8(np.int32(planes[PLANE + i]))
            bytes_[3 * i + 2] = np.uint8(np.int32(planes[2 * PLANE + i]))
    elif depth == 2:
        words = carray(pointer_to(address, np.uint16(0)), (3 * RUN,))
        for i in range(count):
            words[3 * i] = np.uint16(np.int32(planes[i]))
            words[3 * i + 1] = np.uint16(np.int32(planes[PLANE + i]))
            words[3 * i + 2] = np.uint16(np.int32(planes[2 * PLANE + i]))
    else:
        floats = carray(pointer_to(address, _ZERO), (3 * RUN,))
        for i in range(count):
            floats[3 * i] = planes[i]
            floats[3 * i + 1] = planes[PLANE + i]
            floats[3 * i + 2] = planes[2 * PLANE + i]


@njit(fastmath=FAST)
def weigh(planes: np.ndarray, coefficients: int, shares: np.ndarray, plane: int) -> None:
    """Evaluate a region's mask: linear in the photo's colors, by four lines of coefficients."""
    lines = view(coefficients, 4 * PITCH)
    for i in range(RUN):
        red, green, blue = planes[i], planes[PLANE + i], planes[2 * PLANE + i]
        red, green, blue = within(red), within(green), within(blue)
        weight = lines[3 * PITCH + i] + lines[i] * red + lines[PITCH + i] * green + lines[2 * PITCH + i] * blue
        shares[plane + i] = within(weight)


@njit(fastmath=FAST)
def _share_out(shares: np.ndarray, has_skin: bool, has_ground: bool) -> None:
    """Turn the weights of skin and subject into those of the tables; a missing table counts for the subject's."""
    for i in range(RUN):
        skin = shares[SKIN_SHARE + i] if has_skin else _ZERO
        subject = shares[SUBJECT_SHARE + i] if has_ground else _ONE
        shares[SKIN_TABLE + i] = skin
        shares[SUBJECT_TABLE + i] = (_ONE - skin) * subject
        shares[GROUND_TABLE + i] = (_ONE - skin) * (_ONE - subject)


@njit(fastmath=FAST)
def _any_share(shares: np.ndarray, plane: int) -> bool:
    found = 0
    for i in range(RUN):
        found |= np.int32(shares[plane + i] != _ZERO)
    return found != 0


@njit(fastmath=FAST)
def _gather_table(planes: np.ndarray, shares: np.ndarray, plane: int, is_first: bool) -> None:
    """Add a table's residuals, by its share, to those in MIXED."""
    for i in range(RUN):
        share = shares[plane + i]
        red, green = share * planes[TABLE + i], share * planes[TABLE + PLANE + i]
        blue = share * planes[TABLE + 2 * PLANE + i]
        shares[MIXED + i] = red if is_first else shares[MIXED + i] + red
        shares[MIXED + PLANE + i] = green if is_first else shares[MIXED + PLANE + i] + green
        shares[MIXED + 2 * PLANE + i] = blue if is_first else shares[MIXED + 2 * PLANE + i] + blue


@njit(fastmath=FAST)
def _take_mixed(planes: np.ndarray, shares: np.ndarray) -> None:
    for channel in range(3):
        for i in range(RUN):
            planes[TABLE + channel * PLANE + i] = shares[MIXED + channel * PLANE + i]


@njit(fastmath=FAST)
def look_up_by_region(
    table: np.ndarray, ground: np.ndarray, skin: np.ndarray, corners: np.ndarray, planes: np.ndarray, shares: np.ndarray
) -> None:
    """Look up the tables of a run that have a share in it, and sum their residuals."""
    _share_out(shares, skin.size > 0, ground.size > 0)
    is_first = True
    if _any_share(shares, SUBJECT_TABLE):
        look_up(table, corners, planes)
        _gather_table(planes, shares, SUBJECT_TABLE, is_first)
        is_first = False
    if ground.size and _any_share(shares, GROUND_TABLE):
        look_up(ground, corners, planes)
        _gather_table(planes, shares, GROUND_TABLE, is_first)
        is_first = False
    if skin.size and _any_share(shares, SKIN_TABLE):
        look_up(skin, corners, planes)
        _gather_table(planes, shares, SKIN_TABLE, is_first)
    _take_mixed(planes, shares)


@njit(fastmath=FAST)
def keep_colors(planes: np.ndarray, colors: int) -> None:
    """Copy a run to three lines."""
    lines = view(colors, 3 * PITCH)
    for i in range(RUN):
        lines[i] = planes[i]
        lines[PITCH + i] = planes[PLANE + i]
        lines[2 * PITCH + i] = planes[2 * PLANE + i]


@njit(fastmath=FAST)
def keep_luma(planes: np.ndarray, luma: int) -> None:
    line = view(luma, RUN)
    for i in range(RUN):
        line[i] = tame_luma(planes[i], planes[PLANE + i], planes[2 * PLANE + i])
