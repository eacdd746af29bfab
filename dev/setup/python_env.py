"""A virtual environment of the project's own, with the locked versions of ``dev/requirements``."""

import hashlib
import shutil
import sys
import venv

from .console import SetupError, run, step
from .paths import CACHE, REPOSITORY, own_environment

OLDEST_PYTHON = (3, 10)
VENV = CACHE / "venv"
PYTHON = VENV / "bin/python"
MADE_BY = VENV / "made-by"


def ensure(*groups):
    """Install the requirement files ``dev/requirements/<group>.txt`` where that has not been done yet."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(f"Python {sys.version.split()[0]} is too old: Odoo 19 needs Python 3.10 or newer.")
    if not _is_made_by_this_python():
        shutil.rmtree(VENV, ignore_errors=True)
        with step("Making a Python environment"):
            try:
                # A copy of the interpreter could not be run while a process that another thread starts has it open.
                venv.create(VENV, with_pip=True, symlinks=True)
            except Exception as error:
                raise SetupError(
                    f"Python's venv does not work here ({error}): install your system's python3-venv package."
                ) from error
        MADE_BY.write_text(sys.version)
    for group in groups:
        marker = VENV / f"installed-{group}"
        if not _is_installed(group, marker):
            _install(group, marker)
    return PYTHON


def ensure_apart(group, folder):
    """Install ``dev/requirements/<group>.txt`` into *folder*, where Python does not look for packages."""
    marker = folder / "installed"
    if not _is_installed(group, marker):
        shutil.rmtree(folder, ignore_errors=True)
        _install(group, marker, "--target", folder)


def _is_made_by_this_python():
    return PYTHON.exists() and MADE_BY.exists() and MADE_BY.read_text() == sys.version


def _lock(group):
    return REPOSITORY / "dev/requirements" / f"{group}.txt"


def _digest(group):
    return hashlib.sha256(_lock(group).read_bytes()).hexdigest()


def _is_installed(group, marker):
    return marker.exists() and marker.read_text() == _digest(group)


def _install(group, marker, *options):
    lock = _lock(group)
    with step(f"Installing the Python packages ({group})"):
        pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
        run(
            (*pip, *options, "-r", lock),
            f"The Python packages of {lock.relative_to(REPOSITORY)} could not be installed",
            env=own_environment(),
        )
    marker.write_text(_digest(group))
