"""Odoo's command for tests: passwords are hashed in one round, as in Odoo's own tests.

With workers, Odoo starts itself again by the name of the file that was started.
"""

import sys

del sys.path[0]  # what stands beside this file is not Odoo's

from odoo.cli.command import main  # noqa: E402

from odoo.addons.base.models import res_users  # noqa: E402

res_users.MIN_ROUNDS = 1

main()
