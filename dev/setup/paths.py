"""Where things are: the repository, and the one ignored folder that holds all that is downloaded or made."""

import os
import shutil
from pathlib import Path

from .console import SetupError

REPOSITORY = Path(__file__).resolve().parents[2]
ADDON = REPOSITORY / "gse_backorder"
CACHE = REPOSITORY / ".dev"
COMPLETE = CACHE / "complete"  # all has been downloaded: the disk need not be asked again
NEEDED_GIGABYTES = 3


def prepare_cache():
    """Make the folder for downloads; raise :class:`SetupError` when there is no room for them."""
    try:
        CACHE.mkdir(exist_ok=True)
    except OSError as error:
        raise SetupError(f"{CACHE} cannot be made ({error.strerror}): use a folder that you may write in.") from error
    if not COMPLETE.exists():
        free = shutil.disk_usage(CACHE).free / 1e9
        if free < NEEDED_GIGABYTES:
            raise SetupError(
                f"Only {free:.1f} GB are free in {CACHE} and {NEEDED_GIGABYTES} GB are needed: free some space first."
            )


def own_environment(**extra):
    """The environment for what we start: bytecode is kept, our own programs come first in PATH."""
    environment = dict(os.environ)
    # The user's own Python settings would bring in other packages, or keep the bytecode from being kept.
    for variable in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        environment.pop(variable, None)
    return environment | {name: str(value) for name, value in extra.items()}
