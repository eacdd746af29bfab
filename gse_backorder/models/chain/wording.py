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


def format_cancelled(env, quantity):
    """Return in words how much was cancelled: "1 cancelled", where the noun of some languages follows the number."""
    told = format_quantity(env, quantity)
    return env._("1 cancelled") if told == "1" else env._("%s cancelled", told)
