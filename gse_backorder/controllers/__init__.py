from . import portal
from . import portal_lines
from . import thread
from . import order_pad
