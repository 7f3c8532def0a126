"""How many cores a thread may use."""

import threading

import pytest
from portrait_atelier.core.imaging.cores import at_most_cores, num_cores, process_cores


def test_a_thread_is_held_to_some_cores_and_others_are_not():
    seen = []
    with at_most_cores(1):
        assert num_cores() == 1
        with at_most_cores(3):
            assert num_cores() == 3
        thread = threading.Thread(target=lambda: seen.append(num_cores()))
        thread.start()
        thread.join()
        assert num_cores() == 1
    assert seen == [process_cores()]
    assert num_cores() == process_cores() >= 1


def test_an_error_sets_it_back():
    with pytest.raises(KeyError), at_most_cores(1):
        raise KeyError
    assert num_cores() == process_cores()
