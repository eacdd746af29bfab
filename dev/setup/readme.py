"""The addon's README and its page in Apps, made from the fragments in its folder ``readme/``; ``--fix`` writes them.

The fragments are those of the Odoo Community Association, by name, order and title. Runs in the project's Python
environment, which has docutils.
"""

import argparse
import ast
import sys
from pathlib import Path

from docutils.core import publish_parts
from docutils.writers import html5_polyglot

from .made import are_current
from .paths import ADDON

FRAGMENTS = {
    "CONTEXT": "Use Cases / Context",
    "INSTALL": "Installation",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "ROADMAP": "Known issues / Roadmap",
    "HISTORY": "Changelog",
    "CONTRIBUTORS": "Contributors",
}
# What the page in Apps is made of: it is to be looked at, by who wonders what this is.
PAGE = ("DESCRIPTION", "CONTEXT")
PICTURES = "static/description/"
MADE = ".. Made from the fragments in readme/ by ./dev/lint --fix, which overwrites what is changed here."
SETTINGS = {"embed_stylesheet": False, "initial_header_level": 2, "report_level": 2, "halt_level": 2}


def make_files(addon):
    """Return what the addon's files that are made from its fragments have to say, by path."""
    return {
        addon / "README.rst": make_readme(addon),
        addon / PICTURES / "index.html": make_page(addon),
    }


def make_readme(addon):
    """Return the README: the addon's name and description, then a section for each fragment that there is."""
    name = read_manifest(addon)["name"]
    frame = "=" * len(name)
    parts = [f"{frame}\n{name}\n{frame}", MADE, _read(addon, "DESCRIPTION")]
    for fragment, title in FRAGMENTS.items():
        if text := _read(addon, fragment):
            parts.append(f"{title}\n{'=' * len(title)}\n\n{text}")
    return "\n\n".join(parts) + "\n"


def make_page(addon):
    """Return the page in Apps: each section of the fragments of :data:`PAGE` is a band of its own."""
    manifest = read_manifest(addon)
    source = "\n\n".join(
        (_titled(manifest["name"]), manifest["summary"], *(_read(addon, fragment) for fragment in PAGE))
    )
    body = publish_parts(
        source, source_path="readme", writer=_Writer(), settings_overrides={**SETTINGS, "doctitle_xform": False}
    )["body"]
    return body.strip() + "\n"


def _titled(title):
    return f"{title}\n{'-' * len(title)}"


def _read(addon, fragment):
    path = addon / "readme" / f"{fragment}.rst"
    return path.read_text().strip() if path.exists() else ""


def read_manifest(addon):
    return ast.literal_eval((addon / "__manifest__.py").read_text())


class _Bands(html5_polyglot.HTMLTranslator):
    """HTML in the classes that Odoo's store lays out pages with."""

    def visit_section(self, node):
        self.section_level += 1
        self.body.append('<section class="oe_container">\n<div class="oe_row oe_spaced">\n')

    def depart_section(self, node):
        self.section_level -= 1
        self.body.append("</div>\n</section>\n")

    def visit_title(self, node):
        self.body.append('<h2 class="oe_slogan">')
        self.context.append("</h2>\n")

    def visit_literal(self, node):
        self.body.append("<code>")

    def depart_literal(self, node):
        self.body.append("</code>")

    def visit_image(self, node):
        source = node["uri"].removeprefix(PICTURES)
        self.body.append(self.emptytag(node, "img", "\n", CLASS="img img-fluid", src=source, alt=node.get("alt", "")))

    def depart_image(self, node):
        pass


class _Writer(html5_polyglot.Writer):
    def __init__(self):
        super().__init__()
        self.translator_class = _Bands


def check(addon, fix):
    """Tell whether the files say what the fragments do; print what differs, or write it if *fix*."""
    return are_current(make_files(addon), "fragments", fix)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("addon", nargs="?", type=Path, default=ADDON)
    arguments = parser.parse_args()
    return check(arguments.addon, arguments.fix)


if __name__ == "__main__":
    sys.exit(not main())
