"""What ``dev/demo``, ``dev/test``, ``dev/bench`` and ``dev/lint`` need from the machine.

Only the standard library: these modules run before anything is installed.
"""
