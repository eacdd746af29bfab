"""Quantities: to how many digits they count."""


def get_digits(env):
    """Return the number of decimal places of quantities, Odoo's setting *Product Unit*."""
    return env["decimal.precision"].precision_get("Product Unit")
