"""A busy day at one product: over HTTP, on a server with worker processes, real Odoo and Odoo with the addon in turn.

Requests that meet at the same rows cannot all be right: Odoo lets all but one fail, sleep for a random time, and try
again. What counts is what users see: who is turned away, how long the rest wait, and how many are served a second.
"""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles

from setup.console import say, step

from .versions import find_addon
from .web import WORKERS, WebClient, press_at_once, running

MEASURES_VERSIONS = True  # with --addon: its requests meet on a server of each
COLUMNS = ("one product, many users", "Odoo", "with the addon", "the addon elsewhere", "must")
CORE, ADDON, OTHER = "gse_bench_contention_core", "gse_bench_contention_addon", "gse_bench_contention_other"
CONFIRM, VALIDATE = ("sale.order", "action_confirm"), ("stock.picking", "button_validate")

CONFIRMING = (24, 4)  # so many clients, so many requests of each
RECEIVING = (16, 5)
SHIPPING = (16, 5)
SINGLE = 24
ALONE = 20
MIXED_CLIENTS = 8  # of each of the two trades
MIXED_PRODUCTS = 4
MIXED_SECONDS = 60
# More than a trade can do in a second on any machine that this runs on: nobody must run out of work.
MIXED_A_SECOND = 8
# What a wait for a lock is told by; PostgreSQL tells of it after so many milliseconds.
LOCK_WAITS = "SET log_lock_waits = on", "SET deadlock_timeout = '200ms'"
LOCK_WAIT = re.compile(r"still waiting for (.*?)(?=STATEMENT:|\Z)", re.DOTALL)
WAITED_FOR = re.compile(r'in relation "(\w+)"|(advisory lock)|(tuple)')  # a tuple: several wait for the same row

RETRIES_MUST = 0.02
TRADE_MUST = 1.4, 0.4  # so many times Odoo's requests a second, and its p95
RECEIPTS_MUST = 1.0, 0.9
CROWD_MUST = 0.9
ALONE_MUST = 1.02


@dataclass
class Figures:
    """What came of a scenario on one version: seconds are those that a user waits."""

    answers: list
    elapsed: float
    retries: int = 0
    tables: Counter = field(default_factory=Counter)
    waits: Counter = field(default_factory=Counter)

    @property
    def per_second(self):
        return len([answer for answer in self.answers if not answer.problem]) / self.elapsed

    @property
    def seconds(self):
        return [answer.seconds for answer in self.answers]

    @property
    def p50(self):
        return median(self.seconds)

    @property
    def p95(self):
        return quantiles(self.seconds, n=20, method="inclusive")[-1]

    @property
    def problems(self):
        return Counter(answer.problem for answer in self.answers if answer.problem)


class Version:
    """A version that is measured: a running server, and its users, who are logged in."""

    def __init__(self, title, database, odoo, server, clients):
        self.title = title
        self.database = database
        self.odoo = odoo
        self.server = server
        self.clients = clients

    def work(self, title, queues, stop_after=None):
        """Let each client press through its queue at the same time; return the :class:`Figures`."""
        with (
            step(f"{title}: {self.title}"),
            self.server.watch_log() as trouble,
            _watch_locks(self.odoo.server) as waits,
        ):
            answers, elapsed = press_at_once(queues, stop_after)
        every = [answer for answered in answers for answer in answered]
        return Figures(every, elapsed, trouble.retries, trouble.tables, waits)


def measure(bench):
    seconds = bench.options.get("seconds") or MIXED_SECONDS
    with bench.database_without_addon(CORE) as core, ExitStack() as copies:
        work = bench.evaluate(core, "contention_work.prepare", "Making a busy day's work", **_count_work(seconds))
        sources = [("Odoo", core, bench.odoo)]
        for title, database, odoo in _name_addons(bench):
            copies.enter_context(bench.copy(core, database))
            bench.install_addon(database, odoo)
            sources.append((title, database, odoo))
        with ExitStack() as servers:
            versions = [servers.enter_context(_running(bench, *source, work["logins"])) for source in sources]
            _warm_up(versions, work)
            scenarios = _run_scenarios(versions, work, seconds)
        faults = [
            bench.evaluate(
                version.database, "contention_work.find_faults", f"Counting: {version.title}", stock=work["stock"]
            )
            for version in versions
        ]
    for scenario in scenarios:
        scenario.tell_troubles(versions, faults)
    return [row for scenario in scenarios for row in scenario.get_rows(faults)]


