from . import res_config_settings
from . import stock_backorder_check
from . import stock_backorder_check_chain
from . import stock_backorder_check_stock
