"""Functions compiled to machine code, kept between runs wherever the machine lets us keep them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The same function, compiled for this processor at its first call, free of the interpreter's lock.

    The machine code is kept beside the source, or in the user's cache folder where the package is read-only; where
    neither can be written (no home, a sealed container) it is compiled anew in each process. Floating-point sums keep
    the order in which they are written (no `fastmath`), so every machine comes to the same bits.

    What is kept is compiled again when the function's own file changes, not when one it calls in another file does:
    after such a change, `touch` the callers.
    """
    try:
        built: F = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba found no folder to keep it in
        built = numba.njit(nogil=True)(function)
    return built
