"""Checks of what calls our commands for us, a commit or the forge: it can be read, and what it calls is there.

Runs in the project's Python environment, which has PyYAML.
"""

import os
import shlex
import subprocess
import sys

import yaml

from .paths import REPOSITORY

HOOKS = ".pre-commit-config.yaml"
WORKFLOW = ".github/workflows/ci.yml"
# What a hook and a job need to be run at all.
HOOK_KEYS = {"id", "name", "entry", "language"}
JOB_KEYS = {"runs-on", "steps"}


def find_faults(repository):
    """Return what is wrong with the hooks and the workflow of *repository*, a sentence each."""
    faults = []
    for name, read in ((HOOKS, _read_hooks), (WORKFLOW, _read_workflow)):
        try:
            commands = list(read(yaml.safe_load((repository / name).read_text())))
        except (OSError, yaml.YAMLError, LookupError, TypeError) as error:
            faults.append(f"{name} cannot be read: {error!r}")
            continue
        if not commands:
            faults.append(f"{name} calls none of our commands")
        faults += [f"{name}: {fault}" for command in commands for fault in _try(repository, command)]
    return faults


def _read_hooks(config):
    for hook in (hook for repository in config["repos"] for hook in repository["hooks"]):
        _demand(hook, HOOK_KEYS)
        yield hook["entry"]


def _read_workflow(config):
    for job in config["jobs"].values():
        _demand(job, JOB_KEYS)
        yield from job["strategy"]["matrix"]["command"]


def _demand(mapping, keys):
    if missing := keys - mapping.keys():
        raise LookupError(f"{', '.join(sorted(missing))} missing in {mapping}")


def _try(repository, command):
    """Return why *command* cannot be run as it is written; its options are those that it tells of."""
    program, *arguments = shlex.split(command)
    path = repository / program
    if not os.access(path, os.X_OK):
        return [f"{program} is no program"]
    told = subprocess.run((path, "--help"), capture_output=True, text=True, check=False).stdout.split()
    return [f"{program} has no option {name}" for name in arguments if name.startswith("-") and name not in told]


def main():
    faults = find_faults(REPOSITORY)
    for fault in faults:
        print(fault)
    return not faults


if __name__ == "__main__":
    sys.exit(not main())
