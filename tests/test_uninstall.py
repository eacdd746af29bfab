"""The addon is uninstalled from a database in use, and installed again: nothing of it is left that breaks Odoo."""

import os
import subprocess
import sys

import pytest
from conftest import _copy_of

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL

# Lists that the addon extends, and what people keep of them.
EXTENDED = (
    "mail.activity",
    "product.category",
    "product.product",
    "product.template",
    "purchase.order",
    "res.company",
    "res.partner",
    "sale.order",
    "stock.move",
    "stock.picking",
    "stock.picking.type",
    "stock.warehouse",
)
OURS = {
    "by state": ("stock.picking", "[('fulfillment_state', '=', 'ready')]", "{}", "[]"),
    "through a relation": (
        "sale.order",
        "['|', ('name', '=', 'x'), ('picking_ids.backorder_index', '>', 1)]",
        "{}",
        "[]",
    ),
    "within": ("sale.order", "[('picking_ids', 'any', [('promise_date', '<', context_today())])]", "{}", "[]"),
    "grouped": ("stock.picking", "[]", "{'group_by': ['state', 'first_promise_date:month']}", "[]"),
    "sorted": ("stock.move", "[]", "{}", '["ordered_date desc"]'),
    "of our model": ("stock.backorder.report", "[]", "{}", "[]"),
    "not shown": ("product.template", "[('purchaser_id', '=', uid)]", "{}", "[]"),
}
OUR_MODELS = (
    "stock.backorder.allocation",
    "stock.backorder.figure",
    "stock.backorder.mark",
    "stock.backorder.pool",
    "stock.backorder.report",
    "stock.supply.need",
)
# Demo records of Odoo's own models, which orders and transfers hold: Odoo keeps what it cannot delete.
KEPT_DEMO = {"product.product", "product.template", "res.partner", "res.users"}
THEIRS = {
    "own domain": ("stock.picking", "[('state', '=', 'done'), ('name', 'ilike', 'fulfillment_state')]", "{}", "[]"),
    "own grouping": ("sale.order", "[]", "{'group_by': ['partner_id']}", '["name desc"]'),
    # a field of another model, which is called as one of ours
    "own relation": ("sale.order", "[('order_line.customer_lead', '>', 3)]", "{}", "[]"),
}


@pytest.fixture(scope="module")
def database(request):
    """A copy of its own: what is uninstalled is gone for all who share it."""
    with _copy_of(os.environ["GSE_PREPARED_DATABASE"], "gse_uninstalled", request.config) as name:
        yield name


def run_odoo(*arguments):
    process = subprocess.run((sys.executable, "-m", "odoo", *arguments), capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return process.stderr


def work_on(database, work):
    """Do *work* with an environment on *database*, as it is installed now, and commit."""
    Registry.delete(database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(odoo.tools.config, "test_enable", False)  # loading the models would run their tests, too
        registry = Registry(database)
    with registry.cursor() as cursor:
        result = work(api.Environment(cursor, SUPERUSER_ID, {}))
    Registry.delete(database)
    return result


def keep_things(env):
    """Do what people do: favourites, templates of exports, activities, done ones, too."""
    for name, (model, domain, context, sort) in {**OURS, **THEIRS}.items():
        env["ir.filters"].create(
            {
                "name": name, "model_id": model, "domain": domain, "context": context, "sort": sort,
                "active": name != "not shown",
            }
        )  # fmt: skip
    export = env["ir.exports"].create({"name": "Deliveries", "resource": "sale.order"})
    env["ir.exports.line"].create(
        [{"export_id": export.id, "name": name} for name in ("name", "picking_ids/fulfillment_state")]
    )
    product = env["product.product"].search([], limit=1)
    delivery = env["stock.picking"].search([], limit=1)
    for record, kind in ((product, "shortage"), (product, "shortage"), (delivery, "arrival")):
        record.activity_schedule(f"gse_backorder.mail_activity_type_{kind}", user_id=env.ref("base.user_admin").id)
    env["mail.activity"].search([("res_id", "=", product.id), ("res_model", "=", product._name)])[0].action_done()
    product.activity_schedule("mail.mail_activity_data_todo", summary="Somebody's own", user_id=SUPERUSER_ID)


def look_around(env):
    """Open every list, form, search and favourite of what the addon had extended."""
    for name in EXTENDED:
        model = env[name].with_context(lang=None)
        views = model.get_views([(False, kind) for kind in ("list", "form", "search")], {"load_filters": True})
        shown = [field for field in views["models"][name]["fields"] if field in model._fields]
        model.search([], limit=5).web_read({field: {} for field in shown})
    for favourite in env["ir.filters"].with_context(active_test=False).search([("name", "in", list(THEIRS))]):
        domain = favourite._get_eval_domain()
        env[favourite.model_id].search_count(domain)
    return {
        "filters": set(env["ir.filters"].with_context(active_test=False).search([]).mapped("name")) & {*OURS, *THEIRS},
        "columns": env["ir.exports.line"].search([("export_id.resource", "=", "sale.order")]).mapped("name"),
        "data": set(env["ir.model.data"].search([("module", "=", "gse_backorder")]).mapped("model")),
        "types": env["mail.activity.type"].with_context(active_test=False).search([]).mapped("res_model"),
        "own": env["mail.activity"].search_count([("summary", "=", "Somebody's own")]),
        "models": env["ir.model"].search([("model", "in", OUR_MODELS)]).mapped("model"),
        "crons": env["ir.cron"].with_context(active_test=False).search([("name", "like", "Backorders:")]).ids,
        "triggers": env.execute_query(SQL("SELECT tgname FROM pg_trigger WHERE starts_with(tgname, 'gse_backorder')")),
        "policies": set(env["stock.picking.type"].search([("code", "=", "outgoing")]).mapped("create_backorder")),
    }


def test_uninstalling_and_installing_again(database):
    """Scenario: favourites, exports, activities; uninstalled, looked around, installed again. Expected: all that is
    ours is gone, all that is others' is there, no error on the way; then it works as before."""
    work_on(database, keep_things)
    run_odoo("module", "uninstall", "-d", database, "gse_backorder")
    left = work_on(database, look_around)
    assert left["filters"] == set(THEIRS), "Favourites on our fields are gone, and no others."
    assert left["columns"] == ["name"]
    assert left["data"] <= KEPT_DEMO, "Odoo has removed all that is ours."
    assert "product.product" not in left["types"], "No kind of activity is left over."
    assert left["own"] == 1
    assert left["models"] == []
    assert left["crons"] == []
    assert left["triggers"] == []
    assert "always" not in left["policies"], "Odoo asks again."
    run_odoo("server", "-d", database, "-i", "gse_backorder", "--stop-after-init", "--max-cron-threads=0")

    def look_again(env):
        states = env["stock.picking"]._read_group([], ["fulfillment_state"])
        return (
            bool(states),
            env["stock.supply.need"].search_count([]),
            env["ir.module.module"]._get("gse_backorder").state,
        )

    has_states, _needs, state = work_on(database, look_again)
    assert has_states
    assert state == "installed"
