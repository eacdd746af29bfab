"""PostgreSQL compiles a query (its setting ``jit``, on by default) that it expects to take long: ours it must not.

What may be before a move, over any number of steps, is asked of each open line, and answered at once for nearly all of
them. PostgreSQL reckons with the whole of it, and would compile for seconds what takes a tenth of one.

The setting is the transaction's own: whatever it does afterwards is not compiled either.
"""

from odoo.tools import SQL

JIT_OFF = "SET LOCAL jit = off"


def execute_query(env, query):
    """Return the rows of *query*, as ``env.execute_query`` does, in one and the same turn to the server."""
    return env.execute_query(SQL("%s; %s", SQL(JIT_OFF), query))


def turn_off(cr):
    """Let what is asked next, by Odoo perhaps, be asked so, too."""
    cr.execute(JIT_OFF)
