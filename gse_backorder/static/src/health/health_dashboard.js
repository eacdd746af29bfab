import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { getColor } from "@web/core/colors/colors";
import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** A chart of Chart.js, whose bars open what they stand for. */
export class HealthChart extends Component {
    static template = "gse_backorder.HealthChart";
    static props = { title: String, type: String, rows: Array, value: Function, series: String, open: Function, horizontal: { type: Boolean, optional: true } };

    setup() {
        this.canvas = useRef("canvas");
        useEffect(
            () => {
                const chart = this.draw();
                return () => chart.destroy();
            },
            () => [this.props.rows],
        );
    }

    draw() {
        const color = getColor(1, cookie.get("color_scheme"), "odoo");
        return new Chart(this.canvas.el, {
            type: this.props.type,
            data: {
                labels: this.props.rows.map((row) => row.label),
                datasets: [
                    {
                        label: this.props.series,
                        data: this.props.rows.map(this.props.value),
                        backgroundColor: color,
                        borderColor: color,
                    },
                ],
            },
            options: {
                indexAxis: this.props.horizontal ? "y" : "x",
                maintainAspectRatio: false,
                plugins: { legend: { display: false } },
                scales: { [this.props.horizontal ? "x" : "y"]: { beginAtZero: true } },
                onClick: (event, elements) => elements.length && this.props.open(this.props.rows[elements[0].index]),
            },
        });
    }
}

/** How backorders are: totals, ages, rates and trends; each figure opens the rows that it is made of. */
export class HealthDashboard extends Component {
    static template = "gse_backorder.HealthDashboard";
    static components = { Layout, HealthChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.latest = new KeepLast(); // of two quick choices the second counts
        this.display = { controlPanel: {} };
        this.state = useState({ health: null, days: null, warehouseId: false });
        this.count = (row) => row.lines;
        this.value = (row) => row.value;
        this.share = (row) => row.first_fill;
        this.rate = (row) => row.rate;
        this.openRow = (row) => this.open(row.label, row.domain);
        this.openVendor = (row) => this.open(row.label, row.domain, "vendor.delay.report");
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load()]));
    }

    async load() {
        const { days, warehouseId } = this.state;
        const health = await this.latest.add(
            this.orm.call("stock.backorder.health", "get_health", [days, warehouseId || null]),
        );
        health.weeks.forEach((week) => (week.label = week.week));
        this.state.days = health.days;
        this.state.health = health;
    }

    async setPeriod(event) {
        this.state.days = parseInt(event.target.value);
        await this.load();
    }

    async setWarehouse(event) {
        this.state.warehouseId = parseInt(event.target.value) || false;
        await this.load();
    }

    get tiles() {
        const { open, rates, definitions } = this.state.health;
        const percent = (value) => (value === null ? "–" : `${formatFloat(value, { digits: [16, 0] })} %`);
        const days = (value) => (value === null ? "–" : formatFloat(value, { digits: [16, 1] }));
        return [
            { label: _t("Open lines"), value: open.lines, domain: open.domain },
            { label: _t("Open deliveries"), value: open.orders, domain: open.domain },
            { label: _t("Customers waiting"), value: open.customers, domain: open.domain },
            { label: _t("Open value"), value: formatMonetary(open.value, { currencyId: this.state.health.currency_id }), domain: open.domain },
            { label: _t("First-time line fill rate"), value: percent(rates.first_fill), domain: rates.shipped_domain, help: definitions.first_fill_rate },
            { label: _t("First-time order fill rate"), value: percent(rates.order_fill), domain: rates.shipped_domain, help: definitions.order_fill_rate },
            { label: _t("On time in full, of the first promise"), value: percent(rates.on_time), domain: rates.closed_domain, help: definitions.on_time_rate },
            { label: _t("Days to fulfil, on average"), value: days(rates.days_average), domain: rates.closed_domain, help: definitions.days_to_fulfil },
            { label: _t("Days to fulfil, 9 of 10 lines"), value: days(rates.days_p90), domain: rates.closed_domain, help: definitions.days_to_fulfil },
        ];
    }

    open(name, domain, model = "stock.backorder.report") {
        const views = model === "stock.backorder.report" ? ["list", "pivot", "graph"] : ["graph", "pivot"];
        this.action.doAction({
            type: "ir.actions.act_window",
            name: String(name),
            res_model: model,
            views: views.map((view) => [false, view]),
            domain,
        });
    }
}

registry.category("actions").add("gse_backorder.health", HealthDashboard);