def _count_work(seconds):
    return {
        "clients": CONFIRMING[0],
        "confirmations": CONFIRMING[0] * CONFIRMING[1],
        "validations": SHIPPING[0] * SHIPPING[1],
        "receipts": RECEIVING[0] * RECEIVING[1],
        "single": SINGLE,
        "alone": ALONE,
        "mixed": MIXED_A_SECOND * seconds,
        "products": MIXED_PRODUCTS,
    }


def _name_addons(bench):
    """Return ``(title, database, odoo)`` of the addon here, and of the one that was named on the command line."""
    yield "with the addon", ADDON, bench.odoo
    if folder := bench.options.get("addon"):
        yield "the addon elsewhere", OTHER, find_addon(bench.odoo, folder)


@contextmanager
def _running(bench, title, database, odoo, logins):
    bench.sql(database, f"Tidying up: {title}", "VACUUM ANALYZE")
    for setting in LOCK_WAITS:
        odoo.server.query(f'ALTER DATABASE "{database}" {setting}')
    with ExitStack() as stack:
        with step(f"Starting Odoo, and {len(logins)} users log in: {title}"):
            server = stack.enter_context(running(odoo, database))
            with ThreadPoolExecutor(WORKERS) as pool:
                clients = list(pool.map(lambda login: WebClient(server, login), logins))
        yield Version(title, database, odoo, server, clients)


@contextmanager
def _watch_locks(postgres):
    """Give a counter that knows, after the block, how often rows of which tables were waited for.

    Only the embedded server's log can be read.
    """
    waits = Counter()
    log = postgres.folder / "server.log"
    start = log.stat().st_size if postgres.is_embedded else 0
    yield waits
    if postgres.is_embedded:
        with log.open(errors="replace") as lines:
            lines.seek(start)
            for wait in LOCK_WAIT.findall(lines.read()):
                found = WAITED_FOR.search(wait)
                waits[found[found.lastindex] if found else wait.splitlines()[0]] += 1


# ---- the scenarios -----------------------------------------------------------


def _warm_up(versions, work):
    """Let each worker process meet the models, so that nobody's first request pays for it."""
    for version in versions:
        version.work("Warming up", _share_out(version.clients, CONFIRM, work["warm"]))


def _run_scenarios(versions, work, seconds):
    alone = _work_alone(versions, work)

    def run(title, clients, button, ids):
        return [version.work(title, _share_out(version.clients[:clients], button, ids)) for version in versions]

    single = run("One client confirms", 1, CONFIRM, work["single"])
    confirming = run("Many confirm", CONFIRMING[0], CONFIRM, work["confirm"])
    receiving = run("Many receive", RECEIVING[0], VALIDATE, work["receive"])
    stowing = run("Many receive what nobody waits for", RECEIVING[0], VALIDATE, work["stow"])
    shipping = run("Many ship", SHIPPING[0], VALIDATE, work["ship"])
    people = MIXED_CLIENTS
    mixed = [
        version.work(
            "Pickers beside salespeople",
            [
                *_share_out(version.clients[:people], VALIDATE, work["mixed_ship"]),
                *_share_out(version.clients[people : 2 * people], CONFIRM, work["mixed_confirm"]),
            ],
            seconds,
        )
        for version in versions
    ]
    confirmed, shipped, received = ("{} × {}".format(*crowd) for crowd in (CONFIRMING, SHIPPING, RECEIVING))
    meeting = f"{people} ship beside {people} who sell, {MIXED_PRODUCTS} products, {seconds} s"
    return [
        Scenario(f"{confirmed} orders confirmed", "CONFIRM", confirming, *TRADE_MUST),
        Beside("… a second, beside one client alone", confirming, single),
        Scenario(f"{shipped} deliveries validated", "SHIP", shipping, *TRADE_MUST),
        Scenario(f"{received} receipts validated", "RECEIVE", receiving, *RECEIPTS_MUST),
        Scenario(f"{received} receipts of what nobody waits for", "STOW", stowing, *RECEIPTS_MUST),
        Scenario(meeting, "MIX", mixed, *TRADE_MUST),
        *(Alone(title, figures) for title, figures in alone.items()),
    ]


def _share_out(clients, button, ids):
    """Give each client an equal part of the records to press that button of."""
    return [
        (client, [(*button, record_id) for record_id in ids[turn :: len(clients)]])
        for turn, client in enumerate(clients)
    ]


