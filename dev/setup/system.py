"""Programs that come from the system's packages, not from Python's."""

import os
import shutil

from .console import SetupError, run, step


def install(packages, purpose):
    """Install Debian *packages* as root; raise :class:`SetupError` that names them where that is impossible."""
    wanted = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(
            f"{purpose} needs programs that are missing here: install them (on Debian: apt-get install {wanted})."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages)
    problem = f"The system packages {wanted} could not be installed"
    with step(f"Installing the system packages {wanted}"):
        try:
            run(command, problem, env=environment)
        except SetupError:
            # A fresh machine or an old package list: read the list, then once more.
            run(("apt-get", "update", "-q"), "The list of system packages could not be read", env=environment)
            run(command, problem, env=environment)
