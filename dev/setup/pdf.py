"""The libraries that the PDF program needs from the system."""

import subprocess

from . import system
from .odoo import PROGRAMS

PACKAGES = ("libxrender1", "libxext6", "libfontconfig1")


def works():
    try:
        return subprocess.run((PROGRAMS / "wkhtmltopdf", "--version"), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def ensure():
    if not works():
        system.install(PACKAGES, "Printing PDF documents")
