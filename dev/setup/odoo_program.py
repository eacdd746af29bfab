"""Odoo's command line as a file: with workers, Odoo starts itself once more by the name of the file it was started as."""

import sys

del sys.path[0]  # what stands beside this file is not Odoo's

from odoo.cli.command import main  # noqa: E402

main()
