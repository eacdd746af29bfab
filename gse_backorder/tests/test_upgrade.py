from pathlib import Path

from odoo.modules.migration import load_script
from odoo.tests import new_test_user, tagged
from odoo.tools import convert_file, file_path

from ..upgrade import (
    follow_renamed_anchor,
    forget_unedited_rules,
    name_shortage_companies,
    repair_chains,
)
from .common import BackorderCase

ADDON = "gse_backorder"


@tagged("post_install", "-at_install")
class TestUpgrade(BackorderCase):
    """What an upgrade leaves alone, and what it puts right."""

    def _load_rules(self):
        """Load the rules as an upgrade does."""
        folder = Path(__file__).parent.parent
        for path in sorted((folder / "security").glob("*.xml")):
            convert_file(self.env, ADDON, str(path.relative_to(folder)), {}, mode="update")

    def _get_rules(self):
        data = self.env["ir.model.data"].search([("module", "=", ADDON), ("model", "=", "ir.rule")])
        return data, self.env["ir.rule"].with_context(active_test=False).browse(data.mapped("res_id"))

    def test_edited_rules_stay(self):
        """Scenario: an administrator edits a rule, switches off another, then upgrades. Expected: as he left them."""
        data, rules = self._get_rules()
        self.assertTrue(data and all(data.mapped("noupdate")), "All of them are his.")
        rules[0].domain_force = "[('id', '!=', 7)]"
        rules[1].active = False
        self._load_rules()
        self.assertEqual(rules[0].domain_force, "[('id', '!=', 7)]")
        self.assertFalse(rules[1].active)

    def test_rules_of_older_databases(self):
        """Scenario: rules of a version that wrote them at each upgrade; one was edited. Expected: that one stays, the
        others are as this version has them; from now on all are left alone."""
        data, rules = self._get_rules()
        as_new = {entry.name: self.env["ir.rule"].browse(entry.res_id).domain_force for entry in data}
        data.noupdate = False
        administrator = new_test_user(self.env, "upgrade_admin", groups="base.group_system")
        edited = data[0]
        self.env["ir.rule"].browse(edited.res_id).with_user(administrator).domain_force = "[(1, '=', 1)]"
        (rules - rules.browse(edited.res_id)).domain_force = "[('id', '=', 0)]"  # as an older version had it
        self.env.flush_all()
        forget_unedited_rules(self.env.cr)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self._load_rules()
        data, rules = self._get_rules()
        self.assertTrue(all(data.mapped("noupdate")))
        self.assertEqual(
            {entry.name: self.env["ir.rule"].browse(entry.res_id).domain_force for entry in data},
            {**as_new, edited.name: "[(1, '=', 1)]"},
        )

    def _break_chains(self):
        """Write what the constraints forbid, as older versions let anybody do."""
        self.env.flush_all()
        for name in ("backorder_root_is_another", "backorder_index_in_chain"):
            self.env.cr.execute(f"ALTER TABLE stock_picking DROP CONSTRAINT stock_picking_{name}")

    def _link(self, picking, root, index):
        self.env.cr.execute(
            "UPDATE stock_picking SET backorder_root_id = %s, backorder_index = %s WHERE id = %s",
            (root and root.id, index, picking.id),
        )

    def test_chains(self):
        """Scenario: an original that is its own, a circle, a chain of chains, numbers without an original, two
        companies; and a sound one. Expected: all as the constraints demand, the sound one as it was."""
        product = self._create_product("Beam", stock=100)
        root = self._create_delivery((product, 10))
        sound = self._ship(root, 4)
        own, low, high, hanging, numbered, nameless, foreign = (
            self._create_delivery((product, 1), confirm=False) for _number in range(7)
        )
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._create_delivery_of(other, product, 1)
        self._break_chains()
        self._link(own, own, 1)
        self._link(low, high, 1)
        self._link(high, low, 1)
        self._link(hanging, sound, 1)
        self._link(numbered, None, 5)
        self._link(nameless, root, 0)
        self._link(foreign, stranger, 1)
        repair_chains(self.env.cr)
        self.env.invalidate_all()

        def get(picking):
            return picking.backorder_root_id, picking.backorder_index

        none = self.env["stock.picking"]
        self.assertEqual(get(sound), (root, 1), "It was right.")
        for picking in (root, own, low, numbered, foreign):
            self.assertEqual(get(picking), (none, 0), picking.id)
        self.assertEqual(get(high), (low, 1), "The eldest of a circle is the original.")
        self.assertEqual({get(hanging), get(nameless)}, {(root, 2), (root, 3)})
        self.assertEqual(root.backorder_last_index, 3, "The next is 4.")
        (root | sound | own | low | high | hanging | numbered | nameless | foreign)._check_chain()

    def test_companies_of_shortages(self):
        """Scenario: activities on shortages of before. Expected: they know the company of whom they are."""
        product = self._create_product("Beam")
        activity = product.activity_schedule(f"{ADDON}.mail_activity_type_shortage", user_id=self.picker.id)
        todo = product.activity_schedule("mail.mail_activity_data_todo", user_id=self.picker.id)
        self.env.flush_all()
        name_shortage_companies(self.env.cr)
        self.env.invalidate_all()
        self.assertEqual(
            (activity.shortage_company_id, todo.shortage_company_id), (self.company, self.company.browse())
        )

    def test_form_of_an_older_database(self):
        """Scenario: the extension of the form is as older versions had it. Expected: it fits to the form again."""
        view = self.env.ref(f"{ADDON}.view_picking_supply_form")
        arch = view.arch_db
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_ui_view SET arch_db = replace(arch_db::text, 'first_promise_day', 'first_promise_date')::jsonb"
            " WHERE id = %s",
            (view.id,),
        )
        follow_renamed_anchor(self.env.cr)
        view.invalidate_recordset()
        self.assertEqual(view.arch_db, arch)

    def test_mails_of_an_older_database(self):
        """Scenario: mails of a version that said other things, one edited. Expected: that one stays, others are new."""
        shipped, ready, arrival = (
            self.env.ref(f"{ADDON}.mail_template_{name}").sudo()
            for name in ("delivery_shipped", "backorder_ready", "arrival")
        )
        as_new = {template: (template.subject, template.body_html) for template in (shipped, arrival)}
        self.env["res.lang"]._activate_lang("fr_FR")
        (shipped | ready | arrival).write({"subject": "As it was", "body_html": "<p>As it was</p>"})
        shipped.with_context(lang="fr_FR").subject = "Comme avant"
        groups = "base.group_system,stock.group_stock_manager"
        administrator = new_test_user(self.env, "upgrade_admin", groups=groups)
        ready.with_user(administrator).subject = "As we say it"
        load_script(file_path(f"{ADDON}/migrations/19.0.1.16.0/post-migration.py"), "post-migration").migrate(
            self.env.cr, "19.0.1.15.0"
        )
        self.env.invalidate_all()
        self.assertEqual({template: (template.subject, template.body_html) for template in as_new}, as_new)
        self.assertEqual(shipped.with_context(lang="fr_FR").subject, shipped.subject, "Until it is translated anew.")
        self.assertEqual((ready.subject, ready.body_html), ("As we say it", "<p>As it was</p>"))
