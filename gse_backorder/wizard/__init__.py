from . import stock_supply_order
from . import stock_supply_order_line
