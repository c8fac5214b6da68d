"""The index follows every change of content in its transaction: whatever a service does, nothing drifts."""

import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from core import registry
from core.changes import content_changed, content_removed
from core.starter import Folder
from courses import services
from courses.exchange.loading import load_module
from courses.exchange.starter import FOLDER
from courses.models import Module, Unit
from courses.services import editing, retiring
from courses.services.history import restore
from courses.services.schedule import keep_schedule
from courses.services.translating import Change, leaves, save_translations
from programme.models import GlossaryTerm
from search import engines
from search.finding import find
from search.models import SearchDoc
from search.services import drift, forget, index, rebuild
from tests.factories import CheckFactory, ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def module(db):
    """A published module with two units and a check, as its services leave it."""
    module = ModuleFactory(state="draft")
    UnitFactory(module=module, title_en="Taxes and work", body_en="Uniqueword in a body.")
    UnitFactory(module=module)
    CheckFactory(module=module)
    services.publish_module(module=module, actor=None)
    return module


def kinds(**facts) -> list[str]:
    return sorted(SearchDoc.objects.filter(**facts).values_list("kind", flat=True))


def in_step() -> bool:
    found = drift()
    assert not found, found
    return True


def test_publishing_puts_module_and_units_into_the_index(module):
    assert kinds(language="fr") == ["module", "unit", "unit", "unit"]
    assert in_step()


def test_a_draft_is_not_in_the_index(db):
    UnitFactory(module=ModuleFactory(state="draft"))
    rebuild()
    assert not SearchDoc.objects.exists()


def test_questions_are_never_in_the_index(module):
    assert not any("Prompt" in doc.text or "Because" in doc.text for doc in SearchDoc.objects.all())


def test_a_language_that_is_not_whole_is_not_in_the_index(db):
    module = ModuleFactory(state="draft", fallback_languages=["es"])
    UnitFactory(module=module, body_es="")
    services.publish_module(module=module, actor=None)
    assert kinds(language="es") == ["module"]
    assert in_step()


def unpublish(module, staff):
    services.unpublish_module(module=module, actor=staff)


def retire(module, staff):
    retiring.retire_module(module=module, actor=staff, reason="old")


def retire_and_bring_back(module, staff):
    retire(module, staff)
    retiring.bring_back_module(module=Module.objects.get(pk=module.pk), actor=staff)
    services.publish_module(module=Module.objects.get(pk=module.pk), actor=staff)


def retire_unit(module, staff):
    retiring.retire_unit(unit=module.units.first(), actor=staff, successor=module.units.last())


def bring_back_unit(module, staff):
    retire_unit(module, staff)
    retiring.bring_back_unit(unit=module.units.first(), actor=staff)


def reorder(module, staff):
    editing.reorder_units(module=module, order=[u.pk for u in module.units.order_by("-position")])


def duplicate_and_publish(module, staff):
    services.publish_module(module=editing.duplicate_module(module=module, slug="copy", actor=staff), actor=staff)


def plan_publishing(module, staff):
    unpublish(module, staff)
    Module.objects.filter(pk=module.pk).update(publish_at=timezone.now() - timedelta(minutes=1))
    assert keep_schedule() == 1


def plan_retiring(module, staff):
    Module.objects.filter(pk=module.pk).update(retire_at=timezone.now() - timedelta(minutes=1))
    assert keep_schedule() == 1


def restore_a_unit(module, staff):
    unit = module.units.first()
    unit.title_en = "Another title"
    unit.save()
    content_changed(unit)
    restore(record=unit.history.last(), actor=staff)


def translate(module, staff):
    line = next(line for leaf in leaves_of(module) for line in leaf.lines if line.part == module.units.first())
    save_translations(changes=[Change(line, "Un titre tout autre", False, line.seen)])
    assert SearchDoc.objects.filter(language="fr", title="Un titre tout autre").exists()


def leaves_of(module):
    module = Module.objects.get(pk=module.pk)
    try:
        return leaves(module, "fr")
    except TypeError:
        return leaves(module)


