from . import base_partner_merge
from . import stock_supply_order
from . import stock_supply_order_line
