from . import stock_backorder_mark
from . import stock_backorder_figure
from . import stock_backorder_report
from . import stock_backorder_report_live
from . import stock_backorder_health
from . import vendor_delay_report
