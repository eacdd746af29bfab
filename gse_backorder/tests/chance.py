"""How tests draw what they try: always the same, so that a test that passes goes on passing; or anew.

``./dev/test --random`` names a seed in the environment. It says which, and draws the same again when it is given that.
"""

import os
import random
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings

RANDOM_SEED = os.environ.get("GSE_RANDOM_SEED")
TRIES_ALL = bool(RANDOM_SEED or os.environ.get("GSE_ALL_EXAMPLES"))

# What takes its time, and says nothing that a quicker test does not usually say: ``./dev/test --all`` runs it, too.
slow = pytest.mark.slow

random_examples = settings(
    deadline=None,
    derandomize=RANDOM_SEED is None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


def some_of(examples):
    """Return how many of so many *examples* a run tries: with ``--all``, or ``--random``, which draws anew, all."""
    return examples if TRIES_ALL else examples * 2 // 5


def draw_from(seed):
    """Return a source of chance that draws what follows from *seed*, and from that of the run, where it has one."""
    return random.Random(f"{RANDOM_SEED} {seed}" if RANDOM_SEED else seed)


def usually(count):
    """Return the *count* that what a test has seen has to exceed; 0 where it is drawn anew, and may be little."""
    return 0 if RANDOM_SEED else count


@contextmanager
def undone(env):
    """Undo what is done within, so that what is tried next finds all as it was."""
    savepoint = env.cr.savepoint()
    try:
        yield
    finally:
        savepoint.close(rollback=True)
        env.invalidate_all()
        env.registry.clear_cache()
