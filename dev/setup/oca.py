"""Addons of the Odoo Community Association that change what ours changes: from the package index, locked."""

from . import python_env
from .paths import CACHE

FOLDER = CACHE / "oca"
LOCK = "oca"
ADDONS = FOLDER / "odoo/addons"


def ensure():
    """Download them where that has not been done yet; return the folder that Odoo finds them in."""
    python_env.ensure_apart(LOCK, FOLDER)
    return ADDONS


def modules():
    return tuple(sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py")))
