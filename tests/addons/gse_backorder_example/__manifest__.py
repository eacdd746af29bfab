{
    "name": "Backorders: an example",
    "summary": "Adds one of each to Backorders: a policy, a supply, a notice, a choice, an effect of an arrival",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "author": "GSE",
    "license": "LGPL-3",
    "depends": ["gse_backorder"],
    "data": ["security/ir.model.access.csv", "views/templates.xml"],
}
