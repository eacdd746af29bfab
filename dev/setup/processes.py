"""Programs that were started here, and how they are ended."""

import subprocess

STOPS_WITHIN_SECONDS = 30  # workers with requests take their time


def stop(process):
    """Ask *process* to end, and end it when it does not."""
    process.terminate()
    try:
        process.wait(STOPS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
