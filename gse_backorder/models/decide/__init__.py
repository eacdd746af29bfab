from . import stock_move
from . import stock_what_if
from . import stock_what_if_change
from . import stock_what_if_deed
from . import stock_what_if_line
from . import stock_picking
from . import purchase_order
from . import stock_warehouse
