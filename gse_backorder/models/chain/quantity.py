"""Quantities: to how many digits they count, and what is none."""

import math

from odoo import fields
from odoo.exceptions import UserError

# Nobody orders more of anything: beyond it a quantity is a slip of the keyboard.
MOST_UNITS = 1e9


def get_digits(env):
    """Return the number of decimal places of quantities, Odoo's setting *Product Unit*."""
    return env["decimal.precision"].precision_get("Product Unit")


class EnteredNumber(fields.Float):
    """A quantity or the like that people enter: what JSON calls a number, and is none, is refused in words."""

    def convert_to_cache(self, value, record, validate=True):
        return super().convert_to_cache(self._accept(value, record), record, validate)

    def convert_to_column(self, value, record, values=None, validate=True):
        return super().convert_to_column(self._accept(value, record), record, values, validate)

    def _accept(self, value, record):
        """:raise UserError: for what is no number, or as much as no number says"""
        try:
            is_number = math.isfinite(float(value or 0.0))
        except (OverflowError, TypeError, ValueError):
            is_number = False
        if not is_number:
            raise UserError(record.env._("%s is to be a number.", self._description_string(record.env)))
        return value
