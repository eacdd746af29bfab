import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const EVENT = "gse_backorder.changed";
// Changes come in bursts.
const PAUSE = 300;

// What leads to another page, or asks for a second thought, is left to the browser.
const LEFT_ALONE = ["send", "clear"];

function getLive(text) {
    return new DOMParser().parseFromString(text, "text/html").querySelector(".o_gse_pad_live");
}

/** What a field held when the server gave it. */
function getGiven(field) {
    const options = [...(field.options || [])];
    return options.length ? (options.find((option) => option.defaultSelected) || options[0]).value : field.defaultValue;
}

function getLines(live) {
    return [...live.querySelectorAll("tr[data-row]")];
}

/** What a line says: its words, and what stands in its fields as the server has given it. */
function getWords(line) {
    const values = [...line.querySelectorAll("input")].map((field) => field.getAttribute("value"));
    return `${line.textContent.replace(/\s+/g, " ")} ${values.join(" ")}`;
}

function getRows(live) {
    return getLines(live).map(getWords).join("\n");
}

/**
 * Keeps the order pad up to date while its customer writes: what he changes is sent as the form would send it, and the
 * part of the page that lives is exchanged by what the server answers. What has become of it is said to screen readers.
 * Without a script the same form does the same.
 *
 * What changes meanwhile, the stock or the pad by another hand, is shown at once, and the lines are marked: nobody orders
 * by what he has not noticed.
 */
export class OrderPad extends Interaction {
    static selector = ".o_gse_pad";
    dynamicContent = { _root: { "t-on-submit": this.onSubmit, "t-on-change": this.onChange } };

    start() {
        const bus = this.services.bus_service;
        const refresh = this.debounced(this.refresh, PAUSE);
        this.channels = new Set();
        this.listen(this.el.querySelector(".o_gse_pad_live"));
        // By this it knows what it has written itself.
        this.page = Math.random().toString(36).slice(2);
        const hear = ({ page }) => page === this.page || refresh();
        bus.subscribe(EVENT, hear);
        bus.start();
        this.addListener(document, "visibilitychange", () => this.isStale && this.refresh());
        this.registerCleanup(() => {
            bus.unsubscribe(EVENT, hear);
            this.channels.forEach((channel) => bus.deleteChannel(channel));
        });
    }

    /** Hear of what stands on the pad now, and no more of what did. */
    listen(live) {
        const channels = new Set(JSON.parse(live.dataset.channels));
        const bus = this.services.bus_service;
        channels.forEach((channel) => this.channels.has(channel) || bus.addChannel(channel));
        this.channels.forEach((channel) => channels.has(channel) || bus.deleteChannel(channel));
        this.channels = channels;
    }

    /** While he saves, it waits until that is answered; who sends the pad is led to his order. */
    async refresh() {
        this.isStale = true;
        if (document.hidden || this.isSaving || this.isLeaving) {
            return;
        }
        this.isStale = false;
        const reading = Symbol("reading");
        this.reading = reading;
        let fresh;
        try {
            const answer = await this.waitFor(fetch(window.location.href, { credentials: "same-origin" }));
            if (!answer.ok || new URL(answer.url).pathname !== window.location.pathname) {
                window.location.reload(); // it has become an order, by another hand
                return;
            }
            fresh = getLive(await this.waitFor(answer.text()));
        } catch {
            this.isStale = true;
            return;
        }
        const shown = this.el.querySelector(".o_gse_pad_live");
        // What was read before something else was sent, or asked for, is older than what answers that.
        if (this.reading !== reading || this.isLeaving || !fresh || getRows(fresh) === getRows(shown)) {
            return;
        }
        const before = new Map(getLines(shown).map((line) => [line.dataset.row, getWords(line)]));
        this.exchange(fresh, new Map(this.fields.map((field) => [field.id, getGiven(field)])));
        const changed = getLines(shown).filter((line) => before.get(line.dataset.row) !== getWords(line));
        changed.forEach((line) => line.classList.add("table-info"));
        this.el.querySelector(".o_gse_pad_changed").classList.remove("d-none");
        this.el.querySelector(".o_gse_pad_status").textContent = this.el.querySelector(".o_gse_pad_changed").textContent;
    }

