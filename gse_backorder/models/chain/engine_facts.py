"""Facts: what the engine has found and written down, and what no person may write.

A number in a chain, a promise, since when somebody waits, what a customer was told: others rely on these. *Readonly* in
a view protects nothing, so the model refuses them, by whatever way they come. What the engine writes itself passes
through Odoo's own flows in the name of whoever ships, splits or confirms: its values are of types of their own
(:func:`fact`), which neither JSON nor XML-RPC can make, so that nothing a caller sends passes for one.
"""

from datetime import date, datetime

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError


class _Fact:
    """A value that the engine has made; :attr:`plain` is the value itself."""


class _Scalar(_Fact, int):
    plain = 0


class _Real(_Fact, float):
    @property
    def plain(self):
        return float(self)


class _Text(_Fact, str):
    @property
    def plain(self):
        return str(self)


class _Day(_Fact, date):
    @property
    def plain(self):
        return date(self.year, self.month, self.day)


class _Moment(_Fact, datetime):
    @property
    def plain(self):
        return datetime.combine(self.date(), self.timetz())


def fact(value):
    """Return *value* (a number, an id, a text, a moment, a day, a truth, or nothing) as one that the engine has made.

    It can be used like *value*, and travels in the values of Odoo's own flows to ``create`` and ``write``.
    """
    if isinstance(value, datetime):
        return _Moment.combine(value.date(), value.timetz())
    if isinstance(value, date):
        return _Day(value.year, value.month, value.day)
    if isinstance(value, str):
        return _Text(value)
    if isinstance(value, float):
        return _Real(value)
    scalar = _Scalar(value or 0)
    scalar.plain = value
    return scalar


def as_facts(vals):
    """Return *vals*, a dict of values of fields, with all of them as made by the engine: see :func:`fact`."""
    return {name: fact(value) for name, value in vals.items()}


class StockEngineFacts(models.AbstractModel):
    """A model some fields of which are written by the engine alone: those that are declared with ``fact=True``.

    Also code that has all rights in a user's name (``sudo()``) writes them as :func:`fact` only: what such code passes
    on may have come from the user. The superuser himself, who runs migrations, crons and shells, is trusted.
    """

    _name = "stock.engine.facts"
    _description = "Facts of the Engine"

    _facts = frozenset()  # the names of the fields that the engine alone writes: each write asks for them

    @api.model
    def _post_model_setup__(self):
        type(self)._facts = frozenset(name for name, field in self._fields.items() if getattr(field, "fact", False))
        return super()._post_model_setup__()

    @api.model
    def _valid_field_parameter(self, field, name):
        return name == "fact" or super()._valid_field_parameter(field, name)

    def _write_facts(self, vals):
        """Write *vals* as what the engine has found: its own methods do, and nothing that takes values from outside."""
        return self.write(as_facts(vals))

    # ---- guard -------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """:raise UserError: for a fact that the engine has not made"""
        if not self.env.su:
            # Below a sudo() it may be another model's, and default_get() has passed it over.
            self._refuse_facts({name for name in self._facts if self.env.context.get(f"default_{name}")})
        return super().create([self.browse()._accept_facts(vals) for vals in vals_list])

    def write(self, vals):
        """:raise UserError: for a fact that the engine has not made, unless it is what is there already"""
        return super().write(self._accept_facts(vals))

    @api.model
    def default_get(self, fields):
        """A fact has no default but the field's own, whatever the context or the user's defaults say."""
        values = super().default_get(fields)
        for name in self._facts.intersection(values):
            default = self._fields[name].default
            if default:
                values[name] = default(self)
            else:
                values.pop(name)
        return values

    def _accept_facts(self, vals):
        """Return *vals* for the records of ``self`` (none: they are to be created), the engine's facts as plain values.

        What is there already is no change, and left out: clients and imports send back what they have read.

        :raise UserError: if somebody else than the engine is about to change a fact
        """
        named = self._facts.intersection(vals)
        if not named:
            return vals
        made = {name: vals[name].plain for name in named if isinstance(vals[name], _Fact)}
        if self.env.su and self.env.uid == SUPERUSER_ID:
            return {**vals, **made}
        claimed = named.difference(made)
        if claimed and self:  # who may not write, or may not see a field, does not learn what is in it
            self.check_access("write")
            for name in claimed:
                self._check_field_access(self._fields[name], "write")
        self._refuse_facts({name for name in claimed if not self._is_known(name, vals[name])})
        return {**{name: value for name, value in vals.items() if name not in claimed}, **made}

    def _is_known(self, name, value):
        """Whether *value* is what the field has already on all of ``self``; nothing, where there is no record yet."""
        if not self:
            return not value
        if value is not None and not isinstance(value, (int, float, str, date)):
            return False
        field = self._fields[name]
        try:
            return all(
                self._to_the_second(field.convert_to_cache(value, record))
                == self._to_the_second(field.convert_to_cache(record[name], record))
                for record in self.sudo()
            )
        except (TypeError, ValueError):
            return False  # it is no value of this field at all

    @api.model
    def _to_the_second(self, value):
        return value.replace(microsecond=0) if isinstance(value, datetime) else value

    @api.model
    def _refuse_facts(self, names):
        """:raise UserError: if there are *names*, fields that somebody else than the engine is about to write"""
        if not names:
            return
        labels = sorted(self._fields[name]._description_string(self.env) for name in names)
        raise UserError(
            self.env._(
                "Odoo writes this down by itself, and nobody can enter, change or import it: %s. Please leave it out.",
                ", ".join(labels),
            )
        )
