"""Threads of one core each: order, errors, and torch's own number of threads afterwards."""

from __future__ import annotations

import threading

import pytest
import torch
from portrait_atelier.core.imaging.rendering.torch_threads import map_on_cores, on_one_core


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_come_in_order_from_threads_of_one_core():
    def work(number: int) -> tuple[int, int, bool]:
        return number, torch.get_num_threads(), threading.current_thread() is threading.main_thread()

    assert list(map_on_cores(work, list(range(20)), 3)) == [(number, 1, False) for number in range(20)]
    assert torch.get_num_threads() == 2


def test_within_such_work_there_are_no_further_threads():
    def inner(_number: int) -> int:
        return threading.get_ident()

    def outer(_number: int) -> bool:
        return set(map_on_cores(inner, [1, 2, 3], 3)) == {threading.get_ident()}

    assert list(map_on_cores(outer, [1, 2], 2)) == [True, True]


def test_threads_of_others_get_torchs_own_number_again_also_after_an_error():
    def fail(_number: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(map_on_cores(fail, [1, 2, 3], 2))
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert found == [2]
    assert torch.get_num_threads() == 2


def test_a_thread_is_held_to_one_core_and_let_go_also_by_an_error():
    @on_one_core()
    def fail() -> None:
        counts = [torch.get_num_threads(), *map_on_cores(lambda _number: torch.get_num_threads(), [1, 2], 2)]
        raise ValueError(f"{counts} and {torch.get_num_threads()}")

    with pytest.raises(ValueError, match=r"\[1, 1, 1\] and 1"):
        fail()
    assert torch.get_num_threads() == 2
