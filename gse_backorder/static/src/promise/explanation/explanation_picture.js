import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

// Of those who are not asked for: what is read is the line's own share.
const GREYS = ["#6C757D", "#8F979E", "#ADB5BD", "#CED4DA", "#E3E6EA"];

/** What is in stock now and what comes, a bar a day, and who gets how much: the line's own share in colour. */
export class ExplanationPicture extends Component {
    static template = "gse_backorder.ExplanationPicture";
    static props = { ...standardFieldProps };

    setup() {
        this.canvas = useRef("canvas");
        this.format = (quantity) => formatFloat(quantity, { trailingZeros: false });
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            (picture) => {
                const chart = picture && this.draw(picture);
                return () => chart?.destroy();
            },
            () => [this.picture],
        );
    }

    get picture() {
        return this.props.record.data[this.props.name];
    }

    get title() {
        return _t("Stock now and what comes, and who gets it, in %s", this.picture.unit);
    }

    /** Each name in the legend may need a line of its own. */
    get style() {
        return `height: ${210 + 22 * this.picture.takers.length}px`;
    }

    draw({ bars, takers }) {
        const own = getColor(0, cookie.get("color_scheme"), "odoo");
        const greys = [...GREYS];
        const paint = (taker) => (taker.is_own ? own : taker.is_free ? "transparent" : greys.shift() || GREYS.at(-1));
        return new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: bars,
                datasets: takers.map((taker) => ({
                    label: taker.name,
                    data: taker.quantities,
                    backgroundColor: paint(taker),
                    borderColor: taker.is_own ? own : GREYS[0],
                    borderWidth: 1,
                    maxBarThickness: 60,
                })),
            },
            options: {
                maintainAspectRatio: false,
                plugins: { legend: { position: "bottom", labels: { boxWidth: 12 } } },
                scales: { x: { stacked: true }, y: { stacked: true, beginAtZero: true } },
            },
        });
    }
}

registry.category("fields").add("gse_explanation_picture", {
    component: ExplanationPicture,
    displayName: _t("Who gets what, as a picture"),
    supportedTypes: ["json"],
});
