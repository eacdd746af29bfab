from . import test_agreed_date
from . import test_close_short
from . import test_decide_tour
from . import test_hold
