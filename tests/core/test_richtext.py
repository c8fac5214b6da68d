import re

import pytest
from django.core.management import call_command

from core.richtext import MARK, headings_in, render, render_inline, terms_in, with_notes
from courses.models import Unit
from tests.factories import UnitFactory


def ids(html):
    return re.findall(r'id="(b\d+)"', html)


def test_render_nothing():
    assert render("") == render(" \n ") == ""


@pytest.mark.parametrize(
    "source",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        "[x]\n\n[x]: javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("renderer", [render, render_inline])
def test_render_links_no_script(source, renderer):
    assert not re.search(r"(href|src)=.?\s*(java|data|vb)", renderer(source), re.I)


@pytest.mark.parametrize("renderer", [render, render_inline])
def test_render_escapes_raw_html(renderer):
    html = renderer('<script>alert(1)</script> <b onclick="x()">b</b> <img src=x onerror=alert(1)>')
    assert not re.search(r"<(script|b|img)\b", html)
    assert "&lt;b" in html


def test_render_loads_no_picture():
    assert "<img" not in render("![x](https://evil.example/pixel.png)") + render_inline("![x](https://evil.example/p.png)")


def test_render_keeps_links():
    html = render("[a](https://ilo.org/x?a=1&b=2) [b](mailto:a@b.example) [c](/en/courses/) [d](#b2) https://un.org/")
    for address in ("https://ilo.org/x?a=1&amp;b=2", "mailto:a@b.example", "/en/courses/", "#b2", "https://un.org/"):
        assert f'href="{address}"' in html
    assert 'rel="noopener"' in html


def test_render_table_scrolls_and_names_its_columns():
    html = render("| A | B |\n|---|---|\n| 1 | 2 |")
    assert '<div class="scroll" tabindex="0"><table id="b1">' in html
    assert html.count('<th scope="col">') == 2
    assert html.index("</table>") < html.index("</div>")


def test_render_numbers_outer_blocks():
    html = render("# One\n\nTwo\n\n- three\n- three\n\n> four\n\n```\nfive\n```\n\n***\n\n| 7 |\n|---|\n| 7 |")
    assert ids(html) == [f"b{n}" for n in range(1, 8)]


@pytest.mark.parametrize(("level", "tag"), [(1, "h2"), (2, "h2"), (3, "h3"), (4, "h4"), (5, "h4"), (6, "h4")])
def test_render_bounds_headings(level, tag):
    html = render("#" * level + " Head")
    assert f"<{tag} " in html
    assert f"</{tag}>" in html


def test_terms_are_linked_and_their_notes_follow_the_block():
    html = render("A [gap](term:financing-gap) and [tax](term:tax-base).\n\nNext.")
    assert terms_in(html) == ["financing-gap", "tax-base"]
    assert '<a href="#g-financing-gap" class="term"' in html
    shown = with_notes(html, lambda slugs: f"[{','.join(slugs)}]")
    assert re.search(r"</p>\s*\[financing-gap,tax-base\]\s*<p id=\"b2\">", shown)
    assert MARK not in shown
    assert "data-terms" not in with_notes(html, lambda slugs: "")


def test_terms_in_a_table_follow_the_table():
    html = render("| [gap](term:gap) |\n|---|\n| [tax](term:tax) |\n\nNext.")
    assert html.index("</table>") < html.index("data-terms") < html.index("Next.")
    assert terms_in(html) == ["gap", "tax"]


def test_term_cannot_break_out_of_its_note():
    html = render('[x](term:a"><script>alert(1)</script>)  [y](<term:b" onclick="x>)')
    assert not re.search(r"<script|onclick=\"", html)


@pytest.mark.parametrize(
    "source", ["[" * 20000, "*a " * 20000, "> " * 2000 + "x", "`" * 20001, "|a" * 5000 + "\n" + "|-" * 5000]
)
def test_render_ends_on_huge_input(source):
    assert render(source).startswith(MARK)


@pytest.mark.django_db
def test_saved_text_is_rendered_in_each_language():
    unit = UnitFactory(body_en="**en**", body_fr="**fr**", body_es="")
    unit.refresh_from_db()
    assert "<strong>en</strong>" in unit.body_html_en
    assert "<strong>fr</strong>" in unit.body_html_fr
    assert unit.body_html_es == ""


def test_blocks_are_the_same_in_each_language(refresher):
    for unit in Unit.objects.all():
        found = {code: ids(unit.text("body_html", code)) for code in ("en", "fr", "es")}
        assert found["en"] == found["fr"] == found["es"], unit.slug
        assert found["en"], unit.slug


@pytest.mark.django_db
def test_rerender_touches_only_older_renderings(capsys):
    old, new = UnitFactory(body_en="*old*"), UnitFactory(body_en="*new*")
    Unit.objects.filter(pk=old.pk).update(body_html_en="<!--0--><p>older</p>")
    call_command("rerender")
    old.refresh_from_db()
    assert "<em>old</em>" in old.body_html_en
    assert capsys.readouterr().out.split()[-1] == str(old.pk)
    call_command("rerender")
    assert capsys.readouterr().out == ""
    assert new.pk


@pytest.mark.parametrize(
    ("written", "leads_to"),
    [
        ("/countries/mw/", "/fr/countries/mw/"),
        ("/faq/#who", "/fr/faq/#who"),
        ("/es/faq/", "/es/faq/"),
        ("/files/5/", "/files/5/"),
        ("//elsewhere.example/", "//elsewhere.example/"),
        ("https://elsewhere.example/countries/", "https://elsewhere.example/countries/"),
        ("#b3", "#b3"),
    ],
)
def test_link_within_the_portal_keeps_the_language_of_the_text(written, leads_to):
    assert f'href="{leads_to}"' in render(f"See [this]({written}).", "fr")


def test_text_without_language_keeps_its_links():
    assert 'href="/countries/mw/"' in render("See [this](/countries/mw/).")


def test_headings_are_found_with_their_places():
    html = render("Lead.\n\n## What *is* it & why?\n\n### Smaller\n\n## [Next](https://a.example)")
    assert headings_in(html) == [("b2", "What is it &amp; why?"), ("b4", "Next")]
    assert headings_in("") == []
