"""What the commands say to the person who runs them: steps that show progress, and failures in one sentence."""

import errno
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

TICK_SECONDS = 1.0
# Back to the beginning of a terminal's line, which may have something longer.
CLEARED = "\r\x1b[K"
# Without a terminal (a CI log) a moving counter is noise: one sign of life now and then is enough.
LOG_TICK_SECONDS = 30.0
# What is shown of a tool that failed: enough for the end of a traceback.
LAST_LINES = 15
# Of steps that run beside each other, one has the last line of a terminal; the others say when they are over.
_last_line = threading.Lock()
DISK_FULL = "the disk is full. Free some space (3 GB are enough) and start again."
NETWORK_SIGNS = (
    "could not resolve",
    "temporary failure",
    "network is unreachable",
    "connection refused",
    "connection timed out",
    "read timed out",
    "max retries",
    "failed to fetch",
    "no matching distribution",
)


class Terminated(KeyboardInterrupt):
    """Asked to stop by a signal that, unlike Ctrl-C, only this process has got."""


class SetupError(Exception):
    """Something the person at the keyboard has to know or to do, in one sentence."""


def say(text=""):
    print(text, flush=True)


@contextmanager
def step(title):
    """Show *title*, a running count of seconds while the block works, and how long it took."""
    started = time.monotonic()
    over = threading.Event()
    interactive = sys.stdout.isatty()
    shown = not interactive or _last_line.acquire(blocking=False)

    def elapsed():
        return f"{time.monotonic() - started:.0f} s"

    def tick():
        while not over.wait(TICK_SECONDS if interactive else LOG_TICK_SECONDS):
            if interactive:
                print(f"\r  … {title} ({elapsed()})", end="", flush=True)
            else:
                say(f"  … {title} ({elapsed()})")

    ticker = threading.Thread(target=tick, daemon=True)
    if shown:
        if interactive:
            print(f"  … {title}", end="", flush=True)
        ticker.start()
    outcome = "✗"
    try:
        yield
        outcome = "✓"
    finally:
        over.set()
        if shown:
            ticker.join()
        if shown and interactive:
            _last_line.release()
        print(f"{CLEARED if interactive else ''}  {outcome} {title} ({elapsed()})", flush=True)


def run(command, problem, **options):
    """Run *command* quietly; on failure raise :class:`SetupError` with *problem* and the command's last words."""
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    try:
        result = subprocess.run(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            **options,
        )
    except FileNotFoundError as error:
        raise SetupError(f"{problem}: the program {error.filename} is not on this machine.") from error
    if result.returncode:
        tail = "\n".join(result.stdout.strip().splitlines()[-LAST_LINES:])
        raise SetupError(f"{problem}{explain(result.stdout)}\n{tail}")
    return result.stdout


def explain(output):
    """A guess, in the user's words, at why a tool failed; from what it printed."""
    words = output.lower()
    if "no space left" in words:
        return f": {DISK_FULL}"
    if any(sign in words for sign in NETWORK_SIGNS):
        return ": the package source cannot be reached. Check the network connection and start again."
    return "."


def main(command):
    """Run a command's function and turn every foreseen failure into one clear sentence."""
    # A shell lets what it starts in the background ignore Ctrl-C, and so would all that we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    try:
        return command()
    except SetupError as error:
        print(f"\n✗ {error}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(f"\n✗ {DISK_FULL.capitalize()}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr, flush=True)
        return 130


def _terminate(_number, _frame):
    raise Terminated
