"""What comes from outside instead of what was meant, and how it is refused: in words, never by a crash.

Whoever is logged in can call a public method with all that JSON can say, and every visitor can send a file where a page
expects a word. What a method or a page takes is said here, by kinds: functions of a record (for the user's language),
the argument's name, and its value, which give the value back, or raise.
"""

import functools
import inspect
from collections.abc import Iterable, Mapping
from contextlib import contextmanager

from odoo.api import NewId
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.models import BaseModel

# No id is larger: the database would refuse to look for it.
LARGEST_ID = 2**31 - 1
LONGEST_NUMBER = len(str(LARGEST_ID))
# Nobody types more into a page; what is longer takes the database its time.
LONGEST_TEXT = 100


def is_id(value):
    """Whether *value* can be the id of a record; a yes or no, which Python counts as a number, cannot."""
    return type(value) is int and 0 < value <= LARGEST_ID


# ---- pages -------------------------------------------------------------------


def text(value, longest=None):
    """Return the text that a page, or another system, has sent as *value*; else nothing.

    What no database stores is left out: signs of nothing, and halves of signs, which JSON and spreadsheets can say.

    :param int longest: how much of it is taken, at most
    """
    return value[:longest].replace("\0", "").encode(errors="ignore").decode() if isinstance(value, str) else ""


def number(value, default=0):
    """Return the whole number that a page was given as *value*: an id or the like; *default* where it is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= LONGEST_NUMBER:
        value = int(value)
    return value if is_id(value) else default


# ---- kinds -------------------------------------------------------------------


def one_id(record, name, value):
    """The id of a record."""
    if not is_id(value):
        raise UserError(record.env._("%s is to be the id of a record.", name))
    return value


def one_id_or_none(record, name, value):
    """The id of a record, or False where there is none."""
    return False if value is None or value is False else one_id(record, name, value)


def many_ids(record, name, value):
    """A list of ids, empty where there are none."""
    if isinstance(value, (str, Mapping)) or (value and not isinstance(value, Iterable)):
        raise UserError(record.env._("%s is to be a list of ids.", name))
    return [one_id(record, name, item) for item in value or () if item is not False]


def field_name(record, name, value):
    """The name of a field of the model."""
    if not isinstance(value, str) or value not in record._fields:
        raise UserError(record.env._("%s is to be the name of a field.", name))
    return value


def text_or_none(record, name, value):
    """A word; False where there is none."""
    if value and not isinstance(value, str):
        raise UserError(record.env._("%s is to be a word.", name))
    return value or False


def template(record, name, value):
    """A template or a view: the record, or its external id."""
    is_external_id = isinstance(value, str) and record.env["ir.model.data"]._xmlid_to_res_id(value)
    if not is_external_id and not isinstance(value, BaseModel):
        raise UserError(record.env._("%s is to be a word.", name))
    return value


def limit_or_none(record, name, value):
    """How many, at most; False where there is no limit."""
    if value and not is_id(value):
        raise UserError(record.env._("%s is to be a number.", name))
    return value or False


def domain(record, name, value):
    """A domain, empty where there is none: a list."""
    try:
        return list(Domain(value or []))
    except (TypeError, ValueError) as error:
        raise UserError(record.env._("%s is to be a domain.", name)) from error


def own_domain(record, name, value):
    """A domain on the model itself."""
    value = domain(record, name, value)
    for condition in Domain(value).iter_conditions():
        field_name(record, name, condition.field_expr.partition(".")[0])
    return value


# ---- public methods ----------------------------------------------------------


@contextmanager
def in_words():
    """Let what Odoo's own method takes for a programmer's fault be refused in its words, and by no crash."""
    try:
        yield
    except ValueError as error:
        raise UserError(str(error)) from error


def public(single=False, unsaved=False, **kinds):
    """Decorate a method that can be called from outside: it runs only on what it is meant for.

    What else it is given is refused with a :class:`UserError`: other ids than numbers, a model that has no records,
    arguments that it does not know or that are of another kind.

    :param bool single: whether it works on one record, and not on none or several
    :param bool unsaved: whether it works on none as well: on what a form shows that is not saved yet
    :param kinds: the kind of each argument, by its name; one that is not named may be anything
    """

    def decorate(method):
        signature = inspect.signature(method)
        others = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), None)

        @functools.wraps(method)
        def checked(self, /, *args, **kwargs):  # also an argument may be called self
            if not getattr(method, "_api_model", False):
                _check_records(self, single, unsaved)
            try:
                bound = signature.bind(self, *args, **kwargs)
            except TypeError as error:
                raise UserError(self.env._("%s takes other arguments.", method.__name__)) from error
            for given in (bound.arguments, bound.arguments.get(others, {})):
                given.update({name: kinds[name](self, name, given[name]) for name in kinds.keys() & given.keys()})
            return method(*bound.args, **bound.kwargs)

        checked.refuses_nonsense = True
        return checked

    return decorate


def _check_records(records, single, unsaved):
    """:raise UserError: if *records* can be none that are kept in the database, or not so many: see :func:`public`"""
    if records._abstract:
        raise UserError(records.env._("There are no records of this kind: %s.", records._description))
    if not all(is_id(record_id) or isinstance(record_id, NewId) for record_id in records._ids):
        raise UserError(records.env._("The id of a record is a number: %s.", records._description))
    if single and len(records) != 1 and not (unsaved and not records):
        raise UserError(records.env._("Please choose one record: %s.", records._description))
