from . import base_partner_merge
from . import stock_completion_preview
from . import stock_completion_preview_line
from . import stock_supply_order
from . import stock_supply_order_line
