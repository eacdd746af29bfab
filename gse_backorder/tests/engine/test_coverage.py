from datetime import datetime

from odoo.tests import TransactionCase, tagged

from ...models.engine.coverage import Coverage, ship_together, split_in_unit

NOW, SOON, LATE = datetime(2031, 1, 1), datetime(2031, 2, 1), datetime(2031, 3, 1)


@tagged("post_install", "-at_install")
class TestCoverage(TransactionCase):
    """The answers of the engine, as values."""

    def test_status(self):
        for coverage, status in (
            (Coverage(), "available"),
            (Coverage(now=1), "available"),
            (Coverage(now=1, uncovered=1), "short"),
            (Coverage(expected=1, uncovered=1), "short"),
            (Coverage(uncovered=1), "missing"),
        ):
            self.assertEqual(coverage.status, status, coverage)

    def test_dates(self):
        """A part that is overdue or uncovered leaves the whole without a date; the first part may still have one."""
        for coverage, promise, earliest in (
            (Coverage(now=1), NOW, NOW),
            (Coverage(expected=1, expected_date=SOON), SOON, SOON),
            (Coverage(now=1, expected=1, expected_date=SOON), SOON, NOW),
            (Coverage(expected=2, overdue=1, expected_date=SOON), None, SOON),
            (Coverage(expected=1, overdue=1, expected_date=SOON), None, None),
            (Coverage(now=1, uncovered=1), None, NOW),
        ):
            self.assertEqual(coverage.get_promise_date(NOW), promise, coverage)
            self.assertEqual(coverage.get_earliest_date(NOW), earliest, coverage)

    def test_parts(self):
        """What is covered soonest comes first, and only what has a date brings one."""
        whole = Coverage(now=2, expected=5, overdue=2, uncovered=3, expected_date=SOON)
        self.assertEqual(whole.slice(0, 2), Coverage(now=2))
        self.assertEqual(whole.slice(1, 3), Coverage(now=1, expected=2, expected_date=SOON))
        self.assertEqual(whole.slice(4, 4), Coverage(expected=3, overdue=2, uncovered=1, expected_date=SOON))
        self.assertEqual(whole.slice(5, 2), Coverage(expected=2, overdue=2))

    def test_together(self):
        parts = (
            Coverage(now=1, expected=3, overdue=1, uncovered=1, expected_date=LATE),
            Coverage(expected=1, expected_date=SOON),
        )
        joined = Coverage(now=1, expected=4, overdue=1, uncovered=1, expected_date=LATE)
        self.assertEqual(Coverage.join(parts), joined)
        doubled = Coverage(now=2, expected=8, overdue=2, uncovered=2, expected_date=LATE)
        self.assertEqual(joined.scale(2), doubled)
        noisy = Coverage(now=1 + 1e-9, expected=4, overdue=1 - 1e-9, uncovered=1, expected_date=LATE)
        self.assertEqual(noisy.clean(2), joined)

    def test_ships_together(self):
        """All of it comes when the last does; what is all there can ship, and what nothing is known of stays so."""
        there, coming = Coverage(now=5), Coverage(now=1, expected=2, expected_date=SOON)
        self.assertEqual(ship_together({1: there, 2: there}, NOW), {1: there, 2: there})
        waits = {
            1: Coverage(expected=5, expected_date=SOON, is_together=True),
            2: Coverage(expected=3, expected_date=SOON, is_together=True),
        }
        self.assertEqual(ship_together({1: there, 2: coming}, NOW), waits)
        self.assertEqual({coverage.status for coverage in waits.values()}, {"short"})
        nothing = Coverage(uncovered=4)
        shipped = ship_together({1: there, 2: nothing}, NOW)
        self.assertEqual(shipped[1], Coverage(expected=5, overdue=5, is_together=True))
        self.assertEqual((shipped[1].status, shipped[1].get_promise_date(NOW)), ("short", None))
        self.assertEqual((shipped[2].status, shipped[2].uncovered), ("missing", 4))
        self.assertTrue(Coverage.join(shipped.values()).is_together)
        self.assertFalse(Coverage.join([shipped[1], there]).is_together, "A part of it ships by itself.")

    def test_another_unit(self):
        """Parts are rounded down, add up to the whole, and are judged as they were; noise is no part."""
        unit, dozen = self.env.ref("uom.product_uom_unit"), self.env.ref("uom.product_uom_dozen")
        self.assertEqual(split_in_unit([36, 1], unit, dozen, whole=2), [2, 0])
        self.assertEqual(split_in_unit([12 - 1e-9, 1e-9], unit, dozen, whole=1), [1, 0])
        almost = Coverage(now=11.99, uncovered=0.001)
        self.assertEqual(almost.convert(unit, dozen, whole=0.99).status, "short", "As it was.")
