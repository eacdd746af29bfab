"""The checks of ``dev/lint`` that are ours can fail: each is shown something that is wrong."""

import shutil
from pathlib import Path

import pytest
from setup import automation, documents, readme, translations

REPOSITORY = Path(__file__).resolve().parents[1]
ADDON = "gse_backorder"


@pytest.fixture
def copy(tmp_path):
    """A function that copies files and folders of the repository, to be spoilt; what else it has is linked."""

    def copy(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            make = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
            make(REPOSITORY / name, tmp_path / name)
        for folder in (tmp_path, *(folder for folder in tmp_path.iterdir() if folder.is_dir())):
            _link_others(REPOSITORY / folder.relative_to(tmp_path), folder)
        return tmp_path

    return copy


def _link_others(folder, copied):
    for path in folder.iterdir():
        if not (copied / path.name).exists():
            (copied / path.name).symlink_to(path)


def spoil(path, text, by):
    assert text in path.read_text(), "There is something to be spoilt."
    path.write_text(path.read_text().replace(text, by))


@pytest.mark.parametrize(
    ("file", "text", "by"),
    [
        ("readme/USAGE.rst", "Open a delivery", "Close a delivery"),
        ("readme/CONTEXT.rst", "The loop closes", "The loop opens."),
        ("__manifest__.py", '"Backorders"', '"Remainders"'),
        ("README.rst", "Open a delivery", "Close a delivery"),
        ("static/description/index.html", "The loop closes", "The loop opens"),
    ],
)
def test_readme(copy, file, text, by):
    """Scenario: a fragment is changed, or what is made of it. Expected: it is seen, and repaired by ``--fix``."""
    names = ("readme", "static/description", "README.rst", "__manifest__.py")
    addon = copy(*(f"{ADDON}/{name}" for name in names)) / ADDON
    assert readme.check(addon, fix=False)
    spoil(addon / file, text, by)
    assert not readme.check(addon, fix=False)
    assert readme.check(addon, fix=True)
    assert readme.check(addon, fix=False)


@pytest.mark.parametrize(
    ("file", "text", "by", "told"),
    [
        ("README.rst", "banner.png", "flag.png", "there is no"),
        ("CONTRIBUTING.rst", "``dev/setup/lint.py", "``dev/setup/lints.py", "there is no"),
        ("CONTRIBUTING.rst", "<docs/decisions/", "<docs/decision/", "there is no"),
        ("CONTRIBUTING.rst", "Run one test\n===", "Run one test\n", "underline too short"),
        (f"{ADDON}/__manifest__.py", '"version": "19', '"version": "20', "does not begin with version 20"),
    ],
)
def test_documents(copy, file, text, by, told):
    """Scenario: a picture, a path, a link, the form, the version is wrong. Expected: it is told, alone."""
    repository = copy(file)
    spoil(repository / file, text, by)
    [fault] = documents.find_faults(repository, repository / ADDON)
    assert told in fault


@pytest.mark.parametrize(
    ("file", "text", "by", "told"),
    [
        (automation.HOOKS, "entry: ./dev/lint --code", "entry: ./dev/lint --clean", "./dev/lint has no option --clean"),
        (automation.HOOKS, "language: system", "", "language missing"),
        (automation.WORKFLOW, "./dev/test]", "./dev/tests]", "./dev/tests is no program"),
        (automation.WORKFLOW, "[./dev/lint, ./dev/test]", "[", "cannot be read"),
    ],
)
def test_automation(copy, file, text, by, told):
    """Scenario: a hook or the workflow calls what is not there, or cannot be read. Expected: it is told, alone."""
    repository = copy(file)
    spoil(repository / file, text, by)
    [fault] = automation.find_faults(repository)
    assert told in fault


@pytest.mark.parametrize(
    ("language", "word", "by", "is_complete"),
    [
        ("fr", 'msgid "Method"\nmsgstr "Méthode"', 'msgid "Method"\nmsgstr ""', False),
        ("fr", 'msgid "Message"\nmsgstr ""', 'msgid "Message"\nmsgstr "Message"', True),
        ("de", 'msgid "Message"\nmsgstr "Nachricht"', 'msgid "Message"\nmsgstr ""', False),
        ("de", 'msgid "Message"', '#, fuzzy\nmsgid "Message"', False),
        ("es", 'msgid "Message"', 'msgid "Massage"', False),
    ],
)
def test_translation_is_complete(copy, language, word, by, is_complete):
    """Scenario: a word is not translated, or not for sure. Expected: told, but for what is the same in French."""
    folder = copy(f"{ADDON}/i18n") / ADDON / "i18n"
    template, translation = folder / f"{ADDON}.pot", folder / f"{language}.po"
    assert translations.is_complete(template, translation)
    spoil(translation, word, by)
    assert translations.is_complete(template, translation) == is_complete
