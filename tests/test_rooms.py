"""The check of the house finds what it is there for: arrows that point up, and what is too long."""

import pytest
from setup.paths import ADDON
from setup.rooms import MOST_LINES, MOST_METHOD_LINES, find_long_ones, find_upward_arrows

# A house in which the customer's room adds a field, a method and a model, and nobody below names them.
HOUSE = {
    "chain/stock_picking.py": """
class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _after_done(self):
        \"\"\"What follows, higher rooms add, such as _notice_done.\"\"\"
""",
    "engine/stock_ranking.py": """
class StockRanking(models.AbstractModel):
    _name = "stock.ranking"

    def _get_positions(self):
        return {}
""",
    "engine/stock_pegging.py": """
class StockPegging(models.AbstractModel):
    _name = "stock.pegging"

    def _get_links(self):
        return self.env["stock.ranking"]._get_positions()
""",
    "customer/stock_picking.py": """
class StockPicking(models.Model):
    _inherit = "stock.picking"

    told_promise_date = fields.Datetime()

    def _after_done(self):
        super()._after_done()
        self._notice_done()

    def _notice_done(self):
        self.env["stock.customer.notice"].create({})
""",
    "customer/stock_customer_notice.py": """
class StockCustomerNotice(models.Model):
    _name = "stock.customer.notice"
""",
}
UPWARD = {
    "a call": ("chain", "        self._notice_done()"),
    "a field": ("chain", "        return self.told_promise_date"),
    "a dependency": ("chain", "        return 'move_ids.picking_id.told_promise_date'"),
    "SQL": ("allocation", "        return SQL('SELECT id FROM stock_picking WHERE told_promise_date IS NULL')"),
    "a model": ("promise", "        return self.env['stock.customer.notice']"),
    "an import": ("chain", "        from ..customer.stock_customer_notice import EVENTS"),
    "a room on the same floor": ("workbench", "        self._notice_done()"),
    "ranking asks pegging": ("engine/stock_ranking", "        self._get_links()"),
}


@pytest.fixture
def build(tmp_path):
    def build(extra=()):
        for name, text in {**HOUSE, **dict(extra)}.items():
            path = tmp_path / "models" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return build


def test_a_house_in_order(build):
    """Scenario: hooks that a higher room extends, and words of it in a docstring. Expected: no arrow points up."""
    assert find_upward_arrows(build() / "models") == []


@pytest.mark.parametrize("kind", UPWARD)
def test_an_arrow_that_points_up(build, kind):
    """Scenario: a lower room, or one on the same floor, names what the customer's adds. Expected: it is found, once."""
    place, line = UPWARD[kind]
    name = f"{place}.py" if "/" in place else f"{place}/planted.py"
    house = build({name: f"class Planted(models.AbstractModel):\n    def _plant(self):\n{line}\n"})
    [arrow] = find_upward_arrows(house / "models")
    assert f"{name}:3: {place} names" in arrow


def test_what_odoo_has_is_no_rooms(build):
    """Scenario: a room extends a method of Odoo's, which a lower one calls. Expected: that is no arrow."""
    house = build(
        {"chain/planted.py": "class Planted(models.Model):\n    def _plant(self):\n        self._notice_done()\n"}
    )
    assert find_upward_arrows(house / "models", {"_notice_done"}) == []


def test_what_is_too_long(build):
    """Scenario: a file and a method at the bound, and one line above it. Expected: only the latter are found."""
    long_method = "def read():\n" + "    pass\n" * MOST_METHOD_LINES
    addon = build({"chain/file.py": "x = 1\n" * MOST_LINES, "chain/method.py": long_method.removesuffix("    pass\n")})
    assert find_long_ones(addon) == []
    build({"chain/file.py": "x = 1\n" * (MOST_LINES + 1), "chain/method.py": long_method})
    assert [fault.split(" has ")[-1].split(": ")[-1] for fault in find_long_ones(addon)] == [
        f"{MOST_LINES + 1} lines, more than {MOST_LINES}",
        f"{MOST_METHOD_LINES + 1} lines, more than {MOST_METHOD_LINES}",
    ]


def test_each_test_is_imported():
    """Odoo's own runner finds what the packages of tests import, and nothing else."""
    top = ADDON / "tests"
    for file in top.rglob("test_*.py"):
        room = file.parent.relative_to(top)
        package = ".".join(("", *room.parts)) if room.parts else "."
        assert f"from {package} import {file.stem}\n" in (top / "__init__.py").read_text(), file
