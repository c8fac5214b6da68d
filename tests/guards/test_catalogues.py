"""The interface speaks French and Spanish completely: catalogues hold just what code and templates ask for."""

import polib
import pytest

from tests.guards.house import template_files
from tests.guards.messages import Message, asked_for, bad_tags, bad_templates, catalogue, faults, of_python, of_template

HEAD = {"Plural-Forms": "nplurals=2; plural=(n > 1);", "Content-Type": "text/plain; charset=utf-8"}


@pytest.fixture(scope="module")
def asked():
    return asked_for()


@pytest.mark.parametrize("language", ["fr", "es"])
def test_catalogue_is_complete(asked, language):
    found = faults(catalogue(language), asked, language)

    assert len(asked) > 300
    assert not found, f"{len(found)} faults\n" + "\n".join(found[:60])


def test_templates_use_the_tags_of_today():
    assert len(template_files()) > 80
    assert not bad_templates(), "\n".join(bad_templates())


def test_messages_are_found():
    python = 'x = _("One")\ny = ngettext("%(n)d day", "%(n)d days", 3)\nz = pgettext_lazy("side", "Other")'
    counted = "{% blocktranslate trimmed count n=n %}a {{ x }}%{% plural %}b{% endblocktranslate %}"
    template = '{% translate "True" context "answer" %}' + counted

    assert of_python(python) == [Message("", "One", ""), Message("", "%(n)d day", "%(n)d days"), Message("side", "Other", "")]
    assert set(of_template(template)) == {Message("answer", "True", ""), Message("", "a %(x)s%%", "b")}
    with pytest.raises(ValueError, match="not written out"):
        of_python('x = _(f"Hello {name}")')


def entry(text, translation="", plural="", forms=None, flags=()):
    forms = {} if forms is None else dict(enumerate(forms))
    return polib.POEntry(msgid=text, msgstr=translation, msgid_plural=plural, msgstr_plural=forms, flags=list(flags))


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        (None, "missing"),
        (entry("Hello %(name)s"), "untranslated"),
        (entry("Hello %(name)s", "Bonjour %(nom)s"), "placeholders"),
        (entry("Hello %(name)s", "Bonjour"), "placeholders"),
        (entry("Hello %(name)s", "Bonjour %(name)s", flags=["fuzzy"]), "fuzzy"),
        (entry("Hello %(name)s", "Bonjour %(name)s !"), "typography"),
        (entry("Goodbye", "Au revoir"), "superfluous"),
        (entry("%(n)d day", plural="%(n)d days", forms=["%(n)d jour"]), "plural forms"),
        (entry("%(n)d day", plural="%(n)d days", forms=["un jour", ""]), "untranslated"),
    ],
)
def test_planted_fault_is_caught(planted, fault):
    po = polib.POFile()
    po.metadata = HEAD
    po += [planted] if planted else []
    asked = {Message("", planted.msgid, planted.msgid_plural) if planted and fault != "superfluous" else Message("", "Hi", "")}

    assert any(line.startswith(fault) for line in faults(po, asked, "fr"))


def test_sound_catalogue_has_no_faults():
    po = polib.POFile()
    po.metadata = HEAD
    po.append(entry("Hello %(name)s", "Bonjour %(name)s\u202f!"))
    po.append(entry("%(n)d day", plural="%(n)d days", forms=["un jour", "%(n)d jours"]))

    assert not faults(po, {Message("", "Hello %(name)s", ""), Message("", "%(n)d day", "%(n)d days")}, "fr")


@pytest.mark.parametrize(
    "tag", ["{% trans 'x' %}", "{% blocktrans trimmed %}", "{% load i18n %}", "{% blocktranslate with a=b %}"]
)
def test_planted_tag_is_caught(tag):
    assert bad_tags(tag, letter=False)
    assert not bad_tags("{% blocktranslate with a=b %}{% translate 'x' %}", letter=True)
