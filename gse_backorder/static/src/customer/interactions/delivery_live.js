import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const EVENT = "gse_backorder.changed";
// Changes come in bursts, and every page that waits for a product hears of them at once: not all ask at once.
const PAUSE = 200;
const SPREAD = 400;
// For visitors whose network lets no websocket through.
const POLL = 60 * 1000;

/** What a link or a button is known by when the page is read anew. */
function getKey(element) {
    return element.id || element.dataset.bsTarget || element.getAttribute("href");
}

/**
 * Keeps a page of deliveries up to date: when the server says that something has changed, the page is read anew and its
 * part that lives is exchanged. What changed is said to screen readers.
 */
export class DeliveryLive extends Interaction {
    static selector = ".o_gse_live_page";

    start() {
        const bus = this.services.bus_service;
        const channels = JSON.parse(this.el.dataset.channels);
        const refresh = this.debounced(this.refresh, PAUSE + Math.random() * SPREAD);
        const connected = () => (this.isConnected = true);
        const disconnected = () => (this.isConnected = false);
        const reconnected = () => (connected(), refresh()); // who knows what was missed
        const events = { CONNECT: connected, DISCONNECT: disconnected, RECONNECT: reconnected };
        const poll = setInterval(() => this.isConnected || this.refresh(), POLL);
        channels.forEach((channel) => bus.addChannel(channel));
        bus.subscribe(EVENT, refresh);
        Object.keys(events).forEach((name) => bus.addEventListener(`BUS:${name}`, events[name]));
        bus.start();
        // What has changed meanwhile is shown to who comes back.
        this.addListener(document, "visibilitychange", () => this.isStale && this.refresh());
        this.addListener(this.el, "hidden.bs.modal", () => this.isStale && this.refresh());
        this.registerCleanup(() => {
            clearInterval(poll);
            bus.unsubscribe(EVENT, refresh);
            Object.keys(events).forEach((name) => bus.removeEventListener(`BUS:${name}`, events[name]));
            channels.forEach((channel) => bus.deleteChannel(channel));
        });
    }

    /** Nobody's dialog is taken away while he reads it, and what nobody sees is not read anew. */
    get isBusy() {
        return document.hidden || this.el.querySelector(".modal.show");
    }

    async refresh() {
        this.isStale = true;
        if (this.isBusy) {
            return;
        }
        // What a choice has led to is for the page that comes, not for this one.
        const headers = { "X-Requested-With": "XMLHttpRequest" };
        const answer = await this.waitFor(fetch(window.location.href, { credentials: "same-origin", headers }));
        if (!answer.ok || answer.redirected) {
            return;
        }
        const text = await this.waitFor(answer.text());
        if (this.isBusy) {
            return;
        }
        this.isStale = false;
        const page = new DOMParser().parseFromString(text, "text/html");
        const fresh = page.querySelector(".o_gse_live");
        const shown = this.el.querySelector(".o_gse_live");
        if (fresh && fresh.textContent !== shown.textContent) {
            this.exchange(shown, fresh);
        }
    }

    exchange(shown, fresh) {
        const focused = shown.contains(document.activeElement) && getKey(document.activeElement);
        this.services["public.interactions"].stopInteractions(shown);
        shown.replaceChildren(...fresh.childNodes);
        this.services["public.interactions"].startInteractions(shown);
        if (focused) {
            // On a screen of another size the same stands elsewhere.
            const same = [...shown.querySelectorAll("a, button")].filter((element) => getKey(element) === focused);
            same.find((element) => element.checkVisibility())?.focus();
        }
        this.el.querySelector(".o_gse_live_status").textContent =
            shown.querySelector("[data-announce]")?.textContent.replace(/\s+/g, " ").trim() || "";
    }
}

registry.category("public.interactions").add("gse_backorder.delivery_live", DeliveryLive);
