from ast import literal_eval

from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

# What was said for the same things before, and would be a second word for them.
FORMER_WORDS = ("waiting for stock", "partly in stock", "all in stock", "backorders served", "inventory > backorders")
STATES = ("fulfillment_state", "availability_status")


@tagged("post_install", "-at_install")
class TestWords(TransactionCase):
    """One word for one thing: the table is in the addon's README."""

    def setUp(self):
        super().setUp()
        owned = self.env["ir.model.data"].search([("module", "=", "gse_backorder"), ("model", "=", "ir.ui.view")])
        self.views = self.env["ir.ui.view"].browse(owned.mapped("res_id"))

    def _get_labels(self, name):
        model = self.env["stock.picking" if name == "fulfillment_state" else "stock.move"]
        return dict(model._fields[name]._description_selection(self.env))

    def test_states(self):
        """Scenario: the states of a delivery and a line are named. Expected: in the words of the table."""
        self.assertEqual(
            list(self._get_labels("fulfillment_state").values()),
            [
                "Draft",
                "Waiting",
                "Partly ready",
                "Ready",
                "Partially shipped",
                "Fulfilled",
                "Closed short",
                "Cancelled",
            ],
        )
        self.assertEqual(list(self._get_labels("availability_status").values()), ["In stock", "Short", "Missing"])

    def test_filters(self):
        """Scenario: a filter finds one state. Expected: it is called as the state is."""
        found = set()
        for view in self.views.filtered(lambda view: view.type == "search"):
            for node in etree.fromstring(view.arch).iter("filter"):
                domain = safe_eval(node.get("domain") or "[]", {"uid": self.env.uid})
                if len(domain) == 1 and domain[0][0] in STATES and domain[0][1] == "=":
                    name, _operator, state = domain[0]
                    self.assertEqual(node.get("string"), self._get_labels(name)[state], f"{view.name}: {name}")
                    found.add((view.model, name))
        self.assertEqual(len(found), 3, "Of deliveries, lines and orders.")

    def test_overview(self):
        """Scenario: the overview counts deliveries by state. Expected: called as the state is."""
        arch = etree.fromstring(self.env.ref("gse_backorder.view_picking_type_kanban").arch)
        said = {
            literal_eval(link.get("context"))["queue"]: link.findtext(".//span")
            for link in arch.iter("a")
            if link.get("name") == "action_view_queue"
        }
        labels = self._get_labels("fulfillment_state")
        self.assertEqual(said, {state: labels[state] for state in ("ready", "partial", "waiting")})

    def test_open_deliveries(self):
        """Scenario: the list of all that is open. Expected: no backorders; these are what its filter finds."""
        names = {
            self.env.ref(f"gse_backorder.{name}").name for name in ("action_stock_picking_workbench", "menu_backorders")
        }
        self.assertEqual(names, {"Open Deliveries"})
        arch = etree.fromstring(self.env.ref("gse_backorder.view_picking_workbench_search").arch)
        [backorders] = [node for node in arch.iter("filter") if node.get("string") == "Backorders"]
        self.assertEqual(literal_eval(backorders.get("domain")), [("backorder_root_id", "!=", False)])

    def test_empty_lists(self):
        """Scenario: each of our lists is empty. Expected: it says what that means."""
        owned = self.env["ir.model.data"].search([("module", "=", "gse_backorder")])
        ids = owned.filtered(lambda data: data.model == "ir.actions.act_window").mapped("res_id")
        lists = (
            self.env["ir.actions.act_window"]
            .browse(ids)
            .filtered(lambda action: action.res_model.startswith("stock.") and action.view_mode.split(",")[0] != "form")
        )
        self.assertGreater(len(lists), 5)
        for action in lists:
            shown = self.env["ir.actions.actions"]._for_xml_id(action.xml_id)["help"]
            self.assertIn("o_view_nocontent_smiling_face", shown or "", action.xml_id)
            self.assertEqual(shown, action.help, f"{action.xml_id}: nothing can be made there.")

    def test_no_second_word(self):
        """Scenario: all views and fields of the addon. Expected: none says it in another word."""
        texts = {view.xml_id: view.arch for view in self.views}
        for model in self.env.registry.values():
            for field in model._fields.values():
                if set(field._modules) == {"gse_backorder"}:
                    texts[str(field)] = f"{field.string} {field.help}"
        for place, text in texts.items():
            for word in FORMER_WORDS:
                self.assertNotIn(word, text.lower(), place)
        for model in ("stock.picking", "stock.move", "sale.order", "sale.order.line"):
            for name in ("promise_date", "promise_day"):
                self.assertEqual(self.env[model]._fields[name].string, "Ships on", f"{model}.{name}")
