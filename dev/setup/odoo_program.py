"""Odoo's command line as a file: with workers, Odoo starts itself again by the name of the file that was started."""

import sys

del sys.path[0]  # what stands beside this file is not Odoo's

from odoo.cli.command import main  # noqa: E402

main()
