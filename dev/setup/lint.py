"""``dev/lint``: every check runs, also after one has failed."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import python_env, rooms
from .console import SetupError, say
from .databases import ensure_with_manufacturing
from .machine import ensure_python, test_odoo
from .paths import ADDON, CACHE, REPOSITORY, own_environment

PROGRAMS = python_env.VENV / "bin"
TRANSLATIONS = ADDON / "i18n"
POT = TRANSLATIONS / f"{ADDON.name}.pot"
# What a model gets stands in the rooms that it is for, not in one class.
NOT_OURS = "consider-merging-classes-inherited"
COMPLETE_LANGUAGES = ("fr", "de", "es")


@dataclass
class Check:
    """A check by name; *passes* prints what is wrong and tells whether all is well."""

    name: str
    passes: Callable[[], bool]


def run_checks(fix, quick=False):
    """Run every check, say which failed; give the exit code.

    :param bool quick: only those that take seconds, and need neither Odoo nor a database: before each commit
    """
    if quick:
        ensure_python("lint")
        return _run_all(_quick_checks(fix))
    with test_odoo("lint") as odoo, ThreadPoolExecutor() as beside:
        # It takes a minute, most of which the database is made in.
        pylint = beside.submit(_run_unseen, "pylint", f"--disable={NOT_OURS}", ADDON.name)
        return _run_all(
            [
                *_quick_checks(fix),
                _get_house_check(odoo),
                *_translation_checks(odoo, fix),
                Check("pylint-odoo", lambda: _show(pylint.result())),
            ]
        )


def _run_all(checks):
    failed = [check.name for check in checks if not _passes(check)]
    say()
    if failed:
        say(f"✗ {len(failed)} of {len(checks)} checks failed: {', '.join(failed)}")
        return 1
    say(f"✓ All {len(checks)} checks passed")
    return 0


def _passes(check):
    say(f"\n── {check.name}")
    try:
        passed = check.passes()
    except SetupError as error:
        say(str(error))
        passed = False
    say("✓ passed" if passed else "✗ failed")
    return passed


def _quick_checks(fix):
    repair = ("--fix",) if fix else ()
    return [
        Check("ruff format", lambda: _run("ruff", "format", *(() if fix else ("--diff",)))),
        Check("ruff check", lambda: _run("ruff", "check", "--output-format=concise", *repair)),
        Check("OCA module checks", lambda: _on_addon("oca-checks-odoo-module", *repair)),
        Check("the README is made from its fragments", lambda: _run("python", "-m", "setup.readme", *repair)),
        Check("the picture of the house", lambda: _run("python", "-m", "setup.house", *repair)),
        Check("documents", lambda: _run("python", "-m", "setup.documents")),
        Check("what others run for us", lambda: _run("python", "-m", "setup.automation")),
    ]


def _get_house_check(odoo):
    return Check("the house: arrows point down", lambda: rooms.is_in_order(odoo.home))


def _translation_checks(odoo, fix):
    return [
        Check("the .pot is current", lambda: _pot_is_current(odoo, fix)),
        Check("OCA translation checks", lambda: _run("oca-checks-po", *_translation_files())),
        *(Check(f"{code}.po is complete", lambda code=code: _is_complete(code)) for code in COMPLETE_LANGUAGES),
    ]


def _pot_is_current(odoo, fix):
    exported = CACHE / "exported.pot"
    # Tests need both: they are made here, where there is a core to spare.
    database, _manufacturing = ensure_with_manufacturing(odoo)
    odoo.run("The terms could not be exported", "i18n", "export", "-d", database, "-o", exported, ADDON.name)
    return _run("python", "-m", "setup.translations", "current", POT, exported, *(("--fix",) if fix else ()))


def _is_complete(code):
    return _run("python", "-m", "setup.translations", "complete", POT, TRANSLATIONS / f"{code}.po")


def _translation_files():
    files = sorted(TRANSLATIONS.glob("*.po*"))
    if not files:
        raise SetupError(f"There is no translation in {TRANSLATIONS.relative_to(REPOSITORY)}.")
    return files


def _on_addon(program, *options):
    if not (ADDON / "__manifest__.py").exists():
        raise SetupError(f"There is no addon {ADDON.name} here.")
    return _run(program, *options, ADDON.name)


def _run(program, *arguments):
    return _start(program, *arguments).returncode == 0


def _run_unseen(program, *arguments):
    """Run it while others are seen to run; :func:`_show` its result when its turn comes."""
    return _start(program, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _show(result):
    if result.stdout:
        say(result.stdout.rstrip())
    return result.returncode == 0


def _start(program, *arguments, **options):
    environment = own_environment(PYTHONPATH=REPOSITORY / "dev")
    command = [str(part) for part in (PROGRAMS / program, *arguments)]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False, stdin=subprocess.DEVNULL, **options)
