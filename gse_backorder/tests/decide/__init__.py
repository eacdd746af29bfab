from . import test_take_back
from . import test_take_back_plan
from . import test_take_back_property
