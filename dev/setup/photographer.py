"""Click through the demo's story as its people would, and take the pictures; fails on any error of the web client."""

import sys
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

DESKTOP = {"width": 1360, "height": 800}
PHONE = {"width": 412, "height": 860}
CUSTOMER = "Sample LLC"
# Another who waits for the same receipt, and comes after.
BEHIND = "Maison"
VENDOR = "Benelux"
# What he orders next, as he writes it.
PAD = (("birch plywood 12 mm", "40"), ("Ball valve 3/4", "50"), ("Basin mixer", "80"), ("Shingels", "12"))
# One was promised all that comes, the other one needs it sooner.
PROMISED, HURRIED = "Delta Dikes", "Harbour Works"


class Photographer:
    def __init__(self, browser, url, folder):
        self.browser = browser
        self.url = url
        self.folder = folder
        self.errors = []

    @contextmanager
    def session(self, login, size):
        """A browser window in which *login*, whose password is his login, has logged in."""
        page = self.browser.new_page(viewport=size)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{self.url}/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.click("button[type=submit]")
        if login == "customer":
            page.wait_for_url("**/my")
        else:
            page.wait_for_selector(".o_main_navbar")
            self._close_welcome(page)
        yield page
        page.close()

    @staticmethod
    def _close_welcome(page):
        """Odoo greets a new user in a chat window, which would cover the screens."""
        page.wait_for_timeout(2000)
        close = page.locator(".o-mail-ChatWindow-header [title='Close Chat Window'], .o-mail-ChatWindow [name=close]")
        if close.count():
            close.first.click()

    def open(self, page, path, ready):
        page.goto(f"{self.url}/odoo/{path}")
        page.wait_for_selector(ready)

    def take(self, page, name):
        page.mouse.move(0, 0)
        page.wait_for_timeout(1000)  # pictures of people and icons load last
        page.screenshot(path=str(self.folder / f"{name}.png"))
        print(f"{name}.png")

    # ---- the story -----------------------------------------------------------

    def salesperson_looks(self):
        with self.session("salesperson", DESKTOP) as page:
            self.open(page, "orders", ".o_data_row.text-danger")
            self.take(page, "orders")
            page.click(f".o_data_row:has-text('{CUSTOMER}') td[name=name]")
            page.wait_for_selector(".o_stock_availability")
            self.take(page, "order")

    def picker_ships(self):
        with self.session("picker", DESKTOP) as page:
            self._open_delivery(page)
            self.take(page, "delivery")
            self._validate(page)
            self._wait_for_state(page, "Partially shipped")
            page.click("button[name=action_view_chain]")
            page.click(".o_data_row:has-text('-R1') td[name=name]")
            self._wait_for_state(page, "Waiting")
            self.take(page, "backorder")

    def customer_looks(self):
        """He has his page open while the picker works on: it changes by itself."""
        with self.session("customer", DESKTOP) as page:
            page.click("a:has-text('Backorders on their way')")
            page.click("a:has-text('-R1')")
            page.wait_for_selector("#choose_keep")
            page.click(".o_gse_delivery a:has-text('/OUT/')")
            page.wait_for_selector("[name=summary]:has-text('540 of 850')")
            self.take(page, "portal")
        with self.session("customer", PHONE) as page:
            page.goto(f"{self.url}/my/deliveries?filterby=open")
            page.click("a:has-text('-R1')")
            page.wait_for_selector("#choose_keep")
            self.take(page, "portal_phone")

    def customer_orders(self):
        """He types what he needs, and sees of each line when it ships; what cannot be taken says why."""
        with self.session("customer", DESKTOP) as page:
            page.goto(f"{self.url}/my/order")
            page.wait_for_selector(".o_gse_pad")
            for number, (text, quantity) in enumerate(PAD, start=1):
                page.fill("#new_text", text)
                page.fill("#new_quantity", quantity)
                page.press("#new_quantity", "Enter")
                page.wait_for_selector(f".o_gse_pad tbody tr >> nth={number - 1}")
            page.evaluate("window.scrollTo(0, 0)")
            self.take(page, "order_pad")

    def picker_asks_why(self):
        with self.session("picker", DESKTOP) as page:
            self._open_delivery(page, "Partly ready", customer=BEHIND)
            page.click(".o_widget_gse_move_quantities button >> nth=0")
            page.wait_for_selector(f".o_popover [name=queue]:has-text('{CUSTOMER}')")
            self.take(page, "quantities")
            page.click(".o_popover button[name=explain]")
            page.wait_for_selector(f".modal li:has-text('{CUSTOMER}')")
            self.take(page, "why")

    def warehouse_asks_what_if(self):
        """The vendor calls: his receipt will be a week late."""
        with self.session("picker", DESKTOP) as page:
            self.open(page, "receipts", ".o_list_view")
            page.click(f".o_data_row:has-text('{VENDOR}') td[name=name]")
            page.click(".nav-link[name=backorders_served]")
            page.click("button[name=action_what_if]:visible")
            page.click("button[name=action_simulate]")
            page.wait_for_selector(f".o_field_widget[name=line_ids] .o_data_row:has-text('{CUSTOMER}')")
            self.take(page, "what_if")

    def administrator_decides(self):
        """Another was promised all that comes: who needs it sooner gets it, if somebody decides so; or has the star."""
        with self.session("admin", DESKTOP) as page:
            self.open(page, "orders", ".o_list_view")
            page.click(f".o_data_row:has-text('{HURRIED}') td[name=name]")
            page.click("button[name=action_view_delivery]")
            page.click("button[name=action_get_it]:visible")
            page.wait_for_selector(f".modal .o_data_row:has-text('{PROMISED}')")
            self.take(page, "take_back")
            page.click(".modal button[special=cancel]")
            page.click(".o_form_view .o_field_widget[name=priority] a.o_priority_star")
            page.wait_for_selector(f".modal:has-text('{PROMISED}')")
            self.take(page, "star")
            page.click(".modal .btn-secondary")

    def picker_receives(self):
        with self.session("picker", DESKTOP) as page:
            self.open(page, "receipts", ".o_list_view")
            page.click(".o_data_row:has-text('Benelux') td[name=name]")
            page.wait_for_selector(".o_form_view")
            self._validate(page)
            page.wait_for_selector(".o_arrow_button_current:has-text('Done')")
            page.wait_for_selector(".o_notification:has-text('ready')")
            self.take(page, "arrival")

    def picker_closes(self):
        with self.session("picker", DESKTOP) as page:
            self._open_delivery(page, "-R1")
            self._wait_for_state(page, "Ready")
            self.take(page, "backorder_ready")
            self._validate(page)
            self._wait_for_state(page, "Fulfilled")
            page.click("button[name=action_view_chain]")
            page.wait_for_selector(".o_data_row:has-text('-R1')")
            self.take(page, "chain")

    def warehouse_looks(self):
        """All that can ship and all that waits, and how it is going."""
        with self.session("picker", DESKTOP) as page:
            self.open(page, "backorders", ".o_data_row")
            self.take(page, "workbench")
            self.open(page, "backorder-health", ".o_gse_tile")
            self.take(page, "health")

    def administrator_checks(self):
        """He looks whether what is stored is what it must be: an import has written past Odoo."""
        with self.session("admin", DESKTOP) as page:
            self.open(page, "action-gse_backorder.action_stock_backorder_check", ".o_list_view")
            page.click("button[name=action_check]")
            page.wait_for_selector(".o_data_row button[name=action_repair]")
            self.take(page, "check")

    def purchaser_orders(self):
        """He orders all that is needed, and sees whom the request would serve."""
        with self.session("purchaser", DESKTOP) as page:
            self.open(page, "action-gse_backorder.action_stock_supply_need", ".o_data_row")
            self.take(page, "needs")
            page.click("thead .o_list_record_selector input")
            page.click("button[name=action_order]")
            page.click(".modal button[name=action_order]:visible")
            page.click(f".o_data_row:has-text('{VENDOR}') td[name=name]")
            page.click("a[name=backorders_served]")
            self.take(page, "purchase")

    def picker_on_the_phone(self):
        with self.session("picker", PHONE) as page:
            self._open_delivery(page)
            self.take(page, "phone")

    @staticmethod
    def _validate(page):
        page.click("button[name=button_validate]:visible")

    @staticmethod
    def _wait_for_state(page, words):
        page.wait_for_selector(f".o_field_widget[name=fulfillment_state]:has-text('{words}')")

    def _open_delivery(self, page, suffix="", customer=CUSTOMER):
        self.open(page, "deliveries", ".o_list_view, .o_kanban_view")
        row = f".o_data_row:has-text('{customer}'):has-text('{suffix}') td[name=name]"
        card = f".o_kanban_record:has-text('{customer}'):has-text('{suffix}')"
        page.click(f"{row}, {card}")
        page.wait_for_selector(".o_stock_availability")


def main(url, browser_program, folder):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program, args=["--no-sandbox", "--disable-gpu"])
        photographer = Photographer(browser, url, Path(folder))
        photographer.salesperson_looks()
        photographer.picker_on_the_phone()
        photographer.warehouse_looks()
        photographer.picker_ships()
        photographer.customer_looks()
        photographer.customer_orders()
        photographer.picker_asks_why()
        photographer.warehouse_asks_what_if()
        photographer.administrator_decides()
        photographer.picker_receives()
        photographer.picker_closes()
        photographer.purchaser_orders()
        photographer.administrator_checks()
        browser.close()
    if photographer.errors:
        sys.exit("The web client reported errors:\n" + "\n".join(photographer.errors))


if __name__ == "__main__":
    main(*sys.argv[1:])
