import datetime
import io
import random
import zipfile

from odoo.tests import BaseCase, tagged

from ...models.customer.order_pad_text import LONGEST_PASTE, MOST_LINES, Row, read_file, read_paste


@tagged("post_install", "-at_install")
class TestOrderPadText(BaseCase):
    """What a customer pastes or sends as a file, read into rows."""

    def test_tables_of_others(self):
        """Scenario: tables as buyers keep them: names, days and prices beside code and quantity. Expected: the quantity
        is the first number behind the code, its unit the word behind it; what is no quantity stays, to be told of."""
        expected = {
            "RB-100\t3": Row("RB-100", "3"),
            "RB-100\t3\tDozen": Row("RB-100", "3", "Dozen"),
            "RB-100\t12.5 mm gypsum board\t3": Row("RB-100", "3"),
            "RB-100\t2x4 beam\t1.234,5\tm": Row("RB-100", "1.234,5", "m"),
            "RB-100\t2026-12-01\t7": Row("RB-100", "7"),
            "RB-100\tgypsum board\t-3": Row("RB-100", "-3"),
            "RB-100;1 250;12,90": Row("RB-100", "1 250"),
            "RB-100;5;": Row("RB-100", "5"),
            "RB-100;5 kg": Row("RB-100", "5 kg"),
            "RB-100\tmany": Row("RB-100", "many"),
            "RB-100 3": Row("RB-100", "3"),
            "gypsum board": Row("gypsum board"),
        }
        for text, row in expected.items():
            with self.subTest(text):
                self.assertEqual(read_paste(text), [row])

    def test_however_the_columns_stand(self):
        """Scenario: any columns that are no number before the quantity, a price or nothing behind it; pasted, CSV,
        XLSX. Expected: the same rows."""
        from openpyxl import Workbook

        draw = random.Random(19)
        before = ["Gypsum board", "10 mm bolt", "2026-12-01", "", "3/4 pipe", "5 kg bag"]
        table = [
            [f"RB-{number}", *draw.choices(before, k=draw.randrange(3)), str(number), *draw.choices(["", "9.90"])]
            for number in range(1, 60)
        ]
        rows = [Row(f"RB-{number}", str(number)) for number in range(1, 60)]
        book = Workbook()
        for cells in table:
            book.active.append(cells)
        packed = io.BytesIO()
        book.save(packed)
        self.assertEqual(read_paste("\n".join("\t".join(cells) for cells in table)), rows)
        self.assertEqual(read_file("a.csv", "\n".join(";".join(cells) for cells in table).encode()), rows)
        self.assertEqual(read_file("a.xlsx", packed.getvalue()), rows)

    # ---- nothing is passed over in silence ---------------------------------------

    def test_titles(self):
        """Scenario: a first row with words for a quantity, above one with a number. Expected: it reads as titles, but
        not where it has a code, a sign of a number or what a spreadsheet writes where it failed."""
        for first, is_title in (
            ("Article\tQuantity", True), ("Code\tQty.", True), ("Artikel\t#", True), ("Réf.\tQté (pcs)", True),
            ("N-100\tten", False), ("Nail\t½", False), ("Nail\t#N/A", False), ("Nail\t#NV", False),
            ("Nail\t=B2", False), ("Nail\t٣", False), ("Nail\t", False),
        ):  # fmt: skip
            with self.subTest(first):
                titles, row = read_paste(f"{first}\nN-200\t5")
                self.assertEqual((titles.is_title, row), (is_title, Row("N-200", "5")))
        self.assertFalse(read_paste("Article\tQuantity")[0].is_title, "There is nothing below.")

    def test_quotes(self):
        """Scenario: cells of two lines, as spreadsheets copy and write them; a quote that is an inch. Expected: each
        row is one, and none is a part of another."""
        rows = [Row("N-1", "5"), Row("N-2", "6"), Row("N-3", "7")]
        for table in (
            'N-1\t"Gypsum\nboard"\t5\nN-2\t6\nN-3\t7', 'N-1\t"3/4 pipe\t5\nN-2\t6\nN-3\t7',
            'N-1\t"A" grade\t5\nN-2\t3/4"\t6\nN-3\t7', '"N-1"\t"3/4 pipe\t5\nN-2\t"1/2\t6\nN-3\t7',
        ):  # fmt: skip
            with self.subTest(table):
                self.assertEqual(read_paste(table), rows)
                self.assertEqual(read_file("a.csv", table.replace("\t", ";").encode()), rows)

    def test_csv_of_others(self):
        """Scenario: encodings, line ends and separators as spreadsheets write them, with commas in names, below a line
        of text. Expected: the same rows."""
        rows = [Row("Dübel, 8", "1,5"), Row("N-2", "6")]
        text = "Dübel, 8;1,5\nN-2;6"
        for content in (
            text.encode(), text.encode("utf-8-sig"), text.encode("utf-16"), text.encode("cp1252"),
            text.replace(";", "\t").encode("utf-16"), text.replace("\n", "\r\n").encode(),
            text.replace("\n", "\r").encode(), f"sep=;\r\n{text}".encode(),
            "\n".join(['SEP=|', *text.replace(";", "|").split("\n")]).encode("utf-8-sig"),
            b'"D\xfcbel, 8","1,5"\r\n"N-2","6"', b"D\xfcbel, 8;1,5\n\n;;;\n \nN-2;6",
        ):  # fmt: skip
            with self.subTest(content):
                self.assertEqual(read_file("a.csv", content), rows)
        self.assertEqual(read_file("a.csv", b"Our order, please\nN-1;5"), [Row("Our order, please"), Row("N-1", "5")])

    # ---- workbooks -----------------------------------------------------------------

    @staticmethod
    def _pack(write, sheet=None):
        """Return an XLSX that *write* has made; *sheet* stands for its first one, as it is packed."""
        from openpyxl import Workbook

        book, packed = Workbook(), io.BytesIO()
        write(book)
        book.save(packed)
        if not sheet:
            return packed.getvalue()
        repacked = io.BytesIO()
        with zipfile.ZipFile(packed) as old, zipfile.ZipFile(repacked, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
        return repacked.getvalue()

    def test_workbook(self):
        """Scenario: cells of all kinds, among them a formula of which no value was saved. Expected: numbers and texts;
        what nobody knows is no quantity, and not one."""

        def write(book):
            for cells in (
                ["N-1", "=1+4"], ["N-2", 6], ["N-3", "7"], ["N-4", True], [12345.0, 3], ["N-5", " 1.234,5 "],
                ["N-6", datetime.date(2026, 12, 1)], ["N-7", None],
            ):  # fmt: skip
                book.active.append(cells)

        self.assertEqual(
            read_file("a.xlsx", self._pack(write)),
            [
                Row("N-1", "=1+4"), Row("N-2", 6), Row("N-3", "7"), Row("N-4", "True"), Row("12345", 3),
                Row("N-5", "1.234,5"), Row("N-6", "2026-12-01 00:00:00"), Row("N-7"),
            ],
        )  # fmt: skip

    def test_the_sheet_that_is_shown(self):
        """Scenario: a sheet that is hidden, an empty one, two with lines. Expected: the first one of these."""

        def write(book):
            book.active.sheet_state = "hidden"
            book.active.append(["SECRET", 9])
            book.create_sheet("Empty")
            book.create_sheet("Order").append(["N-1", 5])
            book.create_sheet("Other").append(["N-2", 6])

        self.assertEqual(read_file("a.xlsx", self._pack(write)), [Row("N-1", 5)])

    def test_lines_far_apart(self):
        """Scenario: all lines that a pad has, with empty rows between them, and the quantity in a far column; one more.
        Expected: each is read; it is seen that there are too many."""

        def write(book, lines=MOST_LINES):
            for number in range(lines):
                book.active.cell(row=3 * number + 1, column=1, value=f"N-{number}")
                book.active.cell(row=3 * number + 1, column=60, value=number + 1)

        rows = read_file("a.xlsx", self._pack(write))
        self.assertEqual(rows, [Row(f"N-{number}", number + 1) for number in range(MOST_LINES)])
        self.assertGreater(len(read_file("a.xlsx", self._pack(lambda book: write(book, MOST_LINES + 5)))), MOST_LINES)

    def test_no_file_is_endless(self):
        """Scenario: a sheet that says that it has a milliard rows, one of more than is unpacked, a paste without end.
        Expected: refused, none is read in part."""
        head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        cell = b'<c r="A%(row)d" t="inlineStr"><is><t>N-1</t></is></c>'
        for name, sheet in (
            ("far", head + (b'<row r="%(row)d">' + cell + b"</row>") % {b"row": 10**9}),
            ("large", head + b"<row/>" * 2 * 10**6),
        ):
            with self.subTest(name), self.assertRaises(ValueError):
                read_file("a.xlsx", self._pack(lambda book: None, sheet + b"</sheetData></worksheet>"))
        with self.assertRaises(ValueError):
            read_paste("N-1 25\n" * LONGEST_PASTE)
