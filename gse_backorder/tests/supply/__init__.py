from . import supply_common
from . import test_supply_alerts
from . import test_supply_links
from . import test_supply_needs
from . import test_supply_order
from . import test_supply_order_facts
from . import test_supply_property
from . import test_supply_story
