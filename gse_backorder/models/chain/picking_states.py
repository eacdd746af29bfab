"""Groups of states that several models ask for."""

# Of a transfer or a line: nothing of it will move any more.
CLOSED_STATES = ("done", "cancel")
# Of ``fulfillment_state``: what is still to be shipped, and what has shipped, in full or not.
OPEN_STATES = ("waiting", "partial", "ready")
SHIPPED_STATES = ("partially_picked", "done", "closed_short")
# Operation types that bring goods to customers; the second exists once dropshipping is installed.
CUSTOMER_CODES = ("outgoing", "dropship")
