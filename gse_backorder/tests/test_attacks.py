import json

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..controllers.order_pad import PAD_URL
from ..controllers.portal import LIST_URL
from .attack_methods import MethodAttacks
from .attack_pads import PadAttacks
from .attack_pages import PageAttacks
from .chance import draw_from, slow

# Kinds of hole that portals and business software really had: how each is attacked, and the check that is taken out
# to see that the attack would find out.
KINDS = {
    "portal parameters trusted": ("_try_parameters", "_hole_parameters"),
    "yes/no oracle": ("_try_oracle", "_hole_oracle"),
    "report engine": ("_try_reports", "_hole_reports"),
    "attachments": ("_try_attachments", "_hole_attachments"),
    "wizard records": ("_try_wizards", "_hole_wizards"),
    "methods by RPC": ("_try_methods", "_hole_methods"),
    "followers": ("_try_followers", "_hole_followers"),
    "channels": ("_try_channels", "_hole_channels"),
    "crafted link": ("_try_crafted_links", "_hole_crafted_links"),
    "other's object in own request": ("_try_mixed_requests", "_hole_mixed_requests"),
    "deactivated account": ("_try_leavers", "_hole_leavers"),
    "secret field readable": ("_try_secret_fields", "_hole_secret_fields"),
    "mail gateway": ("_try_mails", "_hole_mails"),
    "demo data": ("_try_demo_logins", "_hole_demo_logins"),
    "reflected XSS": ("_try_markup", "_hole_markup"),
    "wizard with elevated rights": ("_try_elevation", "_hole_elevation"),
    "sudo in a feature": ("_try_sudo", "_hole_sudo"),
    "ids and carts": ("_try_tokens", "_hole_tokens"),
    "another's order pad": ("_try_pads", "_hole_pads"),
    "what may be ordered": ("_try_catalogue", "_hole_catalogue"),
    "ordered as it was shown": ("_try_unseen", "_hole_unseen"),
}
FEW, MANY = 100, 1_000
# A hole that so many attempts do not find would not be found by chance.
ENOUGH = 400


@tagged("post_install", "-at_install")
class TestAttacks(PageAttacks, MethodAttacks, PadAttacks):
    """Nobody is told what is not his, and nothing follows from what is not his to do: by page and by RPC."""

    def test_secrets_are_there(self):
        """Scenario: those who may know ask as the attackers do. Expected: they are told each secret, somewhere."""
        ids, goods = self.remainder.ids, self.beam | self.nail
        told = [
            self._ask("victim", self._path_of(self.remainder)).text,
            self._ask("guest", self._path_of(self.root), params={"access_token": self.root.sudo().access_token}).text,
            self._ask("victim", LIST_URL).text,
            self._ask("picker", f"/web/content/{self.attachment.id}").text,
            self._ask_json("victim", "/mail/chatter_fetch", thread_model="stock.picking", thread_id=ids[0]),
            self._ask_json("picker", "/mail/thread/messages", thread_model="stock.picking", thread_id=ids[0]),
            self._rpc("picker", "stock.picking", "read", ids, ["note", "customer_id"]),
            self._rpc("victim", "stock.picking", "get_portal_url", self.given.ids),
            self._rpc("victim", "sale.order", "get_portal_url", self.order.ids),
            self._rpc("victim", "sale.order", "read", self.order.ids, ["client_order_ref"]),
            self._rpc("victim", "sale.order.line", "read", self.order.order_line.ids, ["price_unit"]),
            self._ask("victim", PAD_URL).text,
            self._rpc("clerk", "product.product", "read", goods.ids, ["default_code", "standard_price"]),
            self._rpc("purchaser", "stock.supply.order.line", "read", self.wizard.line_ids.ids, ["qty_needed"]),
            self._rpc("elsewhere", "stock.picking", "read", self.elsewhere.ids, ["name", "origin", "note"]),
        ]
        text = json.dumps(told, default=str).replace("\\", "")
        # With a comma it is the same number, as a page writes it.
        self.assertFalse([secret.text for secret in self.secrets if secret.text not in text and "," not in secret.text])

    def _attack_all(self, number):
        for kind, (attempt, _hole) in KINDS.items():
            with self.subTest(kind), self._taken_back(), mute_logger("odoo"):
                leaks = self._attack(getattr(self, attempt), draw_from(kind), number)
                found = "\n".join(leaks[:5])
                self.assertFalse(leaks, f"{len(leaks)} in {number} attempts:\n{found}")

    def test_attacks(self):
        """Scenario: about 100 attempts of each kind. Expected: no secret told, nothing changed, no crash."""
        self._attack_all(FEW)

    @slow
    def test_many_attacks(self):
        """Scenario: ten times as many. Expected: the same."""
        self._attack_all(MANY)

    def test_planted_holes(self):
        """Scenario: one check after the other is taken out. Expected: the attacks of its kind find out."""
        for kind, (attempt, hole) in KINDS.items():
            with self.subTest(kind), self._taken_back(), mute_logger("odoo"), getattr(self, hole)():
                self.env.invalidate_all()
                leaks = self._attack(getattr(self, attempt), draw_from(kind), ENOUGH, stop=True)
                self.assertTrue(leaks, f"The hole of {kind!r} is found.")
                self.assertFalse([leak for leak in leaks if leak.startswith("crash")], "It is found by what leaks.")
