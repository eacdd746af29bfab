"""The databases that tests and checks work on: made once, remade when what they are made of changes."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from .console import SetupError, step
from .odoo import copy_filestore, filestore, remove_filestore
from .paths import ADDON, CACHE, REPOSITORY

CORE_MODULES = ("sale_stock", "purchase_stock")
# What the addon works with when it is there, and does not depend on.
MANUFACTURING_MODULES = (
    *CORE_MODULES,
    "sale_management",
    "sale_mrp",
    "product_expiry",
    "stock_picking_batch",
    "stock_dropshipping",
    "stock_delivery",
)
# Each database of ours says so in its comment: nobody else's is ever dropped.
LABEL = "made by gse_backorder"
# Odoo would look up company data at a service of its vendor.
PREPARE = 'env["res.company"].search([]).iap_enrich_auto_done = True'
# The first page would wait for its scripts and styles. Half of the work is what Odoo's own tests of scripts need.
PREPARE_PAGES = """
qweb = env["ir.qweb"]
of_odoos_tests = {"web.assets_unit_tests", "web.assets_unit_tests_setup", "web.tests_assets"}
scripts, styles = (bundles - of_odoos_tests for bundles in qweb._get_bundles_to_pregenarate())
for bundle in scripts:
    qweb._get_asset_bundle(bundle, css=False, js=True).js()
for bundle in styles:
    qweb._get_asset_bundle(bundle, css=True, js=False).css()
"""
# So many modules are named to who waits.
NAMED = 7
# Folders that Odoo does not install: a change there is no reason to install again.
NOT_INSTALLED = frozenset(("__pycache__", "tests", "readme"))


class Databases:
    """The databases on one server, each labelled with a digest of what it was made of."""

    def __init__(self, odoo):
        self.odoo = odoo
        self.server = odoo.server

    def is_current(self, database, digest):
        return filestore(database).is_dir() and self.server.label(database) == f"{LABEL} {digest}"

    def is_made_of(self, database, basis):
        """Tell whether *database* was finished on that *basis* (the digest's first word), be it out of date."""
        return filestore(database).is_dir() and self.server.label(database).startswith(f"{LABEL} {basis} ")

    def mark_current(self, database, digest):
        self.server.set_label(database, f"{LABEL} {digest}")

    def copy(self, source, target):
        self.drop(target)
        self.server.copy(source, target)
        self.server.set_label(target, LABEL)
        copy_filestore(source, target)

    def drop(self, database):
        """Forget *database* and its files; raise :class:`SetupError` when it is somebody else's."""
        if not self.server.is_embedded and self.server.has(database) and not self.is_ours(database):
            raise SetupError(
                f"Your PostgreSQL has a database {database} that this command did not finish or did not make:"
                f" look at it, and if nobody needs it remove it: dropdb {database}"
            )
        self.server.drop(database)
        remove_filestore(database)

    def is_ours(self, database):
        return self.server.label(database).startswith(LABEL)

    @contextmanager
    def temporary_copy(self, source, name):
        self.copy(source, name)
        try:
            yield name
        finally:
            self.drop(name)


class PreparedDatabase:
    """A database with core modules and the addon on top, all with demo data, and the web assets ready.

    It is only ever copied, never used. A second one with more *modules* needs a name of its own, and begins with a copy
    of the first one's core; where no page of it is opened (*browsed*), the web assets are left out. It is remade when
    what is locked in ``dev/requirements`` (*locks*) changes.
    """

    def __init__(self, odoo, modules=CORE_MODULES, name="gse_prepared", browsed=True, locks=("odoo",)):
        self.odoo = odoo
        self.databases = Databases(odoo)
        self.modules = modules
        self.browsed = browsed
        self.locks = locks
        self.name = name
        self.core = f"{name}_core"
        self.basis = None if modules == CORE_MODULES else PreparedDatabase(odoo)

    def ensure(self):
        """Make what is missing or out of date; give the name of the database."""
        digest = f"{self._digest_of_core()} {digest_of_addon()}"
        if not self.databases.is_current(self.name, digest):
            self._ensure_core()
            with step("Installing gse_backorder on a copy"):
                self.databases.copy(self.core, self.name)
                self.odoo.install(self.name, ADDON.name)
                if self.browsed:
                    self.odoo.execute(self.name, PREPARE_PAGES)
                self.databases.mark_current(self.name, digest)
        return self.name

    def _digest_of_core(self):
        return digest_of_core(self.odoo.home, self.modules, self.locks)

    def _ensure_core(self):
        digest = self._digest_of_core()
        if self.databases.is_current(self.core, digest):
            return
        if self.basis:
            self.basis._ensure_core()
        others = len(self.modules) - NAMED
        named = ", ".join(self.modules[:NAMED]) + (f" and {others} more" if others > 0 else "")
        with step(f"Making the template database ({named}, with demo data)"):
            if self.basis:
                self.databases.copy(self.basis.core, self.core)
            else:
                self.databases.drop(self.core)
            self.odoo.install(self.core, *(name for name in self.modules if not self.basis or name not in CORE_MODULES))
            if not self.basis:
                self.odoo.execute(self.core, PREPARE)
            self.databases.mark_current(self.core, digest)


def ensure_with_manufacturing(odoo):
    """Make what is missing of the database that all tests copy, and of that with manufacturing; give their names."""
    prepared = PreparedDatabase(odoo)
    manufacturing = PreparedDatabase(odoo, MANUFACTURING_MODULES, "gse_manufacturing", browsed=False)
    prepared._ensure_core()  # what both begin with
    with ThreadPoolExecutor() as beside:
        return tuple(beside.map(PreparedDatabase.ensure, (prepared, manufacturing)))


def digest_of_core(odoo_home, modules, locks=("odoo",)):
    locked = b"".join((REPOSITORY / f"dev/requirements/{lock}.txt").read_bytes() for lock in locks)
    release = (odoo_home / "odoo/release.py").read_bytes()
    return digest_of(str(CACHE).encode(), str(odoo_home).encode(), release, locked, " ".join(modules).encode())


def digest_of_addon():
    """Changes when a file that Odoo installs changes."""
    parts = []
    for path in sorted(ADDON.rglob("*")):
        name = path.relative_to(ADDON)
        if path.is_file() and NOT_INSTALLED.isdisjoint(name.parts):
            parts += [str(name).encode(), path.read_bytes()]
    return digest_of(*parts)


def digest_of(*parts):
    """A short digest of *parts*, which are bytes: it changes when one of them does."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]
