"""Quantities: to how many digits they count."""

from odoo.tools import float_round


def get_digits(env):
    """Return the number of decimal places of quantities, Odoo's setting *Product Unit*."""
    return env["decimal.precision"].precision_get("Product Unit")


def round_quantity(env, quantity):
    """Return *quantity* without the noise of floating point sums."""
    return float_round(quantity, precision_digits=get_digits(env))
