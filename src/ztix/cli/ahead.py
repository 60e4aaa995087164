"""Work that is begun before its result is needed.

Law: one thread, one function, one result; what it raises is raised where the result is asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """A function's result, computed meanwhile. A program that ends before it is done does not wait."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._found: list[T] = []
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> T:
        """The result, once it is there. Raises what the function raised."""
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:  # whatever it is, it belongs to who asks for the result
            self._failed = error
