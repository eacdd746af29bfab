"""The addon as a package, as the Odoo Community Association builds its own: installed where nothing else is."""

import ast
import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parents[1] / "gse_backorder"
# The store shows no more of a name.
LONGEST_NAME = 25
# What stays at home: it tells how to build, not what runs.
NOT_PACKED = {"pyproject.toml"}
TELL = """
import json
from importlib.metadata import distribution, distributions
package = distribution("odoo-addon-gse_backorder")
print(json.dumps({
    "all": [one.name for one in distributions()],
    "files": [str(file) for file in package.files],
    "root": str(package.locate_file("odoo/addons/gse_backorder")),
    **{name: package.metadata.get_all(name) for name in ("Name", "Version", "Requires-Dist", "License", "Home-page")},
    "text": package.metadata.get_payload(),
}))
"""


@pytest.fixture(scope="module")
def manifest():
    return ast.literal_eval((ADDON / "__manifest__.py").read_text())


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """What a bare Python environment tells of the package, which is all that is installed there."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder, ADDON)
    [wheel] = folder.glob("*.whl")
    bare = folder / "environment"
    venv.create(bare, symlinks=True)
    run(*pip, "--python", bare / "bin/python", "install", "--no-deps", "--no-index", "--no-compile", wheel)
    return json.loads(run(bare / "bin/python", "-I", "-c", TELL))


def run(*command):
    process = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.mark.slow
def test_metadata(package, manifest):
    """Scenario: the package is installed. Expected: its name, version, licence and home are the manifest's, it asks for
    Odoo 19 and nothing else, and tells what the README does."""
    assert package["all"] == ["odoo-addon-gse_backorder"]
    assert package["Version"] == [manifest["version"]]
    assert package["Requires-Dist"] == ["odoo==19.0.*"]
    assert package["License"] == ["LGPL-3"]
    assert package["Home-page"] == [manifest["website"]]
    assert (ADDON / "README.rst").read_text().strip() in package["text"]


@pytest.mark.slow
def test_all_files_are_in_it(package, manifest):
    """Scenario: Odoo reads the installed addon's manifest. Expected: every file that it names is there; so is all else
    that the repository has, and nothing of what running leaves behind."""
    root = Path(package["root"])
    assert ast.literal_eval((root / "__manifest__.py").read_text()) == manifest
    named = [*manifest["data"], *manifest["demo"], *manifest["images"], "static/description/icon.png"]
    assert not [name for name in named if not (root / name).is_file()]
    patterns = [pattern.partition("/")[2] for bundle in manifest["assets"].values() for pattern in bundle]
    assert not [pattern for pattern in patterns if not any(root.glob(pattern))]
    kept = {file.relative_to(ADDON) for file in ADDON.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    packed = {file.relative_to(root) for file in root.rglob("*") if file.is_file()}
    assert {str(file) for file in packed ^ kept} == NOT_PACKED


def test_name(manifest):
    """Scenario: the addon is offered in the store. Expected: its name is not cut off."""
    assert len(manifest["name"]) <= LONGEST_NAME
