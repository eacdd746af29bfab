from odoo import Command, models
from odoo.api import NewId
from odoo.exceptions import AccessError

from ... import arguments

# By what the stock is found, and what is told of it.
NAMED_MODELS = {
    "purchase.order",
    "purchase.order.line",
    "sale.order",
    "sale.order.line",
    "stock.location",
    "stock.move",
    "stock.move.line",
    "stock.picking",
    "stock.picking.type",
    "stock.warehouse",
}


class Base(models.AbstractModel):
    """A form is answered before it is saved, whatever it names.

    What is saved Odoo has checked: who has made it may read what it names. A form nobody has checked, and of what it
    names fields would tell that are worked out with all rights: whosever delivery, stock or cost that is.
    """

    _inherit = "base"

    def onchange(self, values, field_names, fields_spec):
        """:raise AccessError: for a form that names something of a company for which its user does not work"""
        if not self.env.su:
            defaults = self.env["ir.default"]._get_model_defaults(self._name)
            context = self.env.context
            given = {name: context[f"default_{name}"] for name in self._fields if f"default_{name}" in context}
            for said in (defaults, given, values):
                self._check_named(said)
        return super().onchange(values, field_names, fields_spec)

    def _check_named(self, values):
        """:raise AccessError: if *values*, or those of their lines, name something of another company's"""
        for name, value in values.items():
            field = self._fields.get(name)
            if not field or not field.relational:
                continue
            records, is_list = self.env[field.comodel_name], isinstance(value, (list, tuple))
            for command in value if is_list and field.type != "many2one" else [value]:
                named, line = self._read_command(command)
                records._check_named(line)
                if records._name in NAMED_MODELS:
                    records.browse(filter(None, map(self._read_id, named)))._check_own()

    @staticmethod
    def _read_command(command):
        """Return what of records a form names by *command*, as Odoo reads it, and what it says of one."""
        match command:
            case dict(line):
                return [line.get("id")], line
            case (Command.CREATE, str(), dict(line), *_rest):  # a line of the form's own, by a word of its own
                return [], line
            case (Command.CREATE | Command.UPDATE, record_id, dict(line), *_rest):
                return [record_id], line
            case (Command.SET, _zero, [*record_ids], *_rest):
                return record_ids, {}
            case (Command.SET, _zero, others, *_rest):
                return [others], {}
            case (_kind, record_id, *_rest):
                return [record_id], {}
            case record_id:
                return [record_id], {}

    def _read_id(self, named):
        """Return the id by which something is *named*; None where that is a line that is not stored yet.

        :raise AccessError: for what is no id, and may be one to Odoo or the database: 7.0, "7", [7]
        """
        if not named or isinstance(named, NewId):
            return None
        if not arguments.is_id(named):
            raise AccessError(self.env._("This names something in a way that is not understood."))
        return named

    def _check_own(self):
        """:raise AccessError: if one of these is of a company for which the user does not work"""
        # Whose it is has to be known to keep it from who may not know more of it.
        if not self.sudo().company_id._are_users_own():
            raise AccessError(self.env._("This names something that belongs to another company."))
