"""What the benchmark of the order pad does within Odoo: a customer has lines judged, and types one more."""

import json

from .measuring import repeat, repeat_in_turn
from .portal_work import LOGIN, log_in, read_page

FEW, MANY, TYPED = 50, 500, 20


def prepare(env):
    """Let customers order; give the products codes, some stock, supply, and a price list with rules."""
    env["res.company"].search([]).customer_may_order = "order"
    warehouse = env["stock.warehouse"].search([], limit=1, order="id")
    # Written past Odoo: what stock does to who waits is not what is measured here.
    env.cr.execute("UPDATE product_product SET default_code = 'BENCH-' || id WHERE barcode IS NULL")
    env.cr.execute(
        """
        UPDATE product_template SET list_price = 1 + id % 90, default_code = 'BENCH-' || id
        """
    )
    env.cr.execute(
        """
        INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date)
             SELECT id, %s, %s, 60, 0, now()
               FROM product_product
              WHERE id %% 2 = 0
        """,
        [warehouse.lot_stock_id.id, warehouse.company_id.id],
    )
    env.cr.commit()


def compare_judging(env, times=1):
    """The customer has a few lines judged, and many, in turn."""
    client, codes = log_in(LOGIN), _get_codes(env)

    def judge(count):
        lines = [{"code": code.lower(), "quantity": 1 + number % 40} for number, code in enumerate(codes[:count])]
        answer = client.post(
            "/my/order/judge",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": {"lines": lines}}),
            content_type="application/json",
        )
        told = answer.get_json()["result"]
        assert told["taken"] == count, told

    return repeat_in_turn(env, [lambda count=count: _begin(env, judge, count) for count in (FEW, MANY)], times)


def type_line(env, times=1):
    """He types one more line on a pad that has some, and reads the page that answers."""
    client, codes = log_in(LOGIN), _get_codes(env)
    token = read_page(client, "/my/order").split('name="csrf_token" value="')[1].split('"')[0]

    def send(**form):
        answer = client.post("/my/order/change", data={"csrf_token": token, **form}, follow_redirects=True)
        assert answer.status_code == 200, answer.status

    def prepare_pad():
        send(do="clear", paste="\n".join(f"{code}\t3" for code in codes[:TYPED]))
        return _begin(env, send, do="save", new_text=codes[TYPED].lower(), new_quantity="7")

    return repeat(env, prepare_pad, times)


def _get_codes(env):
    """Return the codes of products that many wait for."""
    return env["product.product"].search([("name", "like", "Bench %")], order="id", limit=MANY).mapped("default_code")


def _begin(env, work, *arguments, **form):
    """Return the work to be measured, in a minute in which nobody has asked for anything yet."""
    env.cr.rollback()  # requests have written since
    env.cr.execute("DELETE FROM stock_order_pad_meter")
    env.cr.commit()
    return lambda: work(*arguments, **form)
