"""The executor's BLAS thread: set while it runs, and put back whatever happens, however many run."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from zkattest.frontend.blas import SingleThreaded


def blas_threads():
    np.ones((2, 2)) @ np.ones((2, 2))  # loads the library
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def three_threads():
    with threadpool_limits(3, user_api="blas"):
        if blas_threads() != {3}:
            pytest.skip("this numpy has no BLAS whose threads can be set")
        yield


def test_one_thread_inside_and_the_old_number_after():
    single = SingleThreaded()
    with single:
        assert blas_threads() == {1}
        with single:
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {3}


def test_an_error_puts_the_number_back():
    with pytest.raises(KeyError), SingleThreaded():
        raise KeyError
    assert blas_threads() == {3}


def test_two_that_overlap_leave_the_number_as_it_was():
    single, entered, leave = SingleThreaded(), threading.Event(), threading.Event()

    def other():
        with single:
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with single:
        thread.start()
        assert entered.wait(10)
    assert blas_threads() == {1}  # the other still runs
    leave.set()
    thread.join()
    assert blas_threads() == {3}
