"""Odoo as users meet it: a server with worker processes, and clients that are logged in and call it over HTTP."""

import http.client
import json
import re
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from setup.console import SetupError
from setup.processes import stop
from setup.python_env import PYTHON

PROGRAM = Path(__file__).resolve().parents[1] / "dev/setup/odoo_program.py"
WORKERS = 8
STARTS_WITHIN_SECONDS = 120
ANSWERS_WITHIN_SECONDS = 600
JSON = {"Content-Type": "application/json"}
# What Odoo's log says of a transaction that another was in the way of: it sleeps for a random time, and tries again.
RETRIED = re.compile(r"tries left, try again in")
# A statement that PostgreSQL refused; the row that was in the way may be named by its foreign key only.
REFUSED = re.compile(r"bad query: (?P<statement>.*?)\nERROR: (?P<error>.*?)(?=\n\d{4}-\d\d-\d\d |\Z)", re.DOTALL)
IN_THE_WAY = ("could not serialize", "deadlock detected", "lock timeout", "could not obtain lock")
BY_FOREIGN_KEY = re.compile(r'ONLY "?public"?\."?(\w+)')
BY_STATEMENT = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM|FROM)\s+(?:ONLY\s+)?"?(\w+)"?', re.IGNORECASE)


@dataclass
class Answer:
    """What came of a request: how long its user waited, and what he was told when it was not done."""

    seconds: float
    problem: str = ""


class WebServer:
    """A running Odoo with worker processes on *database*: see :func:`running`."""

    def __init__(self, database, log):
        self.database = database
        self.log = log
        self.port, self.gevent_port = _free_ports(2)

    def answers(self):
        try:
            return self.ask("GET", "/web/login").status == http.HTTPStatus.OK
        except OSError:
            return False

    def ask(self, method, path, body=None, headers=None):
        """Send a request and return the answer, which has been read: its text is in ``content``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERS_WITHIN_SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.content = answer.read()
            return answer
        finally:
            connection.close()

    @contextmanager
    def watch_log(self):
        """Give a :class:`Trouble` that knows, after the block, what the log has told meanwhile."""
        start, trouble = self.log.stat().st_size, Trouble()
        yield trouble
        with self.log.open(errors="replace") as log:
            log.seek(start)
            trouble.read(log.read())


class Trouble:
    """Who was in whose way: the number of random :attr:`retries`, and the rows that were fought for."""

    def __init__(self):
        self.retries = 0
        self.tables = Counter()  # of "verb table": refused statements

    def read(self, text):
        self.retries = len(RETRIED.findall(text))
        for refused in REFUSED.finditer(text):
            if any(words in refused["error"] for words in IN_THE_WAY):
                self.tables[_name_row(refused["statement"], refused["error"])] += 1


def _name_row(statement, error):
    if key := BY_FOREIGN_KEY.search(error):
        return f"{key[1]} (by a foreign key)"
    found = BY_STATEMENT.search(statement.replace("\\n", " "))
    return f"{found[2]} ({found[1].lower()})" if found else statement[:60]


class WebClient:
    """A user who is logged in at a :class:`WebServer`."""

    def __init__(self, server, login):
        self.server = server
        parameters = {"db": server.database, "login": login, "password": login}
        answer = server.ask("POST", "/web/session/authenticate", _as_json(parameters), JSON)
        if "result" not in json.loads(answer.content):
            raise SetupError(f"{login} cannot log in: {answer.content.decode()[:500]}")
        cookie = answer.getheader("Set-Cookie").split(";")[0]
        self.headers = {**JSON, "Cookie": cookie}

    def press(self, model, method, record_id):
        """Press a button as the web client does, and return the :class:`Answer`."""
        parameters = {"model": model, "method": method, "args": [[record_id]], "kwargs": {}}
        started = time.perf_counter()
        answer = self.server.ask("POST", "/web/dataset/call_kw", _as_json(parameters), self.headers)
        return Answer(time.perf_counter() - started, self._find_problem(answer))

    @staticmethod
    def _find_problem(answer):
        if answer.status != http.HTTPStatus.OK:
            return f"HTTP {answer.status}"
        content = json.loads(answer.content)
        if error := content.get("error"):
            return f"{error['data']['name']}: {error['data']['message']}".splitlines()[0]
        result = content["result"]
        return f"he is asked: {result.get('name') or result.get('res_model')}" if isinstance(result, dict) else ""


@contextmanager
def running(odoo, database):
    """Run Odoo with workers on *database* until the end of the ``with``; give the :class:`WebServer`."""
    with tempfile.TemporaryDirectory() as folder:
        server = WebServer(database, Path(folder) / "odoo.log")
        command = (
            PYTHON, PROGRAM, "-d", database, f"--db-filter=^{database}$",
            f"--http-port={server.port}", f"--gevent-port={server.gevent_port}",
            f"--workers={WORKERS}", "--max-cron-threads=0", "--db_maxconn=8",
            "--limit-memory-soft=0", "--limit-memory-hard=0", "--limit-time-cpu=600", "--limit-time-real=1200",
            f"--logfile={server.log}", "--log-level=warn", "--log-handler=odoo.service.model:INFO",
        )  # fmt: skip
        process = subprocess.Popen(
            [str(part) for part in command], env=odoo.environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for_answer(server, process)
            yield server
        finally:
            stop(process)


def _wait_for_answer(server, process):
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while not server.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            said = server.log.read_text()[-2000:] if server.log.exists() else ""
            raise SetupError(f"Odoo does not answer on the database {server.database}.\n{said}")
        time.sleep(0.2)


def press_at_once(queues, stop_after=None):
    """Let several clients work at the same time, each through its own queue.

    :param queues: for each client, who it is and what it presses: ``(client, [(model, method, record id), …])``
    :param stop_after: so many seconds after the start nobody begins anything new
    :return: the answers of each client, and how long it took until the last came
    """
    start = threading.Barrier(len(queues) + 1)
    answers = [[] for _queue in queues]

    def work(client, buttons, answered):
        start.wait()
        begun = time.perf_counter()
        for button in buttons:
            if stop_after and time.perf_counter() - begun > stop_after:
                return
            answered.append(client.press(*button))

    threads = [
        threading.Thread(target=work, args=(*queue, answered), daemon=True)
        for queue, answered in zip(queues, answers, strict=True)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return answers, time.perf_counter() - begun


def _as_json(parameters):
    return json.dumps({"jsonrpc": "2.0", "method": "call", "params": parameters})


def _free_ports(count):
    probes = [socket.socket() for _number in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
