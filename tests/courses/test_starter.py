"""The starter content: complete, loaded once, and a broken file is named."""

import io
import shutil

import pytest
from django.core.management import CommandError, call_command

from core import registry
from core.richtext import terms_in
from core.starter import ContentError
from courses.exchange.starter import FOLDER, load_modules
from courses.models import Module, Question, Unit
from courses.services.addresses import module_renamed
from programme.models import GlossaryTerm

pytestmark = pytest.mark.django_db


def test_refresher_is_whole(refresher):
    assert refresher.state == "published"
    assert not any(refresher.gaps().values())
    assert refresher.stale() == []
    assert refresher.units.count() == 9
    assert Question.objects.filter(version=None).count() == 0


@pytest.fixture
def everything(db):
    """All starter content, as the command loads it."""
    call_command("load_starter", stdout=io.StringIO())
    return list(Module.objects.all())


def test_every_module_is_whole(everything):
    assert len(everything) == len(list(FOLDER.glob("*/module.yaml")))
    for module in everything:
        assert module.state == "published"
        assert not any(module.gaps().values())
        assert not [part for part in module.parts() if part.stale()]
    assert [module.slug for module in everything][0] == "technical-refresher"
    assert set(everything[1].prerequisites.all()) == {everything[0]}


def test_loading_again_changes_nothing(everything):
    before = list(Unit.objects.values_list("pk", "changed_at"))
    out = io.StringIO()
    call_command("load_starter", stdout=out)
    assert out.getvalue().splitlines() == [f"{name}: 0 changed" for name in registry.starters.names()]
    assert list(Unit.objects.values_list("pk", "changed_at")) == before


def test_terms_linked_are_in_the_glossary(everything):
    known = set(GlossaryTerm.objects.values_list("slug", flat=True))
    for unit in Unit.objects.all():
        for code in ("en", "fr", "es"):
            assert set(terms_in(unit.text("body_html", code))) <= known, (unit.slug, code)


def test_every_page_opens(everything, visitor, client_of, participant):
    for reader in (visitor, client_of(participant)):
        for unit in Unit.objects.select_related("module"):
            for code in ("en", "fr", "es"):
                response = reader.get(f"/{code}/courses/{unit.module.slug}/{unit.slug}/")
                assert response.status_code == 200
                assert "data-terms" not in response.content.decode()
                assert "data-figure" not in response.content.decode()


def test_staffs_edits_stay_while_the_files_are_the_same(folder):
    load_modules(folder)
    Unit.objects.filter(slug="why-financing").update(title_en="Edited by staff")

    assert load_modules(folder) == 0
    assert Unit.objects.get(slug="why-financing").title_en == "Edited by staff"


@pytest.fixture
def folder(tmp_path, refresher):
    """A copy of the refresher's files, to break."""
    name = "technical-refresher"
    shutil.copytree(FOLDER / name, tmp_path / "starter" / name)
    return tmp_path / "starter"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("module.yaml", "kind: [refresher"),
        ("module.fr.md", "---\ntitle: [x\n---\nbody"),
        ("why-financing.en.md", "no front matter"),
        ("why-financing.es.md", None),
        ("knowledge-check.questions.yaml", "- key: x\n kind: y"),
        ("why-financing.fr.md", b"---\ntitle: \xff\n---\n"),
        ("module.es.md", "---\nsummary: no title\n---\nbody"),
        ("module.yaml", "kind: refresher\ntheme: no-such-theme\nsource_language: en\nstate: draft\nunits: []"),
        ("knowledge-check.questions.yaml", "- key: x\n  kind: numeric"),
    ],
    ids=["yaml", "head", "no-head", "missing", "questions", "not-utf8", "no-title", "no-such-theme", "no-prompt"],
)
def test_broken_file_is_named_and_nothing_is_half_loaded(folder, name, text):
    path = folder / "technical-refresher" / name
    Module.objects.all().update(title_en="Changed by staff")  # so that a load would write
    if text is None:
        path.unlink()
    else:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ContentError) as error:
        load_modules(folder)
    assert name in str(error.value) or "technical-refresher" in str(error.value)
    assert Module.objects.get().title_en == "Changed by staff"


def test_command_says_what_is_broken(monkeypatch):
    def broken():
        raise ContentError("module.yaml: line 3")

    monkeypatch.setitem(registry.starters._offers, "themes", broken)
    with pytest.raises(CommandError, match="module.yaml: line 3"):
        call_command("load_starter", stdout=io.StringIO())


def test_changed_text_is_loaded(folder):
    path = folder / "technical-refresher" / "why-financing.en.md"
    path.write_text(path.read_text().replace("A labour inspector needs a vehicle.", "An inspector needs a car."))
    assert load_modules(folder) == 1
    assert "An inspector needs a car." in Unit.objects.get(slug="why-financing").body_html_en
    assert load_modules(folder) == 0


def test_module_that_staff_renamed_does_not_come_a_second_time(folder):
    """Not on the next start, and not with new files either: these change it where it stands."""
    module = Module.objects.get(slug="technical-refresher")
    module.slug = "refresher"
    module.save()
    module_renamed(module=module, before="technical-refresher")

    assert load_modules(folder) == 0
    text = folder / "technical-refresher" / "module.en.md"
    head = text.read_text("utf-8").split("\n")
    text.write_text("\n".join("title: New title" if line.startswith("title:") else line for line in head), "utf-8")
    load_modules(folder)

    assert Module.objects.get().title_en == "New title"