    get form() {
        return this.el.querySelector(".o_gse_pad_form");
    }

    get fields() {
        return [...this.el.querySelectorAll(".o_gse_pad_form :is(input, select, textarea)[id]")];
    }

    onSubmit(event) {
        const button = event.submitter;
        if (event.target !== this.form || (button?.name === "do" && LEFT_ALONE.includes(button.value))) {
            this.isLeaving = true;
            return;
        }
        event.preventDefault();
        const isNew = ["new_text", "new_quantity", "pad_add", "paste"].includes(document.activeElement?.id);
        this.save(button, isNew ? "new_text" : undefined);
    }

    onChange(event) {
        // A new line is complete when its customer says so, by Enter or the button.
        if (event.target.form === this.form && !event.target.name.startsWith("new_") && event.target.name !== "paste") {
            this.save();
        }
    }

    /** One request at a time: what is changed meanwhile is sent by the next. */
    async save(button, focus) {
        this.waiting = { button: button || this.waiting?.button, focus: focus || this.waiting?.focus };
        if (this.isSaving) {
            return;
        }
        this.isSaving = true;
        try {
            while (this.waiting) {
                const next = this.waiting;
                this.waiting = undefined;
                await this.send(next);
            }
        } finally {
            this.isSaving = false;
        }
        if (this.isStale) {
            this.refresh(); // it was heard of while he saved, and the answer may be older
        }
    }

    async send({ button, focus }) {
        this.reading = undefined;
        const data = new FormData(this.form);
        data.set("page", this.page);
        if (button?.name) {
            data.set(button.name, button.value);
        }
        const sent = new Map(this.fields.map((field) => [field.id, field.value]));
        const options = { method: "POST", body: new URLSearchParams(data), credentials: "same-origin" };
        let text;
        try {
            const answer = await this.waitFor(fetch(this.form.action, options));
            if (!answer.ok || new URL(answer.url).pathname !== window.location.pathname) {
                window.location.reload();
                return;
            }
            text = await this.waitFor(answer.text());
        } catch {
            return; // there is no network: what he has written is still there, and its form, too
        }
        const fresh = getLive(text);
        if (fresh) {
            this.exchange(fresh, sent, focus);
            this.el.querySelector(".o_gse_pad_changed").classList.add("d-none");
        }
    }

    exchange(fresh, sent, focus) {
        const shown = this.el.querySelector(".o_gse_pad_live");
        const focused = focus || (shown.contains(document.activeElement) && document.activeElement.id);
        const isOpen = shown.querySelector("details")?.open && this.el.querySelector("#paste")?.value !== sent.get("paste");
        // What he has written since is not taken from him.
        const newer = this.fields.filter((field) => field.value !== (sent.get(field.id) ?? field.value));
        this.services["public.interactions"].stopInteractions(shown);
        shown.replaceChildren(...fresh.childNodes);
        this.listen(fresh);
        this.services["public.interactions"].startInteractions(shown);
        for (const field of newer) {
            const same = this.el.querySelector(`#${CSS.escape(field.id)}`);
            if (same) {
                same.value = field.value;
            }
        }
        shown.querySelector("details").open = Boolean(isOpen);
        const notice = shown.querySelector("#notice");
        const target = focused && this.el.querySelector(`#${CSS.escape(focused)}`);
        (target || notice || this.el.querySelector("#new_text")).focus();
        const said = notice || shown.querySelector("[data-announce]");
        this.el.querySelector(".o_gse_pad_status").textContent = said?.textContent.replace(/\s+/g, " ").trim() || "";
    }
}

registry.category("public.interactions").add("gse_backorder.order_pad", OrderPad);
