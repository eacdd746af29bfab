import io
import random

from odoo.tests import BaseCase, tagged

from ...models.customer.order_pad_text import Row, read_file, read_paste


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
