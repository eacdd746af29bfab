"""Odoo itself: the user's own (``ODOO_HOME``), else Debian's package, unpacked beside the project."""

import os
import re
import shutil
from pathlib import Path

from .console import SetupError, run, step
from .paths import CACHE

PACKAGES = ("odoo-19", "libjs-jquery")
SUITE = "sid"  # the only suite that has Odoo 19
TREE = CACHE / "odoo"
APT = CACHE / "apt"
# Debian leaves this non-free file out; without a stand-in every backend page logs an error.
STRIPPED_FILE = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
# What no command of ours loads, or seldom: two thirds of Odoo, which it compiles itself where it does.
SELDOM_LOADED = "/tests/|/addons/(hr|l10n|pos|test|website)_"
DEBIAN_SOURCES = (Path("/etc/apt/sources.list.d"), Path("/etc/apt/sources.list"))


def home():
    """The folder that holds the package ``odoo``; downloaded when it is not there yet."""
    if os.environ.get("ODOO_HOME"):
        return _own_home(Path(os.environ["ODOO_HOME"]).expanduser().resolve())
    python_path = TREE / "usr/lib/python3/dist-packages"
    if not (TREE / "complete").exists():
        shutil.rmtree(TREE, ignore_errors=True)
        with step("Downloading Odoo 19 (123 MB)"):
            files = _download()
        with step("Unpacking Odoo"):
            _unpack(files, python_path)
        (TREE / "complete").touch()
    return python_path


def _own_home(path):
    if (path / "odoo/release.py").exists():
        version = (path / "odoo/release.py").read_text()
        if "(19, 0" not in version:
            raise SetupError(f"ODOO_HOME={path} is not Odoo 19.0: this addon needs 19.0.")
        return path
    raise SetupError(f"ODOO_HOME={path} holds no Odoo: name the folder that contains odoo/release.py.")


def _download():
    """Fetch the packages with an apt state of our own: no root needed, the machine's apt stays as it is."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise SetupError(
            "Odoo can be downloaded on Debian and Ubuntu only: elsewhere set ODOO_HOME to your own Odoo 19 source."
        )
    shutil.rmtree(APT, ignore_errors=True)
    for folder in ("state/lists/partial", "cache/archives/partial", "sources"):
        (APT / folder).mkdir(parents=True)
    (APT / "state/status").touch()
    (APT / "sources/sid.sources").write_text(_debian_stanza())
    (APT / "apt.conf").write_text(
        f'Dir::State "{APT}/state";\n'
        f'Dir::State::lists "{APT}/state/lists";\n'
        f'Dir::State::status "{APT}/state/status";\n'
        f'Dir::Cache "{APT}/cache";\n'
        'Dir::Etc::sourcelist "/dev/null";\n'
        f'Dir::Etc::sourceparts "{APT}/sources";\n'
        'APT::Sandbox::User "";\n'
        'Acquire::Languages "none";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(APT / "apt.conf")}
    run(("apt-get", "update", "-q"), "The list of Debian packages could not be read", env=environment)
    run(
        ("apt-get", "download", "-q", *PACKAGES),
        "Odoo 19 could not be downloaded",
        env=environment,
        cwd=APT / "cache/archives",
    )
    return sorted((APT / "cache/archives").glob("*.deb"))


def _debian_stanza():
    """The machine's own Debian source, with the suite replaced."""
    texts = []
    for place in DEBIAN_SOURCES:
        if place.is_dir():
            texts += [path.read_text() for path in sorted(place.iterdir()) if path.suffix in (".list", ".sources")]
        elif place.exists():
            texts.append(place.read_text())
    uri = signed_by = None
    for text in texts:
        for stanza in re.split(r"\n\s*\n", text):
            found = re.search(r"^URIs:\s*(\S+/debian/?)\s*$", stanza, re.M) or re.search(
                r"^deb\s+(?:\[[^]]*\]\s+)?(\S+/debian/?)\s", stanza, re.M
            )
            if found and not uri:
                uri = found.group(1)
                key = re.search(r"signed-by[:=]\s*([^\s\]]+)", stanza, re.I)
                signed_by = key.group(1) if key else "/usr/share/keyrings/debian-archive-keyring.gpg"
    if not uri:
        raise SetupError("No Debian package source is configured: set ODOO_HOME to your own Odoo 19 source instead.")
    return f"Types: deb\nURIs: {uri}\nSuites: {SUITE}\nComponents: main\nSigned-By: {signed_by}\n"


def _unpack(files, python_path):
    # One tree for all: the packages' links between each other are relative.
    for file in files:
        run(("dpkg-deb", "-x", file, TREE), "Odoo could not be unpacked")
    shutil.rmtree(python_path / "addons", ignore_errors=True)
    stand_in = python_path / "odoo/addons" / STRIPPED_FILE
    stand_in.parent.mkdir(parents=True, exist_ok=True)
    stand_in.unlink(missing_ok=True)
    stand_in.write_text("/* not shipped by Debian; only blurs the background of video calls */\n")
    shutil.rmtree(APT, ignore_errors=True)


def compile_bytecode(python, home_folder, environment):
    """Compile once, on all cores: every later start and installation takes half the time."""
    marker = TREE / "compiled"
    if not str(home_folder).startswith(str(TREE)) or marker.exists():
        return
    with step("Compiling Odoo"):
        command = (python, "-m", "compileall", "-q", "-j", "0", "-x", SELDOM_LOADED, home_folder)
        run(command, "Odoo could not be compiled", env=environment)
    marker.touch()
