"""``dev/pictures``: run :mod:`setup.photographer` in the project's Python, with a browser."""

from . import browser, python_env
from .console import run, say, step
from .odoo import PROGRAMS
from .paths import ADDON, REPOSITORY, own_environment, prepare_cache

FOLDER = ADDON / "static/description"


def take_pictures(url):
    """Photograph the demo at *url*; give the exit code."""
    prepare_cache()
    python = python_env.ensure("odoo", "browser")
    browser.ensure()
    with step("Clicking through the story"):
        output = run(
            (python, "-m", "setup.photographer", url, PROGRAMS / "google-chrome", FOLDER),
            f"The story could not be clicked through at {url}: start a fresh one with « ./dev/demo --reset »",
            env=own_environment(PYTHONPATH=REPOSITORY / "dev"),
        )
    say(output)
    return 0
