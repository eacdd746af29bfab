"""Tokens of links: what a visitor has sent is compared with what he was given."""

from odoo.tools import consteq


def is_token(own, sent):
    """Whether *sent*, whatever a visitor has put there, is the token *own*; how long it takes tells nothing of it."""
    return bool(own) and isinstance(sent, str) and sent.isascii() and consteq(own, sent)
