import logging

from freezegun import freeze_time
from hypothesis import given, settings

from odoo.tests import TransactionCase, tagged

from .chance import RANDOM_SEED, random_examples, slow
from .truth_common import TODAY, Trade, make_stories

_logger = logging.getLogger(__name__)

# Within a minute; drawn anew it may take longer.
EXAMPLES = 40 if RANDOM_SEED else 9


@tagged("post_install", "-at_install")
class TestTruthProperty(TransactionCase):
    """Whatever people do, one after another: every figure and every sentence is true, and the same everywhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = cls.startClassPatcher(freeze_time(TODAY))
        cls.trade = Trade(cls.env)
        cls.taken = 0

    @classmethod
    def tearDownClass(cls):
        _logger.info("%s steps were taken, and all was true after each.", cls.taken)
        super().tearDownClass()

    @settings(random_examples, max_examples=EXAMPLES)
    @given(make_stories(3, 6))
    def test_everything_is_true(self, story):
        type(self).taken += self.trade.tell(self.clock, *story)

    @slow
    @settings(random_examples, max_examples=250)
    @given(make_stories(6, 14))
    def test_everything_stays_true(self, story):
        type(self).taken += self.trade.tell(self.clock, *story)
