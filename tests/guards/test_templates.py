"""Templates: all used, all sound, components say what they accept, nothing inline, nothing from elsewhere."""

import ast
import re

import pytest
from django.apps import apps
from django.template import Context, Engine, Template, engines
from django.template.loader import get_template

from core import registry
from tests.guards.house import ROOT, TEMPLATES, product_files, python_files, relative, template_files

MENTION = re.compile(r"""{%-?\s*(?:extends|include)\s+["']([^"']+)["']""")
INLINE = re.compile(r'<script(?![^>]*\bsrc=)(?![^>]*type="application/json")|<style\b|\sstyle="|\son[a-z]+="', re.IGNORECASE)
ELSEWHERE = re.compile(r"""(?:src|href|action|url\(|import|fetch\()\s*[=(]?\s*["']?(?:https?:)?//[^"'\s)]+""")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|[Ll]orem ipsum)\b")
MAY_BE_INLINE = ("templates/admin/", "templates/emails/")


def name_of(path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def strings(files) -> set[str]:
    """Return every string that stands in Python files."""
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text())))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def known_elsewhere(name: str) -> bool:
    """Say whether an installed app has a template of that name, which ours overrides."""
    return any((folder / name).exists() for folder in engines["django"].template_dirs if folder != TEMPLATES)


def of_admin(name: str) -> bool:
    """Say whether Django's administration looks for this name: admin/<app>/<model>/<page>.html."""
    parts = name.split("/")
    known = {model._meta.model_name for model in apps.get_models() if len(parts) == 4 and model._meta.app_label == parts[1]}
    return len(parts) == 4 and parts[0] == "admin" and parts[2] in known and not parts[3].startswith("_")


def unused(sources: dict[str, str], code: set[str]) -> list[str]:
    """Return the templates that nobody renders, extends or includes and that override no other app's."""
    mentioned = {name for source in sources.values() for name in MENTION.findall(source)}
    letters = {kind.template + end for kind in registry.letter_kinds for end in (".html", ".txt", ".subject.txt")}
    used = mentioned | letters | code
    return [name for name in sources if name not in used and not known_elsewhere(name) and not of_admin(name)]


def is_part(name: str) -> bool:
    """Say whether a template is a component or a fragment of ours."""
    return name.startswith("components/") or (name.split("/")[-1].startswith("_") and not name.startswith("admin/"))


def undescribed(sources: dict[str, str]) -> list[str]:
    """Return the parts that do not open with a comment naming what they accept."""
    opening = re.compile(r"{% comment %}[^{]*\bAccepts: .*?{% endcomment %}", re.DOTALL)
    return [name for name, source in sources.items() if is_part(name) and not opening.match(source)]


def not_ours(text: str) -> list[str]:
    """Return what a page would load or lead to elsewhere; links on which a reader passes a page on are hers to follow."""
    return [found for found in ELSEWHERE.findall(text) if "www.w3.org" not in found and 'href="https://wa.me/' not in found]


def all_sources() -> dict[str, str]:
    return {name_of(path): path.read_text() for path in template_files()}


def test_every_template_is_used():
    sources = all_sources()

    assert len(sources) > 80
    assert not unused(sources, strings(product_files()))


def test_unused_template_is_caught():
    assert unused(
        {"courses/old.html": "", "courses/a.html": '{% include "courses/_b.html" %}', "courses/_b.html": ""}, {"courses/a.html"}
    ) == ["courses/old.html"]


def test_every_template_parses():
    names = list(all_sources())

    for name in names:
        get_template(name)
    assert len(names) > 80


def test_every_part_says_what_it_accepts():
    sources = all_sources()

    assert sum(map(is_part, sources)) >= 8
    assert not undescribed(sources)


def test_part_without_a_word_is_caught():
    parts = {"components/a.html": "<p>", "x/_b.html": "{% comment %}A list.{% endcomment %}", "x/c.html": "<p>"}

    assert undescribed(parts) == ["components/a.html", "x/_b.html"]


def test_nothing_is_inline():
    sources = {relative(path): path.read_text() for path in template_files()}
    pages = {name: source for name, source in sources.items() if not name.startswith(MAY_BE_INLINE)}

    assert len(pages) > 60
    assert not [name for name, source in pages.items() if INLINE.search(source)]


@pytest.mark.parametrize("planted", ["<script>alert()</script>", "<style>p{}</style>", '<p style="x">', '<p onclick="x()">'])
def test_inline_code_is_caught(planted):
    assert INLINE.search(planted)
    assert not INLINE.search('<script src="/static/a.js" defer></script><script type="application/json">{}</script>')


def test_nothing_comes_from_elsewhere():
    static = [path for path in (ROOT / "fdw_portal" / "static").rglob("*") if path.suffix in (".js", ".css", ".svg", ".html")]
    files = template_files() + static

    assert len(static) >= 5
    assert not [f"{relative(path)}: {found}" for path in files for found in not_ours(path.read_text())]


@pytest.mark.parametrize(
    "planted",
    [
        '<script src="https://cdn.example/x.js">',
        "url(//fonts.example/x)",
        '@import "https://a.example/x.css"',
        'fetch("https://a.b/")',
    ],
)
def test_foreign_origin_is_caught(planted):
    assert not_ours(planted)
    assert not not_ours('<svg xmlns="http://www.w3.org/2000/svg"><a href="/en/">')


def test_nothing_is_left_unfinished():
    folders = ("docs", "fdw_portal/static", "templates")
    texts = [p for folder in folders for p in (ROOT / folder).rglob("*.*") if p.is_file() and p.suffix != ".png"]
    starter = [path for path in ROOT.glob("*/starter/**/*") if path.is_file() and path.suffix != ".xlsx"]
    files = python_files(*{relative(path).split("/")[0] for path in product_files()}, migrations=True) + texts + starter

    assert len(files) > 200
    assert not [relative(path) for path in files if UNFINISHED.search(path.read_text())]
    assert UNFINISHED.search("# TODO: later")


@pytest.mark.parametrize(
    "source", ["{{ nothing }}", "{{ thing.nothing }}", "{{ nothing|upper }}", "{% include name %}{{ nothing }}"]
)
def test_undefined_variable_fails(source):
    with pytest.raises(AssertionError, match="undefined template variable"):
        Template(source).render(Context({"thing": {}, "name": Template("")}))


def test_defined_variable_does_not_fail():
    assert Template("{{ thing }}{% if nothing %}{% endif %}").render(Context({"thing": 1})) == "1"
    assert Engine.get_default().string_if_invalid
