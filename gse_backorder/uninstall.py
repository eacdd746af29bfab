"""What uninstalling takes along besides what Odoo removes by itself: what people have made of the addon's things.

A favourite on a field that is gone would be an error each time its list is opened.
"""

import ast

from .models.supply.stock_supply_alert import ACTIVITY_TYPE as SHORTAGE
from .models.workbench.stock_arrival_notice import ACTIVITY_TYPE as ARRIVAL

ADDON = "gse_backorder"


def forget_activities(env):
    """Close what is open of our kinds, done ones, too: nobody would close them any more, and they hold their kinds."""
    kinds = [env["ir.model.data"]._xmlid_to_res_id(kind, raise_if_not_found=False) for kind in (SHORTAGE, ARRIVAL)]
    for model in ("mail.activity", "mail.activity.plan.template"):
        env[model].with_context(active_test=False).search([("activity_type_id", "in", kinds)]).unlink()


def forget_favourites(env):
    """Remove favourites and templates of exports that name our fields and models."""
    names = _Names(env)
    favourites = env["ir.filters"].with_context(active_test=False).search([])
    favourites.filtered(names.are_in_favourite).unlink()
    columns = env["ir.exports.line"].search([("export_id.resource", "!=", False)])
    columns.filtered(
        lambda column: names.has(column.export_id.resource, (column.name or "").replace("/", "."))
    ).unlink()
    env["ir.exports"].search([("resource", "in", list(names.models))]).unlink()


class _Names:
    """The models and fields that go with the addon."""

    def __init__(self, env):
        self.env = env
        self.models = {model.model for model in self._get_own(env["ir.model"])}
        self.fields = {(field.model, field.name) for field in self._get_own(env["ir.model.fields"])}

    @staticmethod
    def _get_own(model):
        """Return the records of ``ir.model`` or ``ir.model.fields`` that no other module has, too."""
        identifiers = model.env["ir.model.data"].search([("model", "=", model._name), ("module", "=", ADDON)])
        shared = model.env["ir.model.data"].search(
            [
                ("model", "=", model._name),
                ("module", "!=", ADDON),
                ("res_id", "in", identifiers.mapped("res_id")),
            ]
        )
        return model.browse(set(identifiers.mapped("res_id")) - set(shared.mapped("res_id"))).exists()

    def has(self, model, path):
        """Whether one of the fields on the dotted *path* from *model* is ours, or leads to a model of ours."""
        for name in path.split("."):
            if model in self.models or (model, name) in self.fields:
                return True
            field = self.env[model]._fields.get(name) if model in self.env else None
            model = field.comodel_name if field is not None and field.relational else None
            if not model:
                return False
        return model in self.models

    def are_in_favourite(self, favourite):
        """Whether the filter, the grouping or the sorting of an ``ir.filters`` names something of ours."""
        model = favourite.model_id
        domain, *others = (self._parse(text) for text in (favourite.domain, favourite.context, favourite.sort))
        return (
            model in self.models
            or self._is_in_domain(model, domain)
            or any(self.has(model, word) for other in others for word in self._get_words(other))
        )

    @staticmethod
    def _parse(text):
        try:
            return ast.parse((text or "[]").strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return ast.Constant(None)  # it has never worked

    def _is_in_domain(self, model, node):
        """Whether the domain, with what only the client can evaluate in it, names something of ours."""
        if not isinstance(node, (ast.List, ast.Tuple)):
            return any(self._is_in_domain(model, child) for child in ast.iter_child_nodes(node))
        match node.elts:
            case [ast.Constant(str() as path), ast.Constant(str() as operator), value]:
                if self.has(model, path):
                    return True
                target = self._follow(model, path) if "any" in operator else None
                return bool(target) and self._is_in_domain(target, value)
        return any(self._is_in_domain(model, child) for child in node.elts)

    def _follow(self, model, path):
        """Return the model that the dotted *path* leads to; None if it leads to none."""
        for name in path.split("."):
            field = self.env[model]._fields.get(name) if model in self.env else None
            model = field.comodel_name if field is not None and field.relational else None
        return model

    @staticmethod
    def _get_words(node):
        """Return what may be paths to fields: "date_done:month" groups by one, "name desc" sorts by one."""
        texts = [
            part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        return [text.split(":")[0].split()[0] for text in texts if text.split(":")[0].strip()]
