"""Retired, renamed, brought back: nobody's progress is lost and no address breaks."""

import pytest
from django.utils import timezone

from core.errors import DomainError
from core.models import Event
from courses.models import Module, OldAddress, Statement, UnitRecord
from courses.services import retiring
from tests.factories import CheckFactory, ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


@pytest.fixture
def module(db):
    module = ModuleFactory(slug="money", published_at=timezone.now())
    for position, slug in enumerate(("a", "b", "c"), start=1):
        UnitFactory(module=module, slug=slug, position=position)
    return module


def led_to(path: str):
    row = OldAddress.objects.filter(path=path).first()
    return row and (row.unit or row.module)


def save_form(desk, obj, **fields):
    from tests.admin_desk import form_data

    url = f"/admin/courses/{obj._meta.model_name}/{obj.pk}/change/"
    data = {k: v for k, v in form_data(desk.get(url)).items() if v not in ([], None)}
    return desk.post(url, data | fields)


# Modules ------------------------------------------------------------------------------------------
def test_a_module_is_retired_with_its_reason_and_replacement(module, staff):
    other = ModuleFactory()
    retiring.retire_module(module=module, actor=staff, reason="Old figures", replaced_by=other)
    module.refresh_from_db()
    assert (module.state, module.replaced_by) == ("retired", other)
    event = Event.objects.about(module).get()
    assert (event.act, event.reason, event.after["replaced_by"]) == ("retire", "Old figures", other.slug)


def test_retiring_refuses_what_leads_nowhere(module, staff):
    for other, code in ((module, "loop"), (ModuleFactory(state="draft"), "unpublished")):
        with pytest.raises(DomainError) as refusal:
            retiring.retire_module(module=module, actor=staff, reason="x", replaced_by=other)
        assert refusal.value.code == code
    with pytest.raises(DomainError) as refusal:
        retiring.retire_module(module=ModuleFactory(state="draft"), actor=staff, reason="x")
    assert refusal.value.code == "state"


def test_a_module_is_brought_back_as_a_draft(module, staff):
    retiring.retire_module(module=module, actor=staff, reason="x", replaced_by=ModuleFactory())
    retiring.bring_back_module(module=module, actor=staff)
    module.refresh_from_db()
    assert (module.state, module.replaced_by) == ("draft", None)
    with pytest.raises(DomainError):
        retiring.bring_back_module(module=module, actor=staff)


def test_retiring_on_the_page_asks_for_a_reason(desk, module):
    url = f"/admin/courses/module/{module.pk}/retire/"
    page = desk.post(url, {"reason": ""})
    assert page.status_code == 400
    assert page.context["form"].errors["reason"]
    assert desk.post(url, {"reason": "Old"}).status_code == 302
    module.refresh_from_db()
    assert module.state == "retired"
    desk.post(f"/admin/courses/module/{module.pk}/bring-back/")
    module.refresh_from_db()
    assert module.state == "draft"


# Units --------------------------------------------------------------------------------------------
def test_a_unit_removed_while_fifty_people_are_in_it_keeps_their_progress(module, staff, participant):
    unit = module.units.get(slug="b")
    UnitRecord.objects.create(user=participant, unit=unit, seen_at=timezone.now())
    retiring.retire_unit(unit=unit, actor=staff, reason="Merged", successor=module.units.get(slug="c"))
    assert UnitRecord.objects.count() == 1
    assert [u.slug for u in module.units.standing()] == ["a", "c"]
    assert led_to("money/b").slug == "c"


def test_a_unit_without_successor_leads_to_its_module(module, staff):
    retiring.retire_unit(unit=module.units.get(slug="b"), actor=staff)
    assert led_to("money/b") == module


def test_chains_collapse(module, staff):
    a, b, c = module.units.all()
    OldAddress.objects.create(path="money/older", module=module, unit=a)
    retiring.retire_unit(unit=a, actor=staff, successor=b)
    retiring.retire_unit(unit=b, actor=staff, successor=c)
    assert {path: led_to(path) for path in ("money/older", "money/a", "money/b")} == dict.fromkeys(
        ("money/older", "money/a", "money/b"), c
    )


