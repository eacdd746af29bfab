from . import stock_backorder_report