@pytest.mark.parametrize(
    "act",
    [unpublish, retire, retire_and_bring_back, retire_unit, bring_back_unit, reorder, duplicate_and_publish, plan_publishing,
     plan_retiring, restore_a_unit, translate],
)  # fmt: skip
def test_nothing_drifts_after(module, staff, act):
    act(module, staff)
    assert in_step()


def test_staff_edit_in_the_administration(module, staff, client_of):
    """A new address and audience of a module reach what stands in the index of its units."""
    browser = client_of(staff)
    address = f"/admin/courses/module/{module.pk}/change/"
    form = browser.get(address).context["adminform"].form
    fields = {name: "" if value is None else value for name, value in form.initial.items()}
    fields |= {f"{name}_{part}": "" for name in ("publish_at", "retire_at") for part in (0, 1)}
    fields = {name: value for name, value in fields.items() if name not in ("publish_at", "retire_at", "prerequisites")}
    response = browser.post(address, fields | {"slug": "elsewhere", "audience": "member", "_confirm": ""})
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert set(SearchDoc.objects.values_list("audience", flat=True)) == {"member"}
    assert all("/elsewhere/" in url for url in SearchDoc.objects.values_list("url", flat=True))
    assert in_step()


@pytest.mark.parametrize("what", ["module", "unit"])
def test_staff_delete_in_the_administration(module, staff, client_of, what):
    gone = module if what == "module" else module.units.first()
    response = client_of(staff).post(f"/admin/courses/{what}/{gone.pk}/delete/", {"post": "yes"})
    assert response.status_code == 302
    assert not type(gone).objects.filter(pk=gone.pk).exists()
    assert in_step()


def test_loading_from_files_again_with_a_unit_less(refresher, tmp_path):
    assert in_step()
    unit = refresher.units.exclude(kind="check").last()
    files = tmp_path / "technical-refresher"
    files.mkdir()
    for path in FOLDER.joinpath("technical-refresher").iterdir():
        if path.is_file():
            (files / path.name).write_bytes(path.read_bytes())
    listed = (files / "module.yaml").read_text().splitlines(keepends=True)
    (files / "module.yaml").write_text("".join(line for line in listed if f"slug: {unit.slug}," not in line))
    for path in files.glob(f"{unit.slug}.*"):
        path.unlink()
    load_module(Folder(files), actor=None)
    assert not Unit.objects.filter(pk=unit.pk, retired_at=None).exists()
    assert in_step()


def test_a_change_that_is_rolled_back_leaves_the_index(module):
    with transaction.atomic():
        services.unpublish_module(module=module, actor=None)
        assert not SearchDoc.objects.exists()
        transaction.set_rollback(True)
    assert kinds(language="en") == ["module", "unit", "unit", "unit"]


def test_a_part_that_goes_is_read_out_of_what_shows_it(shelf, django_capture_on_commit_callbacks):
    """The theme stands for any part that a row shows without hanging on it."""
    row = shelf.put(en="One")
    source = registry.searchables["note"]
    source.parts[GlossaryTerm] = lambda term: [row.pk]
    shelf.texts[row.pk] = {"en": ("Two", "")}
    with django_capture_on_commit_callbacks(execute=True):
        content_removed(GlossaryTerm())
        assert SearchDoc.objects.get().title == "One"
    assert SearchDoc.objects.get().title == "Two"


