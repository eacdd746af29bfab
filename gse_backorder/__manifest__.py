{
    "name": "Backorders: numbered, visible, never forgotten",
    "summary": "What is there ships, the rest becomes WH/OUT/00389-R1 by itself, every line shows its stock status",
    "version": "19.0.1.2.0",
    "category": "Supply Chain/Inventory",
    "author": "GSE",
    "license": "LGPL-3",
    "depends": ["sale_stock", "purchase_stock"],
    "data": [
        "security/ir.model.access.csv",
        "security/stock_backorder_allocation_security.xml",
        "security/stock_picking_security.xml",
        "report/stock_report_views.xml",
        "views/stock_allocation_templates.xml",
        "views/stock_backorder_allocation_views.xml",
        "views/stock_warehouse_views.xml",
        "views/stock_picking_type_views.xml",
        "views/stock_picking_views.xml",
        "views/stock_move_views.xml",
        "views/sale_order_views.xml",
        "views/res_config_settings_views.xml",
        "views/portal_templates.xml",
    ],
    "demo": [
        "demo/res_users_demo.xml",
        "demo/backorder_story_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "gse_backorder/static/src/stock_availability/**/*",
        ],
        "web.assets_frontend": [
            "gse_backorder/static/src/interactions/**/*",
        ],
        "web.assets_tests": [
            "gse_backorder/static/tests/tours/**/*",
        ],
    },
    "images": ["static/description/banner.png"],
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
