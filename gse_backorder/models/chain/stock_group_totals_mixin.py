from odoo import api, fields, models
from odoo.models import parse_read_group_spec
from odoo.tools import SQL

# Of so many records figures are worked out and added up: who groups more is shown how many there are.
TOTALLED = 10_000


class StockGroupTotalsMixin(models.AbstractModel):
    """A list whose groups have totals also of figures that are worked out, and that the database has no column of.

    The database says which records are in a group; their figures are read as the list itself reads them, of all groups
    at once. So a group's total is that of its rows.
    """

    _name = "stock.group.totals.mixin"
    _description = "List with Totals of Groups"

    @api.model
    def _get_totalled_fields(self):
        """Return the names of the fields that are worked out and have a total."""
        return ()

    @api.model
    def _parse_total(self, aggregate_spec):
        """Return the field and the function of an aggregate that is added up here; nothing for all others."""
        if aggregate_spec == "__count":
            return None
        name, _property_name, function = parse_read_group_spec(aggregate_spec)
        is_total = name in self._get_totalled_fields() and function in ("sum", "sum_currency")
        return (self._fields[name], function) if is_total else None

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        total = self._parse_total(aggregate_spec)
        if not total:
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(total[0], "read")
        return SQL("ARRAY_AGG(%s)", SQL.identifier(self._table, "id"))

    @api.model
    def _read_group_postprocess_aggregate(self, aggregate_spec, raw_values):
        total = self._parse_total(aggregate_spec)
        if not total:
            return super()._read_group_postprocess_aggregate(aggregate_spec, raw_values)
        groups = [ids or [] for ids in raw_values]
        records = self.browse(record_id for ids in groups for record_id in ids)
        if len(records) > TOTALLED:
            return [False] * len(groups)
        figures = records._get_totalled_figures(*total)
        return [sum(figures[record_id] for record_id in ids) for ids in groups]

    def _get_totalled_figures(self, field, function):
        """Return ``{id: figure}`` of what is added up; sums of money of several companies in the user's currency."""
        figures = {record.id: record[field.name] for record in self}
        if function == "sum_currency":
            currency_name = field.get_currency_field(self)
            company, today = self.env.company, fields.Date.context_today(self)
            for record in self:
                figures[record.id] = record[currency_name]._convert(
                    figures[record.id], company.currency_id, company, today, round=False
                )
        return figures
