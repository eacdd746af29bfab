"""Checks of the translations; runs in the project's Python environment, which has polib.

``current FILE EXPORTED [--fix]``: FILE says what Odoo exports now. ``complete TEMPLATE PO``: PO translates all of it.
"""

import argparse
import difflib
import sys
from pathlib import Path

import polib

SHOWN_LINES = 60
# Words that are in a language what they are in English. Their translation stays empty, and Odoo shows them as they are:
# the checks of the Odoo Community Association take what equals its source for forgotten.
JOINED = {"%(ordered)s: %(became)s", "%(totals)s; %(cancelled)s"}  # with blanks of its own in French
SAME_WORDS = {
    "fr": {"Base", "Message", "Minute", "Total"},
    "de": {"Minute", *JOINED},
    "es": {"Base", "No", "Total", *JOINED},
}


def is_current(file, exported, fix):
    """Tell whether the two have the same terms; their headers have dates, so they do not count."""
    kept = file.read_text() if file.exists() else ""
    wanted = exported.read_text()
    if file.exists() and _terms(kept) == _terms(wanted):
        return True
    if fix:
        file.parent.mkdir(exist_ok=True)
        file.write_text(wanted)
        print(f"{file.name} written")
        return True
    difference = difflib.unified_diff(
        _terms(kept).splitlines(), _terms(wanted).splitlines(), file.name, "what Odoo exports", lineterm="", n=1
    )
    print("\n".join(list(difference)[:SHOWN_LINES]))
    print(f"{file.name} is not current: run ./dev/lint --fix")
    return False


def _terms(text):
    """The text after the header, which ends at the first empty line."""
    return text.partition("\n\n")[2]


def is_complete(template, translation):
    """Tell whether *translation* has every term of *template*, none of them fuzzy, nor empty where its word differs."""
    if not translation.exists() or not template.exists():
        print(f"{translation.name} or {template.name} is missing")
        return False
    translated = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(translation)).translated_entries()}
    same = SAME_WORDS.get(translation.stem, ())
    missing = [
        entry
        for entry in polib.pofile(str(template))
        if (entry.msgctxt, entry.msgid) not in translated and entry.msgid not in same
    ]
    for entry in missing:
        print(f"{translation.name} does not translate: {entry.msgid!r}")
    return not missing


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", choices=("current", "complete"))
    parser.add_argument("files", nargs=2, type=Path)
    parser.add_argument("--fix", action="store_true")
    arguments = parser.parse_args()
    if arguments.check == "current":
        return is_current(*arguments.files, arguments.fix)
    return is_complete(*arguments.files)


if __name__ == "__main__":
    sys.exit(not main())
