"""One command at a time where two would disturb each other."""

import fcntl
from contextlib import contextmanager

from .console import SetupError, say
from .paths import CACHE


@contextmanager
def alone(name, waiting=None, refusal=None):
    """Hold the lock *name*; while another process has it say *waiting* and wait, or fail with *refusal*."""
    # Not truncated, never removed: only the lock on it means something, and it ends with the process.
    with open(CACHE / f"{name}.lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if refusal:
                raise SetupError(refusal) from None
            say(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
