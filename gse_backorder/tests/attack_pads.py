"""Attacks on the order pad: by its forms, its files, and as a customer's own system."""

import json
from contextlib import contextmanager
from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.fields import Domain

from ..controllers.order_pad import PAD_URL
from ..controllers.portal_lines import LINES_URL
from ..models.customer.order_pad_text import Row
from .attack_common import OUTSIDERS, AttackCase

BUYERS = ("customer", "addressee", "moved")
HIDDEN = ("zqproduct", "zqreference", "zqbarcode", "zqowncode", "zqarchived", "zqunsold", "zqforeign")
NOWHERE = 2**31 - 5
# What is no quantity, or none that anybody takes.
ABSURD_QUANTITIES = (
    "0", "-1", "1000000000", "1e-9", "0.000000001", "NaN", "inf", "-inf", "1.234,5", "1,234.5", "١٢", "１２", "0x10",
    "1_0", "", " ", "½", "9" * 300, "1;2", "=1+1",
)  # fmt: skip
ABSURD_NUMBERS = (0, -1, 10**9, 1e-9, 1e400, -0.0, True, None, [], {}, 2**70)


class PadAttacks(AttackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.beam.barcode = "zqbarcode"
        other = {"company_id": cls.other_company.id}
        for name, values in {
            "zqarchived": {"active": False},
            "zqunsold": {"sale_ok": False},
            "zqforeign": other,
        }.items():
            cls._create_product(name, **values)
        cls.own_site, cls.foreign_site = cls.env["res.partner"].create(
            [
                {"name": "Own site", "type": "delivery", "parent_id": company.id}
                for company in (cls.other_customer, cls.victim_company)
            ]
        )
        cls.env["ir.config_parameter"].set_param("portal.allow_api_keys", "1")
        cls.keys = {
            visitor: cls.env(user=cls.users[visitor])["res.users.apikeys"]._generate(
                None, "Own system", fields.Datetime.add(fields.Datetime.now(), days=1)
            )
            for visitor in (*BUYERS, "vendor", "archived", "colleague", "clerk", "salesperson")
        }

    # ---- requests --------------------------------------------------------------

    def _begin(self):
        """Let a minute begin in which nobody has written anything but the victim."""
        self.env["stock.order.pad.meter"].search([]).unlink()
        self.env["stock.order.pad"].search(Domain("id", "!=", self.pad.id)).unlink()

    def _press(self, visitor, path, files=None, **form):
        """Send a form of the pad; return what he is told then."""
        self._ask(visitor, f"{PAD_URL}/{path}", "POST", csrf=True, data=form, **({"files": files} if files else {}))
        said = [str(value) for value in (*form.values(), files and files["file"][1]) if value]
        answer = self._ask(visitor, PAD_URL, params={"said": said})  # what he has said himself is no secret
        if answer.status_code != 200:
            return answer.status_code, answer.headers.get("Location", "").partition("?")[0]
        return " ".join(html.fromstring(answer.text).xpath("string(//main)").split())

    def _call_as_system(self, visitor, path, **body):
        """Ask as the visitor's own system does; return what it is told: the status, and what is no error's trace."""
        headers = {"Content-Type": "application/json"}
        if visitor in self.keys:
            headers["Authorization"] = f"Bearer {self.keys[visitor]}"
        self._enter("stranger")  # without a session
        answer = self.url_open(f"{PAD_URL}/api/{path}", data=json.dumps(body), headers=headers, timeout=60)
        what = f"{visitor}: {path} {body}"
        if answer.status_code >= 500:
            self._found("crash", what)
        told = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
        told.pop("debug", None)  # the trace names the lines of the code, and is for who may see it
        self._judge(visitor, json.dumps(told), what)
        return answer.status_code, told

    # ---- another's order pad ---------------------------------------------------

    def _try_pads(self, chance):
        """Whatever he names of another's pad is none of his, and as if it were nowhere."""
        self._begin()
        visitor = chance.choice((*OUTSIDERS, "colleague", "clerk", "picker", "purchaser", "elsewhere"))
        attempt = chance.choice(
            (self._write_on_foreign_pad, self._write_on_foreign_pad, self._add_foreign, self._order_as_another,
             self._read_pads)
        )  # fmt: skip
        return visitor, attempt(chance, visitor)

    def _write_on_foreign_pad(self, chance, visitor):
        line = chance.choice(self.pad.line_ids)
        form = {
            "key": chance.choice((self.pad.key, self.pad.key, "", "x")),
            "seen": chance.choice((self.pad._judge()["seen"], "{}", "")),
            "do": chance.choice(("save", "send", "clear")),
        }
        changes = {
            "remove": line.id,
            f"quantity_{line.id}": "9",
            f"text_{line.id}": "Nail",
            f"unit_{line.id}": "Dozens",
            f"product_{line.id}": self.beam.id,
            "reference": "Mine",
            "shipping": chance.choice((self.foreign_site.id, self.site.id, self.victim_company.id)),
            "pad": self.pad.id,
            "partner_id": self.users["victim"].partner_id.id,
            "company_id": self.other_company.id,
        }
        form.update(chance.sample(sorted(changes.items()), chance.randint(1, 4)))
        self._press(visitor, "change", **form)
        return form

    def _add_foreign(self, chance, visitor):
        """Order again what is another's: the same is said as of what is not there."""
        if visitor == "colleague":
            return "It is his company's."
        order, delivery = self.order, chance.choice((self.root, self.remainder, self.given, self.elsewhere))
        name, record = chance.choice((("order", order), ("delivery", delivery), ("order", self.purchase)))
        told = []
        for record_id in (record.id, NOWHERE):
            self._begin()
            told.append(self._press(visitor, "again", **{name: record_id}))
        if name == "delivery" or record == order:
            self._compare(f"{visitor}: {name} {record.id} again", *told)
        return name, record.id

    def _order_as_another(self, chance, visitor):
        """Place an order under another's key, for another, to another's address."""
        body = {
            "key": chance.choice((self.pad.key, "PO-1")),
            "lines": [
                {"code": chance.choice(("Nail", "zqowncode")), "quantity": chance.choice((1, 2, *ABSURD_NUMBERS))}
            ],
            chance.choice(("partner_id", "user_id", "pad_id", "x")): self.users["victim"].partner_id.id,
        }
        if chance.random() < 0.5:
            body["shipping"] = str(chance.choice((self.foreign_site.id, self.victim_company.id, self.site.id)))
        last = self._get_last_order()
        self._call_as_system(visitor, "place", **body)
        for order in self._get_orders_since(last):
            self._check_order(visitor, order, body)
        return body

    def _read_pads(self, chance, visitor):
        model, record = chance.choice(
            (
                ("stock.order.pad", self.pad),
                ("stock.order.pad.line", self.pad.line_ids),
                ("stock.customer.code", self.code),
            )
        )
        if visitor == "stranger" or (visitor == "purchaser" and record == self.code):
            return self._ask(visitor, PAD_URL).status_code
        call = chance.choice(
            (
                ("read", record.ids), ("search_read", []), ("search_count", [("id", "in", record.ids)]),
                ("write", record.ids, {"display_name": "Mine"}), ("unlink", record.ids), ("copy", record.ids),
                ("export_data", record.ids, ["display_name"]), ("create", {"partner_id": self.victim_company.id}),
                ("name_search", "zq"), ("web_search_read", [], {"display_name": {}}), ("_send", record.ids),
                ("_get_values", record.ids), ("formatted_read_group", [], ["display_name"], ["__count"]),
            )
        )  # fmt: skip
        self._rpc(visitor, model, *call, absurd=True)
        return model, call

    @contextmanager
    def _hole_pads(self):
        """The pad is that of whoever has one."""

        def get_domain(pads, user, company):
            return Domain("company_id", "=", company.id)

        with patch.object(self.registry["stock.order.pad"], "_get_own_domain", get_domain):
            yield

    # ---- what may be ordered ---------------------------------------------------

    def _try_catalogue(self, chance):
        """What he may not order is told of, and answers, like what is not there."""
        self._begin()
        visitor = chance.choice((*BUYERS, "vendor"))
        word = chance.choice(HIDDEN)
        part = word if chance.random() < 0.5 else self._draw_part(chance, word)
        part = chance.choice((part, part.upper(), f" {part} ", f"{part[:3]}%", part))
        word = part.strip()
        nothing = part.replace(word, "qx" + word[2:].translate(str.maketrans("abcdeforst%", "jkvwxjkvwx%")))
        ways = {
            "judge": lambda text: self._ask_json(visitor, f"{PAD_URL}/judge", lines=[{"code": text, "quantity": 1}]),
            "system": lambda text: self._call_as_system(visitor, "judge", lines=[{"code": text, "quantity": 1}]),
            "paste": lambda text: self._press(visitor, "change", paste=f"{text}\t1"),
            "typed": lambda text: self._press(visitor, "change", new_text=text),
            "file": lambda text: self._press(visitor, "file", files={"file": ("list.csv", f"{text};1\n".encode())}),
            "found": lambda text: self._words(self._ask(visitor, LINES_URL, params={"search": text}), text),
        }
        way = chance.choice(list(ways))
        told = []
        for text in (part, nothing):
            self._begin()
            told.append(str(ways[way](text)).replace(text.strip(), "").replace(text, ""))
        self._compare(f"{visitor}: {way} {part!r}", *told)
        return visitor, way, part

    @contextmanager
    def _hole_catalogue(self):
        """Each customer may order all that is sold."""

        def get_domain(catalogue, customer, company):
            return Domain("company_id", "in", (False, company.id))

        with patch.object(self.registry["stock.order.catalogue"], "_get_listed_domain", get_domain):
            yield

    # ---- ordered as it was shown -----------------------------------------------

    def _try_unseen(self, chance):
        """He sends what he was shown, or something else: an order is what he was shown, at the price that holds."""
        self._begin()
        visitor = chance.choice(("customer", "customer", "colleague"))
        product = self.beam if visitor == "colleague" else self.nail
        self.company.customer_may_order = chance.choice(("order", "quotation", "quotation"))
        self.expected = {"res_company"}
        rows = [Row(product.name, chance.randint(1, 9)) for _row in range(chance.randint(1, 3))]
        pad = self._open_pad(visitor)
        pad._add_rows(rows)
        [form] = html.fromstring(self._ask(visitor, PAD_URL).text).xpath(f"//form[@action='{PAD_URL}/change']")
        form = {name: value or "" for name, value in form.form_values() if name != "csrf_token"}
        change = chance.choice((self._change_nothing, self._change_form, self._change_seen, self._change_meanwhile))
        is_changed = change(chance, visitor, pad, form, product)
        self.env.invalidate_all()
        truth, last = json.loads(pad._judge()["seen"]), self._get_last_order()
        self._press(visitor, "change", **{**form, "do": "send"})
        orders = self._get_orders_since(last)
        if not orders and not is_changed:
            self._found("not ordered", (visitor, form))
        for order in orders:
            self._check_order(visitor, order, form)
            self._check_shown(order, form, truth)
        return visitor, change.__name__, form

    def _open_pad(self, visitor):
        user = self.users[visitor]
        return self.env["stock.order.pad"].with_user(user)._open_own(user, self.company)

    def _change_nothing(self, chance, visitor, pad, form, product):
        return False

    def _change_form(self, chance, visitor, pad, form, product):
        """Something that has not been shown goes with the click."""
        line = chance.choice(pad.line_ids)
        name, value = chance.choice(
            (
                (f"quantity_{line.id}", chance.choice(ABSURD_QUANTITIES)), (f"product_{line.id}", self.beam.id),
                (f"text_{line.id}", chance.choice(HIDDEN)), (f"unit_{line.id}", "Dozens"), ("paste", "Nail\t7"),
                ("new_text", "zqowncode"), ("shipping", self.foreign_site.id), ("remove", line.id),
                (f"price_{line.id}", "0.01"), ("price_unit", "0.01"), ("partner_id", self.victim_company.id),
            )
        )  # fmt: skip
        form[name] = value
        return True

    def _change_seen(self, chance, visitor, pad, form, product):
        """He says that he was shown something else."""
        seen = json.loads(form["seen"])
        name = chance.choice(list(seen))
        column = chance.randrange(len(seen[name]))
        seen[name][column] = chance.choice((None, "", "available", "$ 0.01", self.beam.id, "1", True, [], 1e9))
        form["seen"] = chance.choice(
            (
                json.dumps(seen), json.dumps({}), "", "null", "[]", "{", json.dumps({**seen, "7": [1]}),
                json.dumps({key: row for key, row in seen.items() if key != name}), "[" * 3000, "\0", '{"1": NaN}',
            )
        )  # fmt: skip
        return True

    def _change_meanwhile(self, chance, visitor, pad, form, product):
        """While he looks, the price is another, or in another window the pad."""
        if chance.random() < 0.5:
            product.list_price += 1
        else:
            chance.choice(
                (
                    lambda: pad._add_rows([Row(product.name, 2)]),
                    lambda: pad._change_lines({pad.line_ids[0].id: {"quantity": "17"}}),
                    lambda: pad.line_ids[-1].write({"quantity": 31}),
                )
            )()
        return True

    def _get_last_order(self):
        return self.env["sale.order"].search([], order="id desc", limit=1).id

    def _get_orders_since(self, last):
        return self.env["sale.order"].search([("id", ">", last)])

    def _check_order(self, visitor, order, sent):
        """What was ordered is for him, of what he may order, at its price, and of a quantity that there is."""
        partner = self.users[visitor].partner_id
        lines, addresses = order.order_line, order.partner_id | order.partner_shipping_id | order.partner_invoice_id
        allowed = self.beam if partner.commercial_partner_id == self.victim_company else self.nail | self.screw
        if (
            order.partner_id != partner
            or addresses.commercial_partner_id != partner.commercial_partner_id
            or order.company_id != self.company
            or lines.product_id - allowed
            or any(line.price_unit != line.product_id.lst_price for line in lines)
            or any(not 0 < line.product_uom_qty <= 1e8 for line in lines)
            or visitor not in (*BUYERS, "colleague")
        ):
            self._found("ordered", f"{visitor}: {sent}: {lines.read(['product_id', 'product_uom_qty', 'price_unit'])}")

    def _check_shown(self, order, form, truth):
        """It is, line by line, what he says that he was shown; and that is what was so when he sent it."""
        try:
            seen = [[product_id, *row] for product_id, *row in json.loads(form["seen"]).values()]
        except (AttributeError, TypeError, ValueError):
            seen = None
        prices = {product_id: price for product_id, *_row, price in truth.values()}
        ordered = [
            [line.product_id.id, f"{line.product_uom_qty:.15g}", line.product_uom_id.name, line.pad_status,
             line.pad_text, prices.get(line.product_id.id)]
            for line in order.order_line
        ]  # fmt: skip
        if seen != ordered:
            self._found("ordered, and not shown", (form["seen"], ordered))

    def _hole_unseen(self):
        """What he says that he was shown is believed."""
        return patch.object(self.registry["stock.order.pad"], "_check_seen", lambda pad, *shown: None)
