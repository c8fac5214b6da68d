"""Figures: drawn where a text names them, with their words, and served so that they can do no harm."""

import re

import pytest
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import DomainError
from core.pagecache import forget_pages
from core.richtext import figures_in, render, with_figures
from courses.figures import mark_of, size_of
from courses.models import Figure, Unit
from courses.models.modules import TAKEN_IN_MODULE
from courses.services import publish_module
from tests.factories import DRAWING, FigureFactory, ModuleFactory, UnitFactory
from tests.guards.walk import patterns

pytestmark = pytest.mark.django_db
BODY = "The lead.\n\n![](figure:four-blocks)\n\nMore."


@pytest.fixture
def module(db):
    return ModuleFactory(slug="money")


@pytest.fixture
def unit(module):
    return UnitFactory(module=module, slug="first", body_en=BODY, body_fr=BODY, body_es=BODY)


@pytest.fixture
def figure(module):
    return FigureFactory(module=module, key="four-blocks")


def page(reader, language="en", path="first/"):
    response = reader.get(f"/{language}/courses/money/{path}")
    assert response.status_code == 200
    return response.content.decode()


def address(shown: str) -> str:
    return re.search(r'<img src="(/\w\w/courses/money/figures/[^"]+)"', shown)[1]


# Markdown -----------------------------------------------------------------------------------------


def test_a_figure_alone_in_a_paragraph_becomes_a_block_with_an_id():
    html = render("One.\n\n![](figure:four-blocks)\n\nTwo.")
    assert '<div data-figure="four-blocks" id="b2"></div>' in html
    assert '<p id="b3">Two.</p>' in html
    assert figures_in(html) == ["four-blocks"]


@pytest.mark.parametrize(
    "source", ["Words ![](figure:x) around", "[x](figure:x)", "![](https://e.example/x.svg)", "# ![](figure:x)"]
)
def test_a_figure_elsewhere_shows_nothing(source):
    html = render(source)
    assert figures_in(html) == []
    assert "<img" not in html
    assert "figure:" not in html


def test_a_figure_in_a_list_has_no_id_of_its_own():
    assert '<div data-figure="x"></div>' in render("- One\n\n  ![](figure:x)")


def test_a_key_cannot_break_out():
    html = render('![](figure:a"><script>alert(1)</script>)')
    assert "<script" not in html
    assert with_figures(html, lambda key, block: f"[{key}]").count("[") <= 1


# On the page --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_figure_stands_in_its_place_with_its_words(visitor, unit, figure, language):
    shown = page(visitor, language)
    assert f'alt="Four blocks {language}"' in shown
    assert f"<figcaption>Four blocks {language}</figcaption>" in shown
    assert f"<p>First {language}.</p><p>Second {language}.</p></details>" in shown
    assert 'loading="lazy"' in shown
    assert 'width="360" height="220"' in shown
    assert 'id="b2"' in shown
    assert "data-figure" not in shown
    assert f"/four-blocks.{language}.svg?v=" in address(shown)


def test_an_unknown_figure_shows_nothing(visitor, unit):
    shown = page(visitor)
    assert "<figure" not in shown
    assert "data-figure" not in shown
    assert "More." in shown


def test_a_figure_without_this_language_is_the_original_and_says_so(visitor, unit, figure):
    Figure.objects.filter(pk=figure.pk).update(svg_fr="")
    shown = page(visitor, "fr")
    assert re.search(r'<div class="figure" id="b2" lang="en"><figure>', shown)
    assert "four-blocks.en.svg" in shown


def test_words_of_the_page_inside_a_foreign_text_carry_the_pages_language(visitor, unit, figure):
    Unit.objects.filter(pk=unit.pk).update(body_fr="", body_html_fr="")
    assert '<summary lang="fr">' in page(visitor, "fr")