# Rebuilding and comparing ----------------------------------------------------------------------------
DAMAGE = {
    "missing": lambda: SearchDoc.objects.filter(kind="unit").delete(),
    "title": lambda: SearchDoc.objects.filter(kind="unit").update(title="Damaged"),
    "audience": lambda: SearchDoc.objects.filter(kind="unit").update(audience="member"),
    "address": lambda: SearchDoc.objects.filter(kind="unit").update(url="/x/"),
    "stems": lambda: SearchDoc.objects.filter(kind="unit").update(text_stems="enx"),
    "unknown kind": lambda: SearchDoc.objects.filter(kind="unit").update(kind="gone"),
    "row that went unnoticed": lambda: Unit.objects.first().delete(),
    "row of no source": lambda: SearchDoc.objects.create(kind="gone", object_key="x.y:1", language="en", audience="public"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_mended(module, name):
    assert in_step()
    Unit.objects.filter(kind="check").update(kind="reading", pass_mark=None)
    rebuild()
    DAMAGE[name]()
    assert drift()
    assert rebuild()
    assert in_step()


def test_the_commands(module):
    said = io.StringIO()
    call_command("search_drift", stdout=said)
    assert "missing: 0" in said.getvalue()
    SearchDoc.objects.filter(kind="unit", language="fr").delete()
    with pytest.raises(SystemExit) as stopped:
        call_command("search_drift", stdout=said, stderr=said)
    assert stopped.value.code == 1
    assert "missing: 3" in said.getvalue()
    call_command("search_rebuild", stdout=said)
    assert "3 added, 0 changed, 0 removed" in said.getvalue()
    call_command("search_drift", stdout=said)


def test_rebuilding_writes_nothing_where_nothing_differs(module):
    before = list(SearchDoc.objects.order_by("pk").values())
    assert not rebuild()
    assert list(SearchDoc.objects.order_by("pk").values()) == before


def test_the_engine_follows_a_rebuild(module):
    """The engine's own index is no copy that could drift: it follows the rows of the table."""
    nobody = SimpleNamespace(is_authenticated=False, is_staff=False)
    assert find(user=nobody, text="uniqueword", language="en").total == 1
    SearchDoc.objects.all().delete()
    assert find(user=nobody, text="uniqueword", language="en").total == 0
    rebuild()
    assert find(user=nobody, text="uniqueword", language="en").total == 1


def test_the_engines_index_stands(db):
    """A migration that remakes the table on SQLite drops the triggers: it must call search.engines.create again."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'search_searchdoc'")
            assert {name for (name,) in cursor.fetchall()} == {"search_doc_added", "search_doc_gone", "search_doc_changed"}
        else:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'search_words'")
            assert "gin" in cursor.fetchone()[0]


def test_indexing_is_safe_to_repeat_and_costs_the_same(module, django_assert_max_num_queries):
    units = list(module.units.all())
    assert index(*units) == 0
    with django_assert_max_num_queries(6):
        index(units[0])
    with django_assert_max_num_queries(6):
        index(*units)
    assert forget(*units) == 9
    assert forget(*units) == 0


def test_two_texts_in_one_language_are_refused(shelf, monkeypatch):
    row = shelf.put(en="One")
    twice = registry.searchables["note"].documents
    monkeypatch.setitem(registry.searchables._offers, "note", SimpleNamespace(
        model=Module, rows=lambda: Module.objects.all(), roots=lambda obj: [obj.pk], audience=lambda row: "public",
        documents=lambda row: [*twice(row), *twice(row)],
    ))  # fmt: skip
    with pytest.raises(ValueError, match="two texts in en"):
        index(row)


def test_both_engines_write_queries_of_the_same_shape():
    demand = [[engines.Alternative(("ena", "enb"))], [engines.Alternative(("enc",)), engines.Alternative(("end",), True)]]
    assert engines.fts5([demand]) == '((("ena enb")) AND (("enc") OR ("end"*)))'
    assert engines.tsquery([demand]) == "((('ena' <-> 'enb')) & (('enc') | ('end':*)))"


def test_starter_and_demo_leave_the_index_in_step(db, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    with django_capture_on_commit_callbacks(execute=True):
        call_command("load_starter", stdout=io.StringIO())
    assert in_step()
    assert {"module", "unit", "term"} <= set(kinds())


def test_portal_that_had_no_index_gets_one_with_its_starter_content(module):
    SearchDoc.objects.all().delete()
    assert registry.starters["search"]() > 0
    assert not drift()
    assert registry.starters["search"]() == 0
