"""The work of a scheduled action, done in pieces."""


def commit_each(env, pieces, count=lambda piece: 1):
    """Yield *pieces* of a scheduled action's work, and commit after each: what fails or stops leaves the others alone.

    It ends when all are done or the time of the action is over: Odoo starts it again for what is left.

    :param pieces: a list
    :param count: a function that tells how many records there are in a piece
    """
    crons = env["ir.cron"]
    crons._commit_progress(remaining=sum(map(count, pieces)))
    for piece in pieces:
        yield piece
        if not crons._commit_progress(count(piece)):
            return
