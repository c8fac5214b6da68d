"""Every environment variable that is read stands in docs/settings.md, and nothing else stands there."""

import ast
import re

from tests.guards.house import ROOT, product_files

READERS = {"env", "environ", "getenv"}  # env.str("X"), Env().str("X"), os.environ["X"], os.getenv("X")
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER"}
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def is_reader(node) -> bool:
    """Say whether an expression is where variables are read from: `env`, `Env()`, `os.environ`."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", "") == "Env"
    return getattr(node, "id", getattr(node, "attr", "")) in READERS


def read_in(source: str) -> set[str]:
    """Return the names of the environment variables that code reads."""
    found = []
    for node in ast.walk(ast.parse(source)):
        method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
        if method and (is_reader(node.func.value) or node.func.attr == "getenv"):
            found.append(node.args[0])
        if isinstance(node, ast.Subscript) and is_reader(node.value):
            found.append(node.slice)
    return {node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)} - NOT_OURS


def documented(page: str) -> set[str]:
    """Return the variables that have a line with default and meaning."""
    return {name for name, default, meaning in ROW.findall(page) if default.strip() and len(meaning) > 10}


def test_every_variable_is_documented():
    read = {name for path in product_files() for name in read_in(path.read_text())}
    page = documented((ROOT / "docs" / "settings.md").read_text())

    assert len(read) > 20
    assert read - page == set()
    assert page - read == set()


def test_planted_variable_is_caught():
    source = 'env.bool("ONE", 1); Env().str("TWO"); os.environ["THREE"]; os.environ.get("FOUR"); os.getenv("FIVE")'

    assert read_in(source) == {"ONE", "TWO", "THREE", "FOUR", "FIVE"}
    assert not documented("| `ONE` | – | |\nTWO is a variable.")
    assert documented("| `ONE` | – | What it does here. |") == {"ONE"}
