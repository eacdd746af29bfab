"""How lists and quantities are said."""

from odoo.tools.misc import formatLang

from .quantity import get_digits


def name_first(names, named):
    """Return the first *named* of *names* in a row; that there are more is seen."""
    return ", ".join([*names[:named], "…"] if len(names) > named else names)


def format_quantity(env, quantity):
    """Return *quantity* in the reader's notation, without superfluous zeros."""
    digits = get_digits(env)
    is_whole = round(quantity, digits) == round(quantity)
    return formatLang(env, quantity, digits=0 if is_whole else digits)
