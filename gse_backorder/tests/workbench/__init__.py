from . import figures_common
from . import test_arrival_notice
from . import test_effects
from . import test_figures
from . import test_filling
from . import test_outcome
from . import test_workbench
