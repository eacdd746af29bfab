import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const EVENT = "gse_backorder.changed";
// Changes come in bursts, and every page that waits for a product hears of them at once.
const PAUSE = 300;
// For visitors whose network lets no websocket through.
const POLL = 60 * 1000;

/**
 * Keeps a page of deliveries up to date: when the server says that something has changed, the page is read anew and its
 * part that lives is exchanged. What changed is said to screen readers.
 */
export class DeliveryLive extends Interaction {
    static selector = ".o_gse_live_page";

    start() {
        const bus = this.services.bus_service;
        const channels = JSON.parse(this.el.dataset.channels);
        const refresh = this.debounced(this.refresh, PAUSE);
        channels.forEach((channel) => bus.addChannel(channel));
        bus.subscribe(EVENT, refresh);
        bus.addEventListener("BUS:RECONNECT", refresh); // who knows what was missed
        bus.start();
        const poll = setInterval(() => this.refresh(), POLL);
        this.registerCleanup(() => {
            clearInterval(poll);
            bus.unsubscribe(EVENT, refresh);
            bus.removeEventListener("BUS:RECONNECT", refresh);
            channels.forEach((channel) => bus.deleteChannel(channel));
        });
    }

    async refresh() {
        // Nobody's dialog is taken away while he reads it.
        if (document.hidden || this.el.querySelector(".modal.show")) {
            this.waitForTimeout(() => this.refresh(), 1000);
            return;
        }
        const answer = await this.waitFor(fetch(window.location.href, { credentials: "same-origin" }));
        if (!answer.ok || answer.redirected) {
            return;
        }
        const text = await this.waitFor(answer.text());
        const page = new DOMParser().parseFromString(text, "text/html");
        const fresh = page.querySelector(".o_gse_live");
        const shown = this.el.querySelector(".o_gse_live");
        if (fresh && fresh.textContent !== shown.textContent) {
            this.exchange(shown, fresh);
        }
    }

    exchange(shown, fresh) {
        const focused = shown.contains(document.activeElement) && document.activeElement.id;
        this.services["public.interactions"].stopInteractions(shown);
        shown.replaceChildren(...fresh.childNodes);
        this.services["public.interactions"].startInteractions(shown);
        if (focused) {
            document.getElementById(focused)?.focus();
        }
        this.el.querySelector(".o_gse_live_status").textContent =
            shown.querySelector("[data-announce]")?.textContent.replace(/\s+/g, " ").trim() || "";
    }
}

registry.category("public.interactions").add("gse_backorder.delivery_live", DeliveryLive);
