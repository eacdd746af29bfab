"""The plan of the house, read from the code: arrows point down, files and methods are short.

A room is a folder of ``models``; rooms stand on floors. What a higher room adds (a method, a field, a model, a module)
a lower one never names: neither by import, nor in a call, a domain, a path of fields or in SQL. Where something must
follow up there, the lower room offers a method that does nothing, and the higher one extends it.
"""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from .console import say
from .paths import ADDON, REPOSITORY

FLOORS = {
    "chain": 1,
    "engine": 2,
    "allocation": 3,
    "promise": 4,
    "supply": 5,
    "customer": 6,
    "workbench": 6,
    "decide": 6,
    "settings": 7,
}
# Within the engine it goes one way, too: what a file may use stands before it, or beside it.
ENGINE = {
    "coverage": 0,
    "scenario": 0,
    "stock_location": 1,
    "stock_warehouse": 1,
    "stock_move": 1,
    "stock_claim": 2,
    "stock_claim_parts": 2,
    "stock_claim_reach": 2,
    "stock_supply": 2,
    "stock_ranking": 3,
    "chain_coverage": 4,
    "stock_pegging": 5,
    "stock_pegging_changes": 5,
    "stock_pegging_parts": 5,
    "stock_pegging_sums": 5,
}
# The addons of Odoo's that ours stands on: what they define, too, is no room's.
STANDS_ON = (
    "stock",
    "sale",
    "sale_stock",
    "purchase",
    "purchase_stock",
    "product",
    "mail",
    "portal",
    "uom",
    "bus",
    "web",
)
MOST_LINES = 500
MOST_METHOD_LINES = 50
# Folders of the addon whose files may be as long as they are: a test or a migration is read by itself.
UNMEASURED = ("tests", "migrations")


@dataclass
class Definitions:
    """Where each name of the house is defined: sets of places, by name. A place is a room, or a file of the engine."""

    members: dict = field(default_factory=lambda: defaultdict(set))  # methods and fields
    added: dict = field(default_factory=lambda: defaultdict(set))  # those of them that models of Odoo's have got
    models: dict = field(default_factory=lambda: defaultdict(set))


def is_in_order(odoo_home):
    """Say which arrows point up and what is too long; tell whether there is nothing of both."""
    faults = [*find_upward_arrows(ADDON / "models", get_names_of_odoo(odoo_home)), *find_long_ones(ADDON)]
    for fault in faults:
        say(fault)
    return not faults


# ---- arrows -----------------------------------------------------------------


def find_upward_arrows(models, names_of_odoo=frozenset()):
    """Return a sentence for each place at which a room names what a higher one defines.

    :param models: the folder with the rooms
    :param names_of_odoo: what Odoo's models have by themselves
    """
    trees = {path: ast.parse(path.read_text()) for path in sorted(models.rglob("*.py"))}
    places = {path: place for path in trees if (place := _get_place(path.relative_to(models)))}
    definitions = Definitions()
    for path, place in places.items():
        _collect(trees[path], place, definitions)
    for name in names_of_odoo:
        definitions.members.pop(name, None)
    return [
        f"{_get_short(path)}:{line}: {place} names {name!r} of {', '.join(sorted(others))}"
        for path, place in places.items()
        for line, name, others in sorted(_find_arrows(trees[path], place, definitions), key=lambda arrow: arrow[:2])
    ]


def get_names_of_odoo(home):
    """Return the names of the methods and fields of the addons that ours stands on, and of Python's own types."""
    names = {name for kind in (dict, float, list, set, str, datetime) for name in dir(kind)}
    addons = (home / "odoo/addons", home / "addons")
    folders = [folder / name for folder in addons for name in ("base", *STANDS_ON)] + [home / "odoo/orm"]
    for path in (path for folder in folders for path in folder.rglob("*.py") if "tests" not in path.parts):
        names.update(re.findall(r"^    (?:def )?(\w+)(?:\(| = )", path.read_text(), re.MULTILINE))
    return names


def _get_place(path):
    room = path.parts[0]
    if room not in FLOORS:
        return None
    return f"engine/{path.stem}" if room == "engine" and path.stem in ENGINE else room


def _get_level(place):
    room, _slash, name = place.partition("/")
    return FLOORS.get(room, 0), ENGINE.get(name, 0)


def _may_use(place, other):
    """Whether *place* may use *other*: itself, what stands below, and within the engine what stands beside it."""
    level, other_level = _get_level(place), _get_level(other)
    return other == place or other_level < level or ("/" in place and other_level == level)


def _collect(tree, place, definitions):
    """Note what the classes of a file add to models, and the models that they make."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        inherited = _get_strings(node, "_inherit")
        for name in _get_strings(node, "_name") - inherited:
            definitions.models[name].add(place)
        for member in node.body:
            if _is_own_field(node, inherited, member):
                continue  # who reads it has named its model
            for name in _get_names(member):
                if "_" in name.strip("_"):  # a single word says too little
                    definitions.members[name].add(place)
                    if inherited:
                        definitions.added[name].add(place)


def _is_own_field(node, inherited, member):
    """Whether it is a field of a model that the class makes, and lends to no other."""
    bases = {base.attr for base in node.bases if isinstance(base, ast.Attribute)}
    return not inherited and bases & {"Model", "TransientModel"} and isinstance(member, ast.Assign)


def _get_names(member):
    if isinstance(member, ast.FunctionDef):
        return [member.name]
    if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
        return [member.target.id]
    if isinstance(member, ast.Assign):
        return [target.id for target in member.targets if isinstance(target, ast.Name)]
    return []


def _get_strings(node, name):
    for member in node.body:
        if name in _get_names(member):
            return {one.value for one in ast.walk(member.value) if isinstance(one, ast.Constant)}
    return set()


def _find_arrows(tree, place, definitions):
    docstrings = _get_docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from _find_imports(node, place)
        elif isinstance(node, ast.Attribute):
            yield from _find_names([node.attr], definitions.members, node, place)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield from _find_names([node.value], definitions.models, node, place)
            # A path of fields, a domain, SQL.
            words = [word for word in re.findall(r"\w+", node.value) if word in definitions.added]
            yield from _find_names(words, definitions.members, node, place)


def _find_imports(node, place):
    if node.level == 2 and node.module:
        room, _dot, name = node.module.partition(".")
        other = f"engine/{name}" if room == "engine" and name in ENGINE else room
    elif node.level == 1 and node.module and "/" in place:
        other = f"engine/{node.module}"
    else:
        return
    if not _may_use(place, other):
        yield node.lineno, node.module, {other}


def _find_names(names, definitions, node, place):
    for name in names:
        others = definitions.get(name)
        if others and not any(_may_use(place, other) for other in others):
            yield node.lineno, name, others


def _get_docstrings(tree):
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }


# ---- lengths ----------------------------------------------------------------


def find_long_ones(addon):
    """Return a sentence for each file of *addon*, and each method in it, that is too long to be read in one go."""
    faults = []
    for path in sorted(addon.rglob("*.py")):
        if path.relative_to(addon).parts[0] in UNMEASURED:
            continue
        text = path.read_text()
        if (lines := len(text.splitlines())) > MOST_LINES:
            faults.append(f"{_get_short(path)}: {lines} lines, more than {MOST_LINES}")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and (lines := node.end_lineno - node.lineno + 1) > MOST_METHOD_LINES:
                faults.append(
                    f"{_get_short(path)}:{node.lineno}: {node.name} has {lines} lines, more than {MOST_METHOD_LINES}"
                )
    return faults


def _get_short(path):
    return path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path
