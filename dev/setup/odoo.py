"""Odoo's command line, on one PostgreSQL server, with nothing of the user's own Odoo settings."""

import os
import shutil
from pathlib import Path

from . import odoo_source
from .console import SetupError, run
from .paths import CACHE, REPOSITORY
from .python_env import PYTHON, VENV

DATA = CACHE / "data"
PROGRAMS = CACHE / "bin"


class Odoo:
    """How to call Odoo, with the addons of *folder*: :attr:`environment`, :meth:`command` and :meth:`run`."""

    def __init__(self, server, folder=REPOSITORY):
        self.server = server
        self.folder = folder
        self.configuration = CACHE / ("odoo.conf" if folder == REPOSITORY else "odoo-elsewhere.conf")
        self.home = odoo_source.home()
        self.other_addons = ()
        self._write_configuration()
        self._link_pdf_program()
        path = os.pathsep.join((str(PROGRAMS), server.environment["PATH"]))
        self.environment = {
            **server.environment,
            "PATH": path,
            "PYTHONPATH": str(self.home),
            "ODOO_RC": str(self.configuration),
        }
        odoo_source.compile_bytecode(PYTHON, self.home, self.environment)

    def with_addons_of(self, folder):
        """Return the same Odoo with the addons of another *folder* instead of this repository's."""
        return Odoo(self.server, folder)

    @property
    def addons_path(self):
        # A source checkout keeps most of its addons beside the package, a Debian package inside it.
        folders = (self.home / "odoo/addons", self.home / "addons", self.folder, *self.other_addons)
        return ",".join(str(folder) for folder in folders if folder.is_dir())

    def add_addons(self, folder):
        """Let Odoo find the addons in *folder*, too."""
        self.other_addons = (*self.other_addons, folder)
        self._write_configuration()

    @staticmethod
    def command(*arguments):
        return (PYTHON, "-m", "odoo", *arguments)

    def run(self, problem, *arguments, **options):
        """Run Odoo to its end; raise :class:`SetupError` with *problem* when it fails."""
        return run(self.command(*arguments), problem, env=self.environment, cwd=self.folder, **options)

    def install(self, database, *modules, demo=True):
        """Install *modules*, with their demo data or without, on *database*, which is made when it is not there."""
        self._load(database, "-i", modules, demo)
        self._check_installed(database, modules, demo)

    def update(self, database, *modules):
        self._load(database, "-u", modules, demo=True)
        self._check_installed(database, modules, demo=True)

    def execute(self, database, code):
        """Run Python *code* with ``env`` on *database*, and commit; return what it printed."""
        return self.run(
            f"A script failed on the database {database}",
            "shell", "-d", database, "--no-http", "--log-level=error",
            input=f"{code}\nenv.cr.commit()\n",
        )  # fmt: skip

    def _load(self, database, option, modules, demo):
        self.run(
            f"Odoo could not install {', '.join(modules)}",
            "server", "-d", database, option, ",".join(modules), "--with-demo" if demo else "--without-demo",
            "--stop-after-init", "--no-http", "--max-cron-threads=0", "--log-level=warn",
        )  # fmt: skip

    def _check_installed(self, database, modules, demo):
        """Odoo reports a module without dependencies, or with broken demo data, as a success."""
        for module in modules:
            state = self.server.query(f"SELECT state, demo FROM ir_module_module WHERE name = '{module}'", database)
            if not state.startswith("installed"):
                raise SetupError(f"Odoo did not install {module}: is a dependency of it missing?")
            if demo and not state.endswith("|t"):
                error = self.server.query("SELECT error FROM ir_demo_failure LIMIT 1", database)
                raise SetupError(f"The demo data of {module} could not be installed.\n{error}")

    def _write_configuration(self):
        DATA.mkdir(exist_ok=True)
        self.configuration.write_text(
            "[options]\n"
            f"addons_path = {self.addons_path}\n"
            f"data_dir = {DATA}\n"
            "http_interface = 127.0.0.1\n"
            "list_db = False\n"
        )  # fmt: skip

    @staticmethod
    def _link_pdf_program():
        """Put wkhtmltopdf where Odoo looks for it: a build that prints headers, from the Python package."""
        PROGRAMS.mkdir(exist_ok=True)
        for program in Path(VENV).glob("lib/python*/site-packages/pydf/bin/wkhtmltopdf"):
            program.chmod(0o755)
            link = PROGRAMS / program.name
            link.unlink(missing_ok=True)
            link.symlink_to(program)


def filestore(database):
    """The folder with the files (attachments, web assets) of *database*."""
    return DATA / "filestore" / database


def copy_filestore(source, target):
    remove_filestore(target)
    # Odoo never changes a file it has stored, it only adds and removes: a second name for it is as good as a copy.
    if filestore(source).is_dir():
        shutil.copytree(filestore(source), filestore(target), copy_function=os.link)


def remove_filestore(database):
    shutil.rmtree(filestore(database), ignore_errors=True)