def _work_alone(versions, work):
    """One user works while nobody else is there, a request on each version in turn: a slow moment is shared."""
    figures = {}
    with step("One user alone, on each version in turn"):
        for title, button, ids in (
            ("one user alone confirms an order", CONFIRM, work["alone_confirm"]),
            ("… validates a delivery", VALIDATE, work["alone_ship"]),
            ("… validates a receipt", VALIDATE, work["alone_receive"]),
        ):
            answers = [[] for _version in versions]
            for record_id in ids:
                for version, answered in zip(versions, answers, strict=True):
                    answered.append(version.clients[0].press(*button, record_id))
            figures[title] = [Figures(answered, sum(answer.seconds for answer in answered)) for answered in answers]
    return figures


# ---- the table ---------------------------------------------------------------


@dataclass
class Scenario:
    """What many users did at once, on each version."""

    title: str
    products: str  # what their codes begin with
    figures: list  # Odoo, the addon, the addon elsewhere
    per_second_must: float
    p95_must: float

    def get_rows(self, faults):
        odoo, addon = self.figures[:2]
        faster, p95 = addon.per_second / odoo.per_second, addon.p95 / odoo.p95
        retried = addon.retries / len(addon.answers)
        wrong = [self._find_faults(found) for found in faults]
        return [
            self._row(
                f"{self.title}: a second",
                lambda one: f"{one.per_second:.1f}{_beside(one, odoo, 'per_second')}",
                f"≥ {self.per_second_must} ×",
                faster >= self.per_second_must,
            ),
            self._row(
                "… 95 of 100 wait at most",
                lambda one: f"{one.p95:.1f} s{_beside(one, odoo, 'p95')}",
                f"≤ {self.p95_must} ×",
                p95 <= self.p95_must,
            ),
            self._row("… half of them; the longest", lambda one: f"{one.p50:.1f} s; {max(one.seconds):.1f} s", "–"),
            self._row(
                "… turned away", lambda one: f"{one.problems.total()} of {len(one.answers)}", "0", not addon.problems
            ),
            self._row(
                "… tried again at random",
                lambda one: f"{one.retries} ({one.retries / len(one.answers):.0%})",
                f"≤ {RETRIES_MUST:.0%}",
                retried <= RETRIES_MUST,
            ),
            _pad("… products whose figures are wrong", [str(len(found)) for found in wrong], "0", not wrong[1]),
        ]

    def _row(self, title, tell, must, met=None):
        return _pad(title, [tell(one) for one in self.figures], must, met)

    def _find_faults(self, faults):
        return {code: found for code, found in faults.items() if code.startswith(self.products) and found}

    def tell_troubles(self, versions, faults):
        """Say who was turned away and why, and which rows were in the way."""
        for version, one, found in zip(versions, self.figures, faults, strict=True):
            say(f"\n{self.title}: {version.title}")
            for title, counter in (
                ("turned away", one.problems),
                ("refused statements", one.tables),
                ("waits for rows of", one.waits),
            ):
                if counter:
                    say(f"  {title}: " + ", ".join(f"{count} × {name}" for name, count in counter.most_common()))
            for code, sentences in self._find_faults(found).items():
                say(f"  {code}: {'; '.join(sentences)}")


@dataclass
class Beside:
    """How many requests a second a crowd gets done, beside one client alone."""

    title: str
    crowd: list
    single: list

    def get_rows(self, faults):
        ratios = [crowd.per_second / single.per_second for crowd, single in zip(self.crowd, self.single, strict=True)]
        told = [f"{ratio:.2f} × of {single.per_second:.1f}" for ratio, single in zip(ratios, self.single, strict=True)]
        return [_pad(self.title, told, f"≥ {CROWD_MUST} ×", ratios[1] >= CROWD_MUST)]

    def tell_troubles(self, versions, faults):
        """Nobody is in the way of one client."""


@dataclass
class Alone:
    """How long one user waits while nobody else is there: the median."""

    title: str
    figures: list

    def get_rows(self, faults):
        odoo, addon, *others = self.figures
        told = [f"{1000 * one.p50:.0f} ms{_beside(one, odoo, 'p50')}" for one in self.figures]
        if not others:
            return [_pad(self.title, told, "–")]
        ratio = addon.p50 / others[0].p50
        return [_pad(self.title, told, f"≤ {ALONE_MUST} × elsewhere: {ratio:.2f}", ratio <= ALONE_MUST)]

    def tell_troubles(self, versions, faults):
        """Nobody is in his way."""


def _beside(one, odoo, name):
    return "" if one is odoo else f": {getattr(one, name) / getattr(odoo, name):.2f} ×"


def _pad(title, told, must, met=None):
    """Return a row; a bound that was kept or missed says so."""
    mark = "" if met is None else " ✓" if met else " ✗"
    return (title, *told, *([""] * (3 - len(told))), f"{must}{mark}")