def test_a_published_module_keeps_its_last_unit(module, staff):
    a, b, c = module.units.all()
    for unit in (a, b):
        retiring.retire_unit(unit=unit, actor=staff)
    with pytest.raises(DomainError) as refusal:
        retiring.retire_unit(unit=c, actor=staff)
    assert refusal.value.code == "last"
    for successor in (a, c):
        with pytest.raises(DomainError):
            retiring.retire_unit(unit=c, actor=staff, successor=successor)


def test_a_unit_is_brought_back_last_and_at_its_address(module, staff):
    unit = module.units.get(slug="a")
    retiring.retire_unit(unit=unit, actor=staff)
    retiring.bring_back_unit(unit=unit, actor=staff)
    assert [u.slug for u in module.units.standing()] == ["b", "c", "a"]
    assert led_to("money/a") is None


def test_an_incomplete_unit_does_not_come_back_into_a_published_module(desk, module, staff):
    unit = module.units.get(slug="a")
    retiring.retire_unit(unit=unit, actor=staff)
    module.units.filter(pk=unit.pk).update(body_es="")
    page = desk.post(f"/admin/courses/unit/{unit.pk}/bring-back/", follow=True)
    assert "Its texts are missing in: ES." in page.text
    unit.refresh_from_db()
    assert unit.retired_at


# Renaming -----------------------------------------------------------------------------------------
def test_a_renamed_module_and_unit_are_found_at_their_old_addresses(desk, module):
    assert save_form(desk, module, slug="finance").status_code == 302
    assert led_to("money") == module
    unit = module.units.get(slug="a")
    assert save_form(desk, unit, slug="alpha").status_code == 302
    assert led_to("finance/a") == unit
    save_form(desk, unit, slug="beta")
    assert (led_to("finance/a"), led_to("finance/alpha")) == (unit, unit)


def test_going_back_to_an_old_address_makes_no_loop(desk, module):
    save_form(desk, module, slug="finance")
    module.refresh_from_db()
    save_form(desk, module, slug="money")
    assert led_to("money") is None
    assert led_to("finance") == module


def test_a_new_thing_at_an_old_address_stays_there(desk, module):
    save_form(desk, module, slug="finance")
    from courses.services.editing import duplicate_module

    duplicate_module(module=Module.objects.get(slug="finance"), slug="money", actor=None)
    assert led_to("money") is None


def test_what_nobody_ever_saw_leaves_no_address(desk):
    module = ModuleFactory(slug="money", state="draft")
    unit = UnitFactory(module=module, slug="a")
    save_form(desk, unit, slug="b")
    save_form(desk, module, slug="finance")
    assert not OldAddress.objects.exists()


def test_a_unit_moved_to_another_module_is_found(desk, module):
    unit, other = module.units.get(slug="a"), ModuleFactory(slug="other", state="draft")
    save_form(desk, unit, module=other.pk)
    assert led_to("money/a") == unit


# Deleting -----------------------------------------------------------------------------------------
def test_what_people_opened_is_not_deleted_and_the_page_says_why(desk, module, participant):
    unit = module.units.get(slug="a")
    UnitRecord.objects.create(user=participant, unit=unit, seen_at=timezone.now())
    for address in (f"unit/{unit.pk}", f"module/{module.pk}"):
        page = desk.post(f"/admin/courses/{address}/delete/", {"post": "yes"})
        assert "1 person has opened it" in page.text
        assert "Retire it instead." in page.text
    page = desk.post("/admin/courses/unit/", {"action": "delete_selected", "_selected_action": [unit.pk], "post": "yes"})
    assert "Retire it instead." in page.text
    unit.refresh_from_db()


def test_what_nobody_opened_is_deleted(desk, module):
    unit = module.units.get(slug="a")
    desk.post(f"/admin/courses/unit/{unit.pk}/delete/", {"post": "yes"})
    assert not module.units.filter(slug="a").exists()


def test_a_module_with_a_statement_or_an_attempt_is_not_deleted(module, participant):
    check = CheckFactory(module=module, slug="check", position=9)
    assert retiring.why_not_deleted(check) is None
    check.attempts.create(user=participant, number=1)
    assert retiring.why_not_deleted(check)
    empty = ModuleFactory()
    assert retiring.why_not_deleted(empty) is None
    Statement.objects.create(
        user=participant, module=empty, number="x", name="N", titles={}, minutes=1, completed_on="2026-01-01"
    )
    assert retiring.why_not_deleted(empty)
