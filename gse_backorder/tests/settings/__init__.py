from . import test_bad_input
from . import test_check
from . import test_settings
