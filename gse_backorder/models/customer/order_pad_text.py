"""What a customer has typed, pasted or sent as a file, read into rows: of texts, for nothing is known of them yet."""

import codecs
import csv
import io
import itertools
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
# A table that is pasted is read in full or not at all: half of it would have half a number at its end.
LONGEST_PASTE = 1_000_000
# So many columns of a table are looked at, and so many rows of a sheet, of which most may be empty.
MOST_COLUMNS = 100
MOST_SHEET_ROWS = 100_000
# A list of codes is small. What unpacks to more than this is none.
LARGEST_FILE = 2 * 2**20
LARGEST_UNPACKED = 10 * 2**20
BLANKS = "\u0020\u00a0\u2009\u202f"
APOSTROPHES = "'\u2019"
SEPARATORS = "\t;,"
# A number in whatever language.
NUMBER = re.compile(rf"[-+]?[0-9][0-9.,{BLANKS}{APOSTROPHES}]*")
# What spreadsheets write where they could not work out a number: "#N/A", "#REF!".
FAILED = re.compile(r"#\w.*|=.*", re.DOTALL)
# By which a CSV says in its first line how it is separated.
NAMED_SEPARATOR = re.compile(r'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)


class Row(NamedTuple):
    """A line as it was given; the quantity may be a number, the unit is empty where none was named."""

    text: str
    quantity: str | float = ""
    unit: str = ""
    product_id: int | None = None  # where it is known before: what is ordered again
    is_title: bool = False  # it reads as titles do, and is a line only if there is a product of that name


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


# ---- tables ------------------------------------------------------------------


def read_paste(text):
    """Return the rows of what was pasted: from a spreadsheet, or "code quantity" line by line.

    :raise ValueError: if it is too long
    """
    if len(text) > LONGEST_PASTE:
        raise ValueError
    if "\t" not in text:
        return to_rows(_split(line) for line in text.splitlines())
    return to_rows(cells if len(cells) > 1 else _split("".join(cells)) for cells in _read_table(text, "\t"))


def _split(line):
    if SEPARATORS[1] in line:
        return line.split(SEPARATORS[1])
    text, _blank, last = line.strip().rpartition(" ")
    return [text, last] if text and last[:1].isnumeric() else [line]


def _read_table(text, separator):
    """Return the cells of the rows of *text*, of which one in quotes may go on in the next line.

    A quote that is none, an inch say, would take what comes after it into its cell: then there are none, and every line
    is a row.
    """
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return [[_unquote(cell) for cell in line.split(separator)] for line in text.splitlines()]


def _unquote(cell):
    cell = cell.strip()
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def read_file(name, content):
    """Return the rows of a file, by what is in it and not by what it is called.

    :param bytes content: CSV, in whatever encoding a spreadsheet writes it, or XLSX
    :raise ValueError: if it is none of both, is broken, or too large
    """
    if len(content) > LARGEST_FILE:
        raise ValueError(name)
    return _read_workbook(content) if content.startswith(b"PK") else to_rows(_read_csv(content))


def _read_csv(content):
    text = _decode(content)
    if named := NAMED_SEPARATOR.match(text):
        return _read_table(text[named.end() :], named[1])
    # A sign that stands in more lines than another one separates them; names have commas, too.
    lines = text.splitlines()
    separator = max(SEPARATORS, key=lambda sign: sum(sign in line for line in lines))
    return _read_table(text, separator)


def _decode(content):
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if b"\0" in content:
        raise ValueError
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _read_workbook(content):
    """Return the rows of the first sheet that is shown and has any."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                raise ValueError
        # What was worked out, and by what: where only the formula was saved, nobody knows how much it is.
        values, formulas = (_open_workbook(content, data_only=data_only) for data_only in (True, False))
        sheets = zip(values.worksheets, formulas.worksheets, strict=True)
        tables = (to_rows(_read_sheet(*pair)) for pair in sheets if pair[0].sheet_state == "visible")
        return next(filter(None, tables), [])
    except Exception as error:  # whatever the reader of a format finds in what somebody sends
        raise ValueError from error


def _open_workbook(content, data_only):
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)


def _read_sheet(*sheets):
    """Yield the rows of a sheet, which is given with the values of its cells and with what they are made of.

    :raise ValueError: where it goes on for ever, for all that it says
    """
    for sheet in sheets:
        sheet.reset_dimensions()  # what it says of its size may be wrong
    rows = zip(*(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True) for sheet in sheets), strict=True)
    for number, (values, made_of) in enumerate(rows):
        if number == MOST_SHEET_ROWS:
            raise ValueError
        if any(cell is not None for cell in made_of):
            yield [_get_cell(*pair) for pair in zip(values, made_of, strict=True)]


def _get_cell(value, made_of):
    if value is None and made_of is not None:
        return made_of if isinstance(made_of, str) else "="  # a formula of several cells
    return "" if value is None else value


def to_rows(table):
    """Return the rows of *table*, lists of cells: the code comes first, then the quantity, then its unit.

    What is empty is no row. No more are read than tell that there are too many.
    """
    rows = filter(None, (_to_row([_clean(cell) for cell in cells[:MOST_COLUMNS]]) for cells in table))
    rows = list(itertools.islice(rows, MOST_LINES + 2))
    if len(rows) > 1 and _is_title(rows[0]) and _has_digit(rows[1].quantity):
        rows[0] = rows[0]._replace(is_title=True)
    return rows


def _is_title(row):
    """Whether *row* reads as titles do: words where others have a quantity, and a code without a digit."""
    quantity = row.quantity
    return bool(quantity) and not (_has_digit(quantity) or _has_digit(row.text) or FAILED.fullmatch(quantity))


def _has_digit(value):
    return isinstance(value, (int, float)) or any(sign.isnumeric() for sign in value)


def _clean(cell):
    """Return a cell as a number or a text; of a spreadsheet, a code may be a number and a day a date."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return arguments.text(str(cell)).strip()
    return cell


def _to_row(cells):
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
    nearest = next((place for place in places if str(cells[place])[:1].isnumeric()), 1)
    return next((place for place in places if _is_number(cells[place])), nearest)


def _is_number(cell):
    return isinstance(cell, (int, float)) or bool(NUMBER.fullmatch(cell))
