from . import test_allocation_log
from . import test_allocation_property
from . import test_any_door
from . import test_changed_unit
from . import test_losers
from . import test_reservation_run
from . import test_restock
from . import test_told_apart
