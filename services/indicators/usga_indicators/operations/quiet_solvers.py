"""Keep a service's standard output to its log: a solver in C prints a line to it at times."""

import ctypes
import platform


def send_prints_of_c_to_standard_error() -> bool:
    """Make `printf` of this process write to standard error; whether that could be done.

    Python writes to the descriptor itself and is not touched, nor is any descriptor, so that it
    does not matter what other threads do. Only the library of GNU lets its `stdout` be assigned.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    library.fflush(None)
    standard_error = ctypes.c_void_p.in_dll(library, "stderr").value
    ctypes.c_void_p.in_dll(library, "stdout").value = standard_error
    return True
