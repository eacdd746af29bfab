from . import test_order_screens
from . import test_promise
from . import test_promise_simulation
from . import test_promised_day
from . import test_quantities_popover
from . import test_quantities_property
from . import test_sale_order
from . import test_spoken_for
