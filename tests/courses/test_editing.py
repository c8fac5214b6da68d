"""The editor's desk: order, copies, the page as participants see it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import DomainError
from core.models import Event
from courses.models import CheckItem, Figure, Medium, Module, OldAddress, Reflection, Unit, UnitRecord
from courses.services import editing
from tests.factories import CheckFactory, ModuleFactory, UnitFactory, texts

pytestmark = pytest.mark.django_db
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 100"><text>{}</text></svg>'


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


def full_module(slug="money") -> Module:
    """Return a module with one of each part, in three languages."""
    module = ModuleFactory(slug=slug)
    unit = UnitFactory(module=module, slug="first", position=1)
    check = CheckFactory(module=module, slug="check", position=2)
    figure = Figure(module=module, key="blocks", **texts("title", "Blocks"), **texts("description", "Four blocks"))
    for code in ("en", "fr", "es"):
        setattr(figure, f"svg_{code}", SVG.format(code))
    reflection = Reflection(unit=unit, key="stage", position=1, **texts("prompt", "Which stage?"))
    for part in (figure, reflection):
        part.mark_translated("fr", "es")
        part.save()
    Medium.objects.create(unit=unit, kind="file", language="en", url="https://example.org/a.pdf", bytes=1000)
    assert check.items.count() == 5
    return module


def order_of(module) -> list[str]:
    return list(module.units.standing().order_by("position").values_list("slug", flat=True))


# Order --------------------------------------------------------------------------------------------
@pytest.fixture
def three(db):
    module = ModuleFactory()
    for position, slug in ((3, "a"), (7, "b"), (20, "c")):
        UnitFactory(module=module, slug=slug, position=position)
    return module


def test_positions_are_written_densely_and_only_what_moves_gets_a_version(three):
    a, b, c = three.units.all()
    editing.reorder_units(module=three, order=[c.pk, a.pk, b.pk])
    assert list(three.units.order_by("position").values_list("slug", "position")) == [("c", 1), ("a", 2), ("b", 3)]
    before = Unit.history.count()
    assert editing.reorder_units(module=three, order=[c.pk, b.pk, a.pk]) == 2
    assert Unit.history.count() == before + 2


def test_an_order_of_other_units_than_stand_is_refused_and_changes_nothing(three):
    a, b, c = three.units.all()
    for order in ([a.pk, b.pk], [a.pk, b.pk, c.pk, c.pk], [a.pk, b.pk, 99999]):
        with pytest.raises(DomainError) as refusal:
            editing.reorder_units(module=three, order=order)
        assert refusal.value.code == "changed"
    assert order_of(three) == ["a", "b", "c"]


def test_a_number_typed_puts_a_unit_before_or_after_the_one_that_has_it(three):
    rows = list(three.units.all())
    a, b, c = (row.pk for row in rows)
    assert editing.order_typed(rows, {c: 1}) == [c, a, b]
    assert editing.order_typed(rows, {a: 2}) == [b, a, c]
    assert editing.order_typed(rows, {a: 3, b: 1, c: 2}) == [b, c, a]
    assert editing.order_typed(rows, {}) == [a, b, c]


def test_numbers_and_buttons_on_the_page(desk, three):
    a, b, c = three.units.all()
    url = f"/admin/courses/module/{three.pk}/order/"
    assert "Place of “Title a en”" in desk.get(url).text
    desk.post(url, {f"place-{a.pk}": "1", f"place-{b.pk}": "2", f"place-{c.pk}": "1"})
    assert order_of(three) == ["c", "a", "b"]
    answer = desk.post(url, {f"place-{c.pk}": "3", "up": str(b.pk)})  # what was typed is kept when one is moved
    assert order_of(three) == ["b", "a", "c"]
    assert answer["Location"].endswith(f"?at=up-{b.pk}#up-{b.pk}")
    desk.post(url, {"down": str(c.pk)})
    desk.post(url, {f"place-{a.pk}": "-4", f"place-{b.pk}": "x", "up": "99999999999999999999", f"place-{'9' * 30}": "1"})
    assert order_of(three) == ["b", "a", "c"]


def test_the_catalogue_is_put_in_order(desk):
    first, second = ModuleFactory(position=1), ModuleFactory(position=2)
    desk.post("/admin/courses/module/order/", {"down": str(first.pk)})
    assert list(Module.objects.all()) == [second, first]


def test_order_needs_the_permission_to_change(client_of, outsider, three):
    outsider.is_staff = True
    outsider.save()
    assert client_of(outsider).get(f"/admin/courses/module/{three.pk}/order/").status_code == 403
    assert client_of(outsider).post("/admin/courses/module/order/", {}).status_code == 403


# Copies -------------------------------------------------------------------------------------------
def test_a_copy_has_all_parts_and_nobodys_progress(staff, participant):
    module = full_module()
    unit = module.units.get(slug="first")
    other = ModuleFactory()
    module.prerequisites.add(other)
    OldAddress.objects.create(path="older", module=module)
    UnitRecord.objects.create(user=participant, unit=unit, seen_at="2026-01-01T00:00Z")
    module.mark_translated("fr")
    Module.objects.filter(pk=module.pk).update(title_en="Changed")  # makes French and Spanish stale
    module.refresh_from_db()

    copy = editing.duplicate_module(module=module, slug="money-2", actor=staff)

    copy = Module.objects.get(pk=copy.pk)
    assert (copy.state, copy.published_at, copy.title_fr) == ("draft", None, module.title_fr)
    assert copy.stale() == module.stale() == ["fr", "es"]
    assert list(copy.prerequisites.all()) == [other]
    assert order_of(copy) == ["first", "check"]
    first = copy.units.get(slug="first")
    assert first.body_html_fr == unit.body_html_fr
    assert [r.prompt_es for r in first.reflections.all()] == ["Which stage? es"]
    assert [m.url for m in first.media.all()] == ["https://example.org/a.pdf"]
    assert [f.svg_fr for f in copy.figures.all()] == [SVG.format("fr")]
    asked = lambda m: list(CheckItem.objects.filter(unit__module=m).order_by("position").values_list("question", flat=True))  # noqa: E731
    assert asked(copy) == asked(module)
    assert not UnitRecord.objects.filter(unit__module=copy).exists()
    assert not copy.old_addresses.exists()
    assert Event.objects.about(copy).get().after == {"of": "money"}
    module.refresh_from_db()
    assert (module.state, module.units.count(), module.figures.count()) == ("published", 2, 1)


def test_a_retired_unit_is_not_copied(staff):
    module = full_module()
    module.units.filter(slug="first").update(retired_at="2026-01-01T00:00Z")
    copy = editing.duplicate_module(module=module, slug="money-2", actor=staff)
    assert [unit.slug for unit in copy.units.all()] == ["check"]


@pytest.mark.parametrize("slug", ["money", "mine", "", "Wrong slug", "x" * 90])
def test_a_taken_or_odd_address_is_refused_with_what_was_typed(desk, slug):
    module = full_module()
    page = desk.post(f"/admin/courses/module/{module.pk}/duplicate/", {"slug": slug})
    assert page.status_code == 400
    assert page.context["form"].errors["slug"]
    assert Module.objects.count() == 1


# Preview ------------------------------------------------------------------------------------------
def test_preview_shows_the_real_page_in_a_frame_for_each_language_and_width(desk):
    module = full_module()
    page = desk.get(f"/admin/courses/module/{module.pk}/preview/", {"unit": "first", "language": "fr", "width": "768"})
    assert 'src="/fr/courses/money/first/?preview=1"' in page.text
    assert 'width="768"' in page.text
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "frame-src" not in desk.get(f"/admin/courses/module/{module.pk}/order/")["Content-Security-Policy"]
    for query in ({"unit": "gone"}, {"unit": "first/../x"}):
        assert desk.get(f"/admin/courses/module/{module.pk}/preview/", query).status_code == 404
    assert 'width="360"' in desk.get(f"/admin/courses/module/{module.pk}/preview/", {"width": "9", "language": "xx"}).text


def test_a_preview_records_nothing_may_be_framed_by_us_and_hides_what_only_staff_see(desk, staff):
    module = full_module()
    Module.objects.update(state="draft")
    page = desk.get("/en/courses/money/first/?preview=1")
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert "data-place" not in page.text
    assert "Draft: only" not in page.text
    assert not UnitRecord.objects.exists()
    inside = desk.get("/en/courses/money/first/", headers={"sec-fetch-dest": "iframe", "sec-fetch-site": "same-origin"})
    assert inside["X-Frame-Options"] == "SAMEORIGIN"
    assert not UnitRecord.objects.exists()
    plain = desk.get("/en/courses/money/first/")
    assert plain["X-Frame-Options"] == "DENY"
    assert (
        "frame-ancestors 'none'" in plain["Content-Security-Policy"] or "frame-ancestors;" in plain["Content-Security-Policy"]
    )
    assert UnitRecord.objects.filter(user=staff, unit__module=module).count() == 1


def test_only_staff_preview(client_of, participant, visitor):
    full_module()
    for client in (client_of(participant), visitor):
        page = client.get("/en/courses/money/first/?preview=1")
        assert page["X-Frame-Options"] == "DENY"
    assert UnitRecord.objects.filter(user=participant).count() == 1


# Figures, reflections, media ----------------------------------------------------------------------
def test_a_figure_shows_its_stored_drawing_as_an_image(desk):
    figure = full_module().figures.get()
    page = desk.get(f"/admin/courses/figure/{figure.pk}/change/")
    assert page.text.count('src="data:image/svg+xml;base64,') == 3
    assert "![](figure:blocks)" in page.text


def form_fields(page) -> dict:
    from tests.admin_desk import form_data

    return form_data(page)


def test_a_drawing_that_runs_something_is_refused_beside_its_field(desk):
    figure = full_module().figures.get()
    url = f"/admin/courses/figure/{figure.pk}/change/"
    bad = SVG.format("x").replace("<text>", "<script>1</script><text>")
    page = desk.post(url, form_fields(desk.get(url)) | {"svg_en": bad})
    assert "svg_en" in page.context["adminform"].form.errors
    assert bad.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;") in page.text  # what was typed is kept


def test_line_ends_of_browsers_are_no_change(desk):
    unit = full_module().units.get(slug="first")
    url = f"/admin/courses/unit/{unit.pk}/change/"
    data = {k: v.replace("\n", "\r\n") if isinstance(v, str) else v for k, v in form_fields(desk.get(url)).items()}
    assert desk.post(url, data | {"body_fr": "Texte nouveau.\r\n\r\nSuite."}).status_code == 302
    unit.refresh_from_db()
    assert unit.body_fr == "Texte nouveau.\n\nSuite."
    assert unit.stale() == []


def test_unit_page_edits_reflections_and_media(desk):
    unit = full_module().units.get(slug="first")
    url = f"/admin/courses/unit/{unit.pk}/change/"
    data = form_fields(desk.get(url))
    assert data["reflections-0-prompt_fr"] == "Which stage? fr"
    assert data["media-0-url"] == "https://example.org/a.pdf"
    both = data | {"media-TOTAL_FORMS": "2", "media-1-kind": "file", "media-1-language": "fr", "media-1-url": ""}
    assert "Give either a file or an address." in desk.post(url, both).text
    assert desk.post(url, both | {"media-1-url": "https://example.org/b.pdf", "media-1-bytes": "5"}).status_code == 302
    assert unit.media.get(language="fr").url == "https://example.org/b.pdf"


def test_a_file_of_another_kind_is_refused_and_a_right_one_is_stored(desk):
    from django.core.files.uploadedfile import SimpleUploadedFile

    unit = full_module().units.get(slug="first")
    url = f"/admin/courses/unit/{unit.pk}/change/"
    data = form_fields(desk.get(url)) | {"media-TOTAL_FORMS": "2", "media-1-kind": "captions", "media-1-language": "fr"}
    page = desk.post(url, data | {"media-1-upload": SimpleUploadedFile("film.vtt", b"\x00\x01 not captions")})
    assert "Please choose a file of one of these kinds: vtt." in page.text
    good = SimpleUploadedFile("film.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour\n")
    assert desk.post(url, data | {"media-1-upload": good}).status_code == 302
    assert unit.media.get(kind="captions").file.name.endswith(".vtt")


def test_what_is_missing_where_knows_figures_and_reflections(desk):
    module = full_module()
    module.figures.update(description_es="")
    Reflection.objects.update(prompt_fr="")
    page = desk.get(f"/admin/courses/module/{module.pk}/change/").text
    assert "Blocks en" in page
    assert "Which stage? en" in page


def test_pages_of_the_desk_cost_the_same_for_one_unit_and_three(desk):
    def cost(url):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(url).status_code == 200
        return len(queries)

    module = full_module()
    urls = [f"/admin/courses/module/{module.pk}/{tail}/" for tail in ("order", "preview", "timeline", "translate/fr")]
    [cost(url) for url in urls]
    before = [cost(url) for url in urls]
    for n in range(2):
        UnitFactory(module=module, position=10 + n)
    assert [cost(url) for url in urls] == before
