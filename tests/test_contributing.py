"""What CONTRIBUTING answers is so: each question leads to a file, and to what is defined there."""

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
ROW = re.compile(r"^\S.*?\s{2,}``(\S+\.py)``\s{2,}``(\w+)``$", re.MULTILINE)


def test_questions():
    """Scenario: a newcomer looks something up. Expected: at least ten answers, each of which is there."""
    answers = ROW.findall((REPOSITORY / "CONTRIBUTING.rst").read_text())
    assert len(answers) >= 10
    for path, symbol in answers:
        defined = {getattr(node, "name", None) for node in ast.walk(ast.parse((REPOSITORY / path).read_text()))}
        assert symbol in defined, f"{symbol} is not in {path}"
