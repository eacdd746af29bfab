from . import test_take_back
from . import test_take_back_plan
from . import test_take_back_property
from . import test_urgent
from . import test_what_if
from . import test_what_if_property
from . import test_what_if_tour
