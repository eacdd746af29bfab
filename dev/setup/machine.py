"""All that a command needs before it can call Odoo."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from . import odoo_source, python_env
from .lock import alone
from .odoo import Odoo
from .paths import COMPLETE, prepare_cache
from .postgres import Server

PREPARING = "Another command is preparing this folder: waiting for it…"


def ensure_python(*requirements):
    """Download and install what is missing of Python's packages, for what needs neither Odoo nor PostgreSQL."""
    prepare_cache()
    with alone("setup", waiting=PREPARING):
        python_env.ensure(*requirements)


@contextmanager
def running_odoo(server_name, *requirements, durable=True):
    """Download and install what is missing, start PostgreSQL, give :class:`Odoo`; stop PostgreSQL at the end."""
    prepare_cache()
    with alone("setup", waiting=PREPARING):
        with ThreadPoolExecutor() as beside:
            # Each takes one core for half a minute.
            unpacked = beside.submit(odoo_source.home)
            python_env.ensure("odoo", *requirements)
            server = Server(server_name, durable=durable)
            unpacked.result()
        odoo = Odoo(server)
        COMPLETE.touch()
    try:
        server.start()
        yield odoo
    finally:
        server.stop()


@contextmanager
def test_odoo(*requirements):
    """:class:`Odoo` on the fast, fragile server that tests and checks share, for one command at a time."""
    prepare_cache()
    waiting = "Another command works with the test databases of this folder: waiting for it…"
    with alone("test", waiting=waiting), running_odoo("test", *requirements, durable=False) as odoo:
        yield odoo
