from . import stock_backorder_report
from . import stock_backorder_health
