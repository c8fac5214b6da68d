"""Matches marked on the words as written, in HTML that is always safe."""

import pytest

from search.marking import LENGTH, Marker
from search.query import parse
from search.words import stems


def marker(query, language):
    return Marker(parse(query).stems(language), language)


@pytest.mark.parametrize(
    ("query", "language", "text", "marked"),
    [
        ("formacion", "es", "La formación y las Formaciones", "La <mark>formación</mark> y las <mark>Formaciones</mark>"),
        ("ministry", "en", "Ministries of labour", "<mark>Ministries</mark> of labour"),
        ("emploi", "fr", "L’emploi et les emplois", "L’<mark>emploi</mark> et les <mark>emplois</mark>"),
        ("oeuvre", "fr", "Mise en œuvre", "Mise en <mark>œuvre</mark>"),
        ("financiero", "es", "Crisis financiera", "Crisis <mark>financiera</mark>"),
        ("work", "en", "Network and workshop", "Network and workshop"),
        ("budget", "en", "Nothing here", "Nothing here"),
    ],
)
def test_marks(query, language, text, marked):
    assert marker(query, language).mark(text) == marked


def test_html_in_a_text_stays_text():
    html = marker("script", "en").mark('<script>alert("x")</script> & <b onclick=x>')
    assert html == ("&lt;<mark>script</mark>&gt;alert(&quot;x&quot;)&lt;/<mark>script</mark>&gt; &amp; &lt;b onclick=x&gt;")


def test_excerpt_shows_where_most_words_stand():
    text = "Budget first. " + "Nothing of it. " * 60 + "The budget of a ministry <b>here</b>. " + "More. " * 90
    excerpt = marker("ministry budget", "en").excerpt(text)
    assert "<mark>budget</mark> of a <mark>ministry</mark> &lt;b&gt;here" in excerpt
    assert excerpt.startswith("… ")
    assert excerpt.endswith(" …")
    assert len(excerpt) < LENGTH + 150


def test_excerpt_of_a_text_without_the_words_is_its_beginning():
    assert marker("absent", "en").excerpt("Short text.") == "Short text."


def test_excerpt_of_one_endless_word():
    assert len(marker("b", "en").excerpt("a" * 5000)) <= LENGTH + 4


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_word_of_a_text_is_marked_when_it_is_looked_for(language, refresher):
    """Whatever the stemmer does to an ending, the closer look begins early enough."""
    unit = refresher.units.exclude(kind="check").first()
    text = unit.text("body", language)
    for word in set(text.split()):
        for one in stems(word, language).split():
            assert Marker({one[2:]}, language).matches(word), (word, one)