@pytest.mark.parametrize(
    ("drawing", "size"),
    [
        ('<svg viewBox="0 0 360 220">', (360, 220)),
        ("<svg viewBox = '0,0,300.4,99.6'>", (300, 100)),
        ('<svg viewBox="-5 -5 10 20">', (10, 20)),
        ('<svg viewBox="0 0 0 0">', (360, 240)),
        ('<svg viewBox="x">', (360, 240)),
    ],
)
def test_size_comes_from_the_view_box(drawing, size):
    assert size_of(drawing) == size


def test_queries_do_not_grow_with_figures(client_of, participant, module):
    keys = [FigureFactory(module=module).key for _ in range(3)]
    bodies = {n: "\n\n".join(["Lead.", *(f"![](figure:{key})" for key in keys[:n])]) for n in (1, 3)}
    units = {n: UnitFactory(module=module, body_en=body) for n, body in bodies.items()}
    counts, browser = [], client_of(participant)
    for n, one in units.items():
        browser.get(one.get_absolute_url())  # the first visit writes what the second finds
        caches["process"].clear()
        with CaptureQueriesContext(connection) as found:
            assert browser.get(one.get_absolute_url()).content.count(b"<figure") == n
        counts.append(len(found))
    assert counts[0] == counts[1]


# The drawing itself -------------------------------------------------------------------------------


def test_the_drawing_can_do_nothing_but_show(visitor, unit, figure):
    response = visitor.get(address(page(visitor)))
    assert response.content.decode() == DRAWING.format("en")
    assert response["Content-Type"].startswith("image/svg+xml")
    assert response["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_changed_drawing_has_another_address_and_the_old_one_is_not_kept_for_good(visitor, unit, figure):
    old = address(page(visitor))
    figure.svg_en = DRAWING.format("new")
    figure.save()
    forget_pages()
    assert address(page(visitor)) != old
    response = visitor.get(old)
    assert "new" in response.content.decode()
    assert "immutable" not in response["Cache-Control"]


def test_a_drawing_is_read_by_whoever_may_read_its_module(visitor, client_of, participant, staff, figure, module):
    url = f"/en/courses/money/figures/four-blocks.fr.svg?v={mark_of(figure.svg_fr)}"
    module.audience = "member"
    module.save()
    assert visitor.get(url).status_code == 302
    assert client_of(participant).get(url)["Cache-Control"].startswith("private")
    module.state = "draft"
    module.save()
    assert client_of(participant).get(url).status_code == 404
    assert client_of(staff).get(url)["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    "tail", ["no-such.en.svg", "four-blocks.de.svg", "four-blocks.svg", "four-blocks.en.png", "../x.en.svg"]
)
def test_an_unknown_drawing_is_not_found(visitor, figure, tail):
    assert visitor.get(f"/en/courses/money/figures/{tail}").status_code == 404


def test_every_address_beside_the_units_is_known_as_taken():
    beside = {found[1] for path in patterns().values() if (found := re.match(r"courses/<slug:module>/([a-z]+)/", path))}
    assert {"print", "figures"} <= beside
    assert beside <= TAKEN_IN_MODULE


@pytest.mark.parametrize("slug", ["figures", "print", "continue"])
def test_no_unit_can_take_an_address_of_the_portal(module, slug):
    with pytest.raises(ValidationError, match="The portal itself uses this address"):
        UnitFactory(module=module, slug=slug)


# Publishing ---------------------------------------------------------------------------------------


def test_publishing_refuses_a_missing_figure_by_its_name(module, unit):
    with pytest.raises(DomainError) as refusal:
        publish_module(module=module, actor=None)
    assert refusal.value.code == "figure"
    assert "four-blocks" in str(refusal.value)
    assert str(unit) in str(refusal.value)


def test_publishing_with_its_figures_goes_through(module, unit, figure):
    publish_module(module=module, actor=None)
    assert module.state == "published"


def test_another_modules_figure_does_not_count(module, unit):
    FigureFactory(key="four-blocks")
    with pytest.raises(DomainError):
        publish_module(module=module, actor=None)
