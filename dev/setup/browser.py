"""Chromium for the tours: found, or installed, and proved to start."""

import shlex
import shutil
import subprocess

from . import system
from .console import SetupError, step
from .odoo import PROGRAMS

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
# No traffic of the browser's own.
QUIET = ("--disable-quic", "--disable-component-update", "--disable-sync")
# What Odoo's tests pass too.
AS_IN_TESTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
STARTS_WITHIN_SECONDS = 60


def ensure():
    """Put the browser where Odoo's tests look first; raise :class:`SetupError` when there is none.

    Odoo skips its tours without a browser, and a skipped tour is not a passed one.
    """
    executable = _find()
    if not executable:
        system.install(("chromium",), "The browser tests (tours)")
        executable = _find()
    _write_wrapper(executable)


def _find():
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _write_wrapper(executable):
    wrapper = PROGRAMS / "google-chrome"
    text = f'#!/bin/sh\nexec {shlex.quote(executable)} {" ".join(QUIET)} "$@"\n'
    if wrapper.exists() and wrapper.read_text() == text:
        return
    with step("Starting the browser once"):
        _check_starts(executable)
    wrapper.write_text(text)
    wrapper.chmod(0o755)


def _check_starts(executable):
    advice = f"The browser {executable} does not start: install Chromium (Debian's package chromium)."
    try:
        attempt = subprocess.run(
            (executable, *AS_IN_TESTS, "--dump-dom", "about:blank"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=STARTS_WITHIN_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(advice) from None
    if attempt.returncode:
        raise SetupError(f"{advice}\n{attempt.stderr[-500:]}")
