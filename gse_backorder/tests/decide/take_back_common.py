from odoo.tests import Form

from ..restock_common import RestockCase


class TakeBackCase(RestockCase):
    """A manager who takes stock back, and deliveries that have it, or wait for it."""

    def _open(self, move, user=None, **values):
        """Return the wizard with which *user* (the manager) would get *move*, with *values* typed into its form."""
        user = user or self.manager
        self._invalidate()
        action = move.with_user(user).action_get_it()
        wizard = self.env["stock.take.back"].with_user(user).browse(action["res_id"])
        if values:
            with Form(wizard) as form:
                for name, value in values.items():
                    form[name] = value
        return wizard

    def _untick(self, wizard, move):
        """Untick *move* in the form of *wizard*."""
        with Form(wizard) as form:
            index = wizard.line_ids.move_id.ids.index(move.id)
            with form.line_ids.edit(index) as line:
                line.is_taken = False

    def _take(self, move, user=None, **values):
        """Take back for *move* what the wizard shows; return the wizard."""
        wizard = self._open(move, user, reason="The site stands still", **values)
        self.assertEqual(wizard.action_apply()["type"], "ir.actions.act_window_close", "It was done.")
        self._invalidate()
        return wizard

    def _get_gifts(self, wizard):
        """Return ``{move: quantity}`` of those who give way."""
        return {line.move_id: line.quantity for line in wizard.line_ids if line.is_taken}

    def _create_two(self, quantity=5, **values):
        """Return two lines of *quantity*: the first has reserved all that there is, the second waits for it."""
        product = self._create_product("Beam", stock=quantity)
        donor = self._create_delivery((product, quantity), **values).move_ids
        taker = self._create_delivery((product, quantity)).move_ids
        self._order_one_after_another(donor | taker)
        self._assert_reserved(donor | taker, [quantity, 0], "The first has all.")
        return donor, taker
