from odoo import api, models


class StockReadableMixin(models.AbstractModel):
    """What asks about records is made by who may read them: what is worked out of them would tell of others."""

    _name = "stock.readable.mixin"
    _description = "Names Only What Its User May Read"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_readable()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._check_readable()
        return result

    @api.model
    def _get_named_fields(self):
        """Return the names of the fields that name the records."""
        return []

    def _check_readable(self):
        """:raise AccessError: for records that the user may not read, or not in this company: nothing tells of them"""
        for name in self._get_named_fields():
            if named := self[name]:  # who names nothing of a kind need have no rights on it
                named.check_access("read")
