from odoo.tests import tagged

from ..common import BackorderCase


@tagged("post_install", "-at_install")
class TestNumbersInWords(BackorderCase):
    """A number and the words around it go together, in each language: 1.5 is in the singular in French."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("fr_FR", "de_DE", "es_ES"):
            cls.env["res.lang"]._activate_lang(code)

    def _tell(self, delivery, lang):
        """Return what the page of *delivery* says of the chain as a whole, of the delivery, and of its line."""
        values = self.env["stock.customer.page"].with_context(lang=lang)._get_values(delivery.with_context(lang=lang))
        step = next(step for step in values["steps"] if step["is_current"])
        return [
            values["summary"]["text"],
            step["words"].partition(";")[0].strip(),
            values["lines"][0]["quantities_text"],
        ]

    def test_parts_of_one(self):
        """Scenario: 1.5 of 3 kg ship, all of 1.5 ship, 1.5 of 0.5 ship, 0.5 is cancelled. Expected: what a person would
        say, in French in the singular."""
        unit = self.env.ref("uom.product_uom_kgm")
        sand, lime, salt = (self._create_product(name, 1.5, uom_id=unit.id) for name in ("Sand", "Lime", "Salt"))
        orders = [self._create_order((sand, 2)), self._create_order((lime, 1.5)), self._create_order((salt, 0.5))]
        part, whole, over = (order.picking_ids for order in orders)
        over.move_ids.quantity = 1.5
        for delivery in (part, whole, over):
            self._ship(delivery)
        self._invalidate()
        for lang, *expected in (
            (
                "en_US", "1.50 of 2 items shipped: 1 line in part", "1.50 items, shipped",
                "2 kg: 1.50 shipped, 0.50 to come",
            ),
            (
                "fr_FR", "1,50 article expédié sur 2 : 1 ligne partielle", "1,50 article",
                "2 kg : 1,50 expédié(s), 0,50 à venir",
            ),
            (
                "de_DE", "1,50 von 2 Artikeln versandt – 1 Zeile teilweise", "1,50 Artikel",
                "2 kg: 1,50 versandt, 0,50 ausstehend",
            ),
            (
                "es_ES", "1,50 de 2 artículos enviados – 1 línea en parte", "1,50 artículos",
                "2 kg: 1,50 enviado(s), 0,50 por llegar",
            ),
        ):  # fmt: skip
            with self.subTest(lang):
                for told, words in zip(self._tell(part, lang), expected, strict=True):
                    self.assertEqual(told[: len(words)], words)
        for lang, all_of_it, too_much in (
            ("en_US", "All 1.50 items shipped", "1.50 items shipped, 0.50 ordered: 1 line complete"),
            ("fr_FR", "Expédié en entier : 1,50 article", "1,50 article expédié, 0,50 commandé : 1 ligne complète"),
            ("de_DE", "Alle 1,50 Artikel versandt", "1,50 Artikel versandt, 0,50 bestellt – 1 Zeile vollständig"),
            ("es_ES", "Los 1,50 artículos se han enviado", "1,50 artículos enviados, 0,50 pedidos – 1 línea completa"),
        ):
            with self.subTest(lang):
                self.assertEqual(self._tell(whole, lang)[0], all_of_it)
                self.assertEqual(self._tell(over, lang)[0], too_much)
        part.backorder_ids.action_cancel()
        self._invalidate()
        self.assertIn("; 0.50 cancelled", self._tell(part, "en_US")[0])
        self.assertIn(" ; 0,50 annulé", self._tell(part, "fr_FR")[0])
        self.assertNotIn("annulés", self._tell(part, "fr_FR")[0])
