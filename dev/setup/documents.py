"""Checks of what is written for people: it can be read, what it points to is there, and the changelog is of today.

Runs in the project's Python environment, which has docutils.
"""

import re
import sys

from docutils import nodes
from docutils.core import publish_doctree
from docutils.utils import SystemMessage

from .paths import ADDON, REPOSITORY
from .readme import SETTINGS, read_manifest

WRITTEN = ("*.rst", f"{ADDON.name}/README.rst", "docs/**/*.rst")
CHANGELOG = "CHANGELOG.rst"
UNRELEASED = "Unreleased"
# A literal that names a file or folder of the repository, or one of its commands.
PATH = re.compile(r"(?:\./)?((?:dev|tests|benchmarks|docs|\.ci|\.github|gse_backorder)/[\w./-]*)(?:\s.*)?$", re.S)


def find_faults(repository, addon):
    """Return what is wrong with the documents of *repository*, a sentence each."""
    documents = sorted({path for pattern in WRITTEN for path in repository.glob(pattern)})
    faults = [f"{path.relative_to(repository)}: {fault}" for path in documents for fault in _read(path, repository)]
    return faults + _read_changelog(repository / CHANGELOG, read_manifest(addon)["version"])


def _read(path, repository):
    try:
        document = publish_doctree(path.read_text(), str(path), settings_overrides={**SETTINGS, "report_level": 5})
    except SystemMessage as error:
        return [str(error)]
    targets = _get_targets(document, path.parent, repository)
    return [f"there is no {target}" for target in targets if not target.exists()]


def _get_targets(document, folder, repository):
    for node in document.findall(nodes.image):
        yield folder / node["uri"]
    for node in document.findall(nodes.reference):
        target = node.get("refuri", "").partition("#")[0]
        if target and ":" not in target:
            yield folder / target
    for node in document.findall(nodes.literal):
        if named := PATH.match(node.astext()):
            yield repository / named[1]


def _read_changelog(path, version):
    """There is a section on the manifest's *version*; before it only what has no version yet."""
    titles = re.findall(r"^(\S.*)\n-+$", path.read_text(), re.M)
    versions = [title.split()[0] for title in titles if title != UNRELEASED]
    return [] if versions[:1] == [version] else [f"{path.name} does not begin with version {version}"]


def main():
    faults = find_faults(REPOSITORY, ADDON)
    for fault in faults:
        print(fault)
    return not faults


if __name__ == "__main__":
    sys.exit(not main())
