// Long enough to read a sentence or a few names, and to reach the button.
const SHOWN_FOR = 10000;

/**
 * Says that something has succeeded, with a button that opens what has become of it.
 *
 * @param {Object} notification the service
 * @param {string} message
 * @param {Object} options
 * @param {string} [options.title]
 * @param {string} [options.link] what the button says; there is none without it
 * @param {Function} [options.open] what it does
 */
export function tell(notification, message, { title, link, open }) {
    const onClick = () => {
        close();
        open();
    };
    const close = notification.add(message, {
        title,
        type: "success",
        className: "o_gse_notification",
        autocloseDelay: SHOWN_FOR,
        buttons: link ? [{ name: link, primary: true, onClick }] : [],
    });
}
