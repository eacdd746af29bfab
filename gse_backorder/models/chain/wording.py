"""How lists, quantities and failures are said."""

from odoo.exceptions import UserError
from odoo.tools.misc import formatLang, get_lang

from .quantity import get_digits


def name_first(names, named):
    """Return the first *named* of *names* in a row; that there are more is seen."""
    return ", ".join([*names[:named], "…"] if len(names) > named else names)


def tell_failure(env, error):
    """Return why something has failed, as far as it is said for people: the rest is for the log of the server.

    What nobody has foreseen may name whatever it was about: others' data, statements, paths. So may Odoo's words on a
    template that cannot be rendered, which quote all of it.
    """
    if isinstance(error, UserError) and "Traceback (most recent call last)" not in str(error):
        return str(error)
    return env._("An unexpected error, see the log of the server.")


def get_language(env):
    """Return the code of the language in which the reader is told: his own, else his company's."""
    return env.lang or get_lang(env).code


def format_quantity(env, quantity):
    """Return *quantity* in the reader's notation, without superfluous zeros.

    A list tells the same few quantities again and again: each is written once in a transaction.
    """
    digits = get_digits(env)
    told = env.cr.cache.setdefault(format_quantity.__name__, {})
    key = quantity, digits, get_language(env)
    if key not in told:
        is_whole = round(quantity, digits) == round(quantity)
        told[key] = formatLang(env, quantity, digits=0 if is_whole else digits)
    return told[key]


def is_one(env, quantity):
    """Whether *quantity*, as it is told, is just one."""
    return round(quantity, get_digits(env)) == 1


def is_below_two(env, quantity):
    """Whether *quantity*, as it is told, is less than two: in French what it counts is in the singular then."""
    return round(quantity, get_digits(env)) < 2


def format_cancelled(env, quantity):
    """Return in words how much was cancelled: "1 cancelled", where the noun of some languages follows the number."""
    if is_one(env, quantity):
        return env._("1 cancelled")
    told = format_quantity(env, quantity)
    if is_below_two(env, quantity):
        return env._("%(below_two)s cancelled", below_two=told)
    return env._("%s cancelled", told)
