"""What the what-if benchmark does within Odoo: look at what would be otherwise, of 100,000 open lines."""

from odoo.tools import SQL

from .measuring import get_shown, repeat, repeat_in_turn
from .reservation_work import get_delivery_values, get_warehouse, insert_receipts, prepare_receipt
from .workbench_work import act_as_manager

CODE = "WIDE"
VENDOR = "WHATIF"
STARS = 100


def prepare(env):
    """All that comes is a vendor's, in receipts of 100 lines each."""
    vendor = env["res.partner"].create({"name": VENDOR})
    env.flush_all()
    env.cr.execute(
        """
        WITH supply AS (
            SELECT id, (ROW_NUMBER() OVER (ORDER BY id) - 1) / 100 AS n
              FROM stock_move
             WHERE product_id = ANY (%(products)s) AND state = 'assigned' AND picking_id IS NULL
        ), receipt AS (
            INSERT INTO stock_picking (
                        name, origin, partner_id, picking_type_id, company_id, location_id, location_dest_id, state,
                        move_type, priority, create_date, scheduled_date)
                 SELECT %(origin)s || n, n::varchar, %(vendor)s, %(type)s, %(company)s, %(suppliers)s, %(stock)s,
                        'assigned', 'direct', '0', now(), now()
                   FROM (SELECT DISTINCT n FROM supply) AS numbered
              RETURNING id, origin
        )
        UPDATE stock_move
           SET picking_id = receipt.id
          FROM supply
          JOIN receipt ON receipt.origin = supply.n::varchar
         WHERE supply.id = stock_move.id
        """,
        {
            "products": _get_products(env).ids,
            "vendor": vendor.id,
            "origin": VENDOR,
            **get_delivery_values(env, get_warehouse(env).in_type_id),
        },
    )


def compare(env, kind, times=1):
    """One match of all claims with all supplies; both, and how they differ: in turn, as results with ``lines``."""
    products, pegging = _get_products(env), env["stock.pegging"]
    what_if = _enter(env, kind)
    scenario = what_if._get_scenario(what_if.change_ids)
    found = {}

    def peg():
        env.execute_query(pegging._get_pegging_sql(products, SQL("TRUE")))

    def look():
        found.update(lines=len(pegging._compare(scenario, products)))

    once, twice = repeat_in_turn(env, [lambda: peg, lambda: look], times)
    return once, {**twice, **found}


def simulate(env, kind, times=1):
    """All that *Show What Changes* does, and the page that is read then."""
    found = {}

    def prepare_work():
        what_if = _enter(act_as_manager(env), kind)
        view = what_if.get_view(view_type="form")
        shown = get_shown(what_if, view)
        shown["line_ids"] = {"fields": get_shown(what_if.line_ids, view), "limit": 40}

        def work():
            what_if.action_simulate()
            what_if.web_read(shown)
            found.update(lines=what_if.gain_count + what_if.loss_count)

        return work

    return {**repeat(env, prepare_work, times), **found}


def keep_all(env):
    """All claims keep all that they want, each by a day of its own; some of what 20,000 wait for is expected."""
    env.flush_all()
    env.cr.execute(
        """
        UPDATE stock_move
           SET kept_quantity = product_qty, kept_date = now() + (id %% 40) * interval '1 day'
         WHERE state IN ('waiting', 'confirmed', 'partially_available')
           AND origin IS DISTINCT FROM %s
        """,
        (VENDOR,),
    )
    insert_receipts(env, env["product.product"].search([("default_code", "=", "MANY")]), 100)


def keep(env, work, times=1):
    """Work where promises are not kept, and where they are: in turn."""
    return repeat_in_turn(
        env, [lambda keeps=keeps: _prepare_keeping(env, work, keeps) for keeps in (False, True)], times
    )


def _prepare_keeping(env, work, keeps):
    env["stock.warehouse"].search([]).keep_promises = keeps
    env.flush_all()
    env.registry.clear_cache()
    if work == "receive":
        return prepare_receipt(env, "MANY", 10)
    query = env["stock.pegging"]._get_pegging_sql(_get_products(env), SQL("TRUE"))
    return lambda: env.execute_query(query)


def plan_take_back(env, times=1):
    """What *Get it* shows for the last of 20,000 lines that wait for one product."""
    last = env["stock.move"].search(
        [("product_id.default_code", "=", "MANY"), ("state", "=", "confirmed")], limit=1, order="id desc"
    )
    taker = act_as_manager(env)["stock.move"].browse(last.id)
    return repeat(env, lambda: taker.action_get_it, times)


def _enter(env, kind):
    """Return the what-if in which a change of the kind is entered."""
    changes = {"star": _enter_star, "late": _enter_late, "policy": _enter_policy}
    return env["stock.what.if"].create({"change_ids": [(0, 0, changes[kind](env))]})


def _enter_star(env):
    deliveries = env["stock.picking"].search([("state", "=", "confirmed"), ("origin", "=", CODE)], limit=STARS)
    return {"kind": "priority", "picking_ids": deliveries.ids}


def _enter_late(env):
    vendor = env["res.partner"].search([("name", "=", VENDOR)])
    return {"kind": "late", "source": "vendor", "partner_id": vendor.id, "days": 7}


def _enter_policy(env):
    return {"kind": "policy", "warehouse_id": get_warehouse(env).id, "policy": "first_ordered"}


def _get_products(env):
    return env["product.product"].search([("default_code", "=like", f"{CODE}%")])
