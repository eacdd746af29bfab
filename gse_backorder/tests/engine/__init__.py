from . import test_availability
from . import test_availability_property
from . import test_judged_exactly
from . import test_overdue
from . import test_ranking
