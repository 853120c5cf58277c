"""`python child.py LAUNCHER PROGRAM ARGUMENTS...`: a program that ends when its launcher does.

Even a launcher that was killed with SIGKILL leaves nothing behind that holds a port. LAUNCHER is
its process id, or 0 to do without: the kernel ties this to the thread that started the program,
so a short-lived thread must not ask for it.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    launcher = int(sys.argv[1])
    if launcher and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if launcher and os.getppid() != launcher:
        sys.exit("the launcher has ended meanwhile")
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell on purpose
