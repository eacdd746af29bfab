"""What a customer has typed, pasted or sent as a file, read into rows: of texts, for nothing is known of them yet."""

import csv
import io
import math
import re
import zipfile
from typing import NamedTuple

from ... import arguments

# So many lines has a pad, and so many are read of what is pasted or sent.
MOST_LINES = 500
# What is longer is no code and no name: it is kept up to here, and found nowhere.
LONGEST_TEXT = 100
LONGEST_NUMBER = 24
# A list of codes is small. What unpacks to more than this is none.
LARGEST_FILE = 2 * 2**20
LARGEST_UNPACKED = 50 * 2**20
BLANKS = "\u0020\u00a0\u2009\u202f"
APOSTROPHES = "'\u2019"
SEPARATORS = "\t;,"
# A number in whatever language.
NUMBER = re.compile(rf"[-+]?[0-9][0-9.,{BLANKS}{APOSTROPHES}]*")


class Row(NamedTuple):
    """A line as it was given; the quantity may be a number, the unit is empty where none was named."""

    text: str
    quantity: str | float = ""
    unit: str = ""
    product_id: int | None = None  # where it is known before: what is ordered again


def get_key(text):
    """Return *text* as it is compared: capitals and blanks make no other code."""
    return " ".join(text.split()).casefold()


# ---- numbers -----------------------------------------------------------------


def read_number(value, decimal_point, thousands_sep):
    """Return the number that *value* says in a language; None where it is none.

    A thousand that is separated elsewhere, or by another sign, is not guessed at: "1.5" is no number in German.

    :param value: a text, or a number as files and other systems have it
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # What no float can hold is as little a quantity as what is infinite.
        return float(value) if abs(value) < 1e15 and math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        return None
    if set(thousands_sep) <= set(BLANKS):
        signs = BLANKS
    else:
        signs = APOSTROPHES if thousands_sep in APOSTROPHES else thousands_sep
    group = f"[{re.escape(signs)}]" if signs else "(?!)"
    number = re.fullmatch(
        rf"(-?)([0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)(?:{re.escape(decimal_point)}([0-9]+))?",
        value.strip(BLANKS),
    )
    if not number:
        return None
    sign, whole, fraction = number.groups()
    return float(f"{sign}{re.sub('[^0-9]', '', whole)}.{fraction or 0}")


def has_digit(value):
    return isinstance(value, (int, float)) or any(sign.isdigit() for sign in value)


# ---- tables ------------------------------------------------------------------


def read_paste(text):
    """Return the rows of what was pasted: from a spreadsheet, or "code quantity" line by line."""
    return to_rows(_split(line) for line in text.splitlines())


def _split(line):
    for separator in SEPARATORS[:2]:
        if separator in line:
            return line.split(separator)
    text, _blank, last = line.strip().rpartition(" ")
    return [text, last] if text and last[:1].isdigit() else [line]


def read_file(name, content):
    """Return the rows of a file, by what is in it and not by what it is called.

    :param bytes content: CSV, in whatever encoding a spreadsheet writes it, or XLSX
    :raise ValueError: if it is none of both, is broken, or too large
    """
    if len(content) > LARGEST_FILE:
        raise ValueError(name)
    return to_rows(_read_workbook(content) if content.startswith(b"PK") else _read_csv(content))


def _read_csv(content):
    if b"\0" in content:
        raise ValueError
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ValueError from error


def _read_workbook(content):
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                raise ValueError
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        # One more than there can be: that there are too many is told.
        rows = book.worksheets[0].iter_rows(max_row=MOST_LINES + 2, max_col=20, values_only=True)
        return [["" if cell is None else cell for cell in row] for row in rows]
    except Exception as error:  # whatever the reader of a format finds in what somebody sends
        raise ValueError from error


def to_rows(table):
    """Return the rows of *table*, lists of cells: the code comes first, then the quantity, then its unit.

    What is empty is no row. Nor are titles: a first row without a digit in its quantity, above one that has one.
    """
    rows = [row for cells in table if (row := _to_row([_clean(cell) for cell in cells]))]
    if len(rows) > 1 and rows[0].quantity and not has_digit(rows[0].quantity) and has_digit(rows[1].quantity):
        del rows[0]
    return rows


def _clean(cell):
    """Return a cell as a number or a text; of a spreadsheet, a code may be a number and a day a date."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return arguments.text(str(cell)).strip()
    return cell


def _to_row(cells):
    cells = cells[:20]
    if not any(cell != "" for cell in cells):
        return None
    text = cells[0]
    if isinstance(text, float) and text.is_integer():
        text = int(text)  # a code that the spreadsheet has taken for a number
    place = _find_quantity(cells)
    quantity, unit = (cells[at] if at < len(cells) else "" for at in (place, place + 1))
    if isinstance(quantity, str):
        quantity = quantity[:LONGEST_TEXT]
    # A number behind it is a price, say.
    return Row(str(text)[:LONGEST_TEXT], quantity, "" if _is_number(unit) else str(unit)[:LONGEST_TEXT])


def _find_quantity(cells):
    """Return the place of the quantity: the first number behind the code, for a name may begin with one, too.

    Where there is none, it is what comes nearest to one: the customer is told that it is none.
    """
    places = range(1, len(cells))
    nearest = next((place for place in places if str(cells[place])[:1].isdigit()), 1)
    return next((place for place in places if _is_number(cells[place])), nearest)


def _is_number(cell):
    return isinstance(cell, (int, float)) or bool(NUMBER.fullmatch(cell))
