"""A module as files: what is exported comes back whole; what is broken is refused, with file and line."""

import io
import re
import stat
import zipfile

import pytest
from django.urls import reverse

from core.archives import Archive
from core.models import Event, StoredFile
from core.starter import ContentError, ContentFaults
from core.translations import LANGUAGES
from courses import services
from courses.enums import MediumKind, QuestionKind, UnitKind
from courses.exchange.loading import load_module
from courses.exchange.writing import archive_of, files_of
from courses.models import CheckItem, Choice, Figure, Medium, Module, Question, QuestionTag, Reflection, Unit
from courses.services.media import keep_medium
from courses.services.notes import save_note
from tests.factories import CheckFactory, ModuleFactory, QuestionFactory, UnitFactory, add_question, texts

pytestmark = pytest.mark.django_db

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 80"><text x="8" y="30">{}</text></svg>'
IMPORT = "admin:courses_module_import"


def made(row):
    row.mark_translated(*LANGUAGES)
    row.full_clean()
    row.save()
    return row


def parts(question: Question, count: int) -> None:
    for n in range(1, count + 1):
        half = texts("match", f"Half {n}") if question.kind == QuestionKind.MATCHING else {}
        made(Choice(question=question, position=n, **texts("label", f"Part {n}"), **half))


@pytest.fixture
def module(db):
    """A module with everything that files can hold."""
    module = ModuleFactory(slug="money", fallback_languages=["es"], audience="member")
    module.prerequisites.add(ModuleFactory(slug="first-steps"))
    made(Figure(module=module, key="flow", **texts("title", "Flow"), **texts("description", "All of it"),
                **{f"svg_{code}": SVG.format(code) for code in LANGUAGES}))  # fmt: skip
    unit = UnitFactory(module=module, slug="why", position=1, is_optional=True, body_en="![](figure:flow)\n\nMore: 3 – 4 'x'.")
    made(Reflection(unit=unit, key="stage", position=1, **texts("prompt", "Which stage?")))
    film = UnitFactory(module=module, slug="film", kind=UnitKind.VIDEO, position=2, **texts("transcript", "Said"))
    Medium.objects.create(unit=film, kind=MediumKind.VIDEO, language="en", url="https://example.org/f", bytes=9, seconds=3)
    check = CheckFactory(module=module, slug="check", position=3)
    for place, kind in enumerate((QuestionKind.MATCHING, QuestionKind.ORDERING), start=6):
        question = QuestionFactory(kind=kind, key=f"q-{kind}")
        parts(question, 3)
        CheckItem.objects.create(unit=check, question=question, position=place)
    tag = QuestionTag.objects.create(slug="pool")
    for n in range(3):
        QuestionFactory(kind=QuestionKind.TRUE_FALSE, right_is_true=n > 1, key=f"drawn-{n}").tags.add(tag)
    CheckItem.objects.create(unit=check, tag=tag, count=2, position=8)
    services.publish_module(module=module, actor=None)
    return module


def zipped(files: dict[str, bytes], folder: str = "money") -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{folder}/{name}", data)
    out.seek(0)
    return out


def emptied() -> None:
    """Leave a site without modules and questions."""
    CheckItem.objects.all().delete()
    Module.objects.all().delete()
    for question in Question.objects.all():
        Question.objects.filter(pk=question.pk).update(version=None)
        question.versions.all().delete()
        question.delete()


# Round trip ---------------------------------------------------------------------------------------
def test_what_is_exported_comes_back_whole_on_an_empty_site(module):
    before = files_of(module)
    data = archive_of(module)
    emptied()
    ModuleFactory(slug="first-steps", theme=module.theme)

    load_module(Archive(io.BytesIO(data)))

    assert files_of(Module.objects.get(slug="money")) == before
    assert sorted(before) == [
        "bank.yaml", "check.en.md", "check.es.md", "check.fr.md", "check.questions.yaml", "figures.yaml",
        "figures/flow.en.svg", "figures/flow.es.svg", "figures/flow.fr.svg", "film.en.md", "film.es.md", "film.fr.md",
        "film.transcript.en.md", "film.transcript.es.md", "film.transcript.fr.md", "module.en.md", "module.es.md",
        "module.fr.md", "module.yaml", "why.en.md", "why.es.md", "why.fr.md", "why.reflections.yaml",
    ]  # fmt: skip


def test_imported_module_gives_the_same_pages(module, client_of, participant):
    module.audience = "public"
    module.save()
    reader, paths = client_of(participant), [f"/fr/courses/money/{slug}/" for slug in ("", "why/", "film/", "check/")]
    paths = [path.replace("//", "/") for path in paths]
    before = [reader.get(path).content for path in paths]
    data = archive_of(module)
    emptied()
    ModuleFactory(slug="first-steps", theme=module.theme)

    load_module(Archive(io.BytesIO(data)))

    assert [bare(reader.get(path).content) for path in paths] == [bare(page) for page in before]
    assert "Which stage? fr" in before[1].decode()


def bare(page: bytes) -> tuple[str, list[str]]:
    """Return what a page says and where it leads, without the numbers of rows."""
    html = page.decode()
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    return words, re.findall(r'(?:href|src|action)="([^"?]+)', html)


def test_importing_again_changes_nothing(module):
    assert load_module(Archive(io.BytesIO(archive_of(module)))) == []


def test_stale_translations_stay_stale_on_another_site(module):
    unit = module.units.get(slug="why")
    unit.body_en = "Another text."
    unit.save()
    assert unit.stale() == ["fr", "es"]
    data = archive_of(module)
    emptied()

    load_module(Archive(io.BytesIO(data)))

    assert Unit.objects.get(slug="why").stale_fields("fr") == ["body"]
    assert Module.objects.get().stale() == []


def test_new_original_without_new_translation_makes_it_stale(module):
    files = files_of(module)
    files["why.en.md"] = files["why.en.md"].replace(b"3 \xe2\x80\x93 4", b"5")
    files["why.fr.md"] = files["why.fr.md"].replace(b"More fr", b"Plus")

    load_module(Archive(zipped(files)))

    assert Unit.objects.get(slug="why").stale() == ["es"]


def test_question_of_two_modules_comes_along_in_full(module):
    other = ModuleFactory(slug="other")
    check = CheckFactory(module=other, slug="check", questions=0)
    shared = Question.objects.get(key="q-matching")
    CheckItem.objects.create(unit=check, question=shared, position=1)

    assert b"key: q-matching" in files_of(other)["check.questions.yaml"]


# What vanished ------------------------------------------------------------------------------------
def without(files: dict[str, bytes], slug: str) -> dict[str, bytes]:
    lines, kept, skipping = files["module.yaml"].decode().splitlines(), [], False
    for line in lines:
        if line.startswith("- ") or not line.startswith(" "):
            skipping = line == f"- slug: {slug}"
        if not skipping:
            kept.append(line)
    return files | {"module.yaml": "\n".join(kept).encode()}


def test_unit_that_vanished_goes_when_nobody_opened_it(module):
    changes = load_module(Archive(zipped(without(files_of(module), "film"))))

    assert ("removed", "unit film") in changes
    assert not Unit.objects.filter(slug="film").exists()


def test_unit_that_vanished_is_retired_when_people_are_in_it(module, participant):
    unit = module.units.get(slug="why")
    services.record_reading(user=participant, unit_id=unit.pk, record=None)

    changes = load_module(Archive(zipped(without(files_of(module), "why"))))

    assert ("retired", "unit why") in changes
    assert Unit.objects.get(slug="why").retired_at
    assert participant.unit_records.count() == 1


def test_unit_that_comes_back_stands_again(module, participant):
    whole = files_of(module)
    services.record_reading(user=participant, unit_id=module.units.get(slug="why").pk, record=None)
    load_module(Archive(zipped(without(whole, "why"))))

    load_module(Archive(zipped(whole)))

    assert Unit.objects.get(slug="why").retired_at is None


def test_choice_that_vanished_goes_and_past_answers_keep_theirs(module, participant):
    check = module.units.get(slug="check")
    attempt = services.start_attempt(user=participant, unit=check)
    files = files_of(module)
    text = files["check.questions.yaml"].decode()
    start = text.index("  - text:\n      en: Choice 3 en")
    end = text.index("- key:", start)
    load_module(Archive(zipped(files | {"check.questions.yaml": (text[:start] + text[end:]).encode()})))

    first = attempt.answers.select_related("version").get(position=1)
    assert len(first.version.content["choices"]) == 3
    assert first.version.question.choices.count() == 2


# Refused ------------------------------------------------------------------------------------------
def entry(name: str, mode: int = 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize(
    "entries",
    [
        [entry("money/../../etc/passwd")],
        [entry("/money/module.yaml")],
        [entry("money/module.yaml", stat.S_IFLNK | 0o777)],
        [entry("C:/money/module.yaml")],
        [entry("money/module.yaml"), entry("elsewhere/module.yaml")],
        [entry("module.yaml")],
        [entry("money/module.yaml"), entry("money/module.yaml")],
        [],
    ],
    ids=["up", "absolute", "link", "drive", "two-folders", "no-folder", "twice", "empty"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_that_leads_astray_is_refused(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for info in entries:
            archive.writestr(info, b"x")

    with pytest.raises(ContentError):
        Archive(out)


def test_bomb_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(31):
            archive.writestr(f"money/{n}.md", b"0" * 10_000_000)
    assert out.tell() < 1_000_000

    with pytest.raises(ContentError, match="larger than 300 MB"):
        Archive(out)


def test_zip_that_lies_about_a_size_is_refused():
    out = zipped({"module.yaml": b"kind: refresher\n" * 400})
    data = bytearray(out.getvalue())
    place = data.index(b"PK\x01\x02") + 24  # the size in the central directory
    data[place : place + 4] = (12).to_bytes(4, "little")

    with pytest.raises(ContentError):
        load_module(Archive(io.BytesIO(bytes(data))))


def test_more_files_than_a_module_has_are_refused():
    with pytest.raises(ContentError, match="2000"):
        Archive(zipped({f"{n}.md": b"" for n in range(2001)}))


BROKEN = {
    "broken yaml": ("module.yaml", b"kind: [x\nfoo", 2),
    "no front matter": ("why.fr.md", b"Just text", 1),
    "broken front matter": ("why.en.md", b"---\ntitle: a\nsummary: [b\n---\ntext", 3),
    "latin-1": ("why.es.md", "---\ntitle: a\nsummary: Política\n---\ntext".encode("latin-1"), 3),
    "utf-16": ("why.es.md", "---\ntitle: a\n---\ntext".encode("utf-16"), 1),
    "no right choice": ("check.questions.yaml", None, 1),
    "unknown key": ("why.reflections.yaml", b"- key: stage\n  promt: {en: a, fr: b, es: c}", 2),
    "missing key": ("why.reflections.yaml", b"- prompt: {en: a, fr: b, es: c}", 1),
    "key twice": ("why.reflections.yaml", b"- key: a\n  key: b\n  prompt: {en: a, fr: b, es: c}", 1),
    "number for a text": ("why.reflections.yaml", b"- key: stage\n  prompt:\n    en: 3\n    fr: b\n    es: c", 3),
    "alias": ("why.reflections.yaml", b"- &a {key: stage}\n- *a", 2),
    "not a list": ("why.reflections.yaml", b"key: stage", 1),
    "script in a drawing": ("figures/flow.en.svg", SVG.format("<script>1</script>").encode(), 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_fault_is_named_with_file_and_line_and_nothing_is_half_written(module, name):
    file, data, line = BROKEN[name]
    files = files_of(module)
    if data is None:
        data = files[file].replace(b"right: true\n", b"right: false\n")
    files["module.en.md"] = files["module.en.md"].replace(b"Title", b"Another title")

    with pytest.raises(ContentError) as refused:
        load_module(Archive(zipped(files | {file: data})))

    faults = refused.value.faults if isinstance(refused.value, ContentFaults) else [refused.value]
    if file.endswith(".svg"):
        assert [(fault.file, fault.line) for fault in faults] == [("figures.yaml", 1)]
    else:
        assert (file, line) in [(fault.file, fault.line) for fault in faults]
    assert files_of(Module.objects.get(slug="money")) == files_of(module)


def test_all_faults_are_found_in_one_go(module):
    files = files_of(module)
    files["why.reflections.yaml"] = b"- key: a\n- key: b\n  prompt: 5"
    files["check.questions.yaml"] = b"- key: x\n  kind: essay\n" + files["check.questions.yaml"]

    with pytest.raises(ContentFaults) as refused:
        load_module(Archive(zipped(files)))

    assert {fault.file for fault in refused.value.faults} == {"why.reflections.yaml", "check.questions.yaml"}
    assert len(refused.value.faults) == 3


def test_published_module_wants_every_language_a_draft_its_source(module):
    files = {name: data for name, data in files_of(module).items() if name != "why.fr.md"}
    with pytest.raises(ContentFaults, match="why.fr.md"):
        load_module(Archive(zipped(files, folder="money")))

    files["module.yaml"] = files["module.yaml"].replace(b"state: published", b"state: draft")
    load_module(Archive(zipped(files)), slug="money-draft")

    assert Module.objects.get(slug="money-draft").state == "draft"
    assert Unit.objects.get(module__slug="money-draft", slug="why").missing("fr") == ["title", "body"]


def test_windows_line_ends_and_mark_of_order_are_taken(module):
    files = files_of(module)
    files["why.en.md"] = b"\xef\xbb\xbf" + files["why.en.md"].replace(b"\n", b"\r\n")

    assert load_module(Archive(zipped(files))) == []


# The administration -------------------------------------------------------------------------------
def test_staff_export_a_module_and_it_is_logged(module, client_of, staff):
    response = client_of(staff).get(reverse("admin:courses_module_export", args=[module.pk]))

    assert response["Content-Disposition"] == 'attachment; filename="money.zip"'
    assert zipfile.ZipFile(io.BytesIO(response.content)).testzip() is None
    assert Event.objects.filter(act="export", object_key=f"courses.module:{module.pk}", actor=staff).count() == 1


def upload(data: bytes, name: str = "money.zip") -> io.BytesIO:
    file = io.BytesIO(data)
    file.name = name
    return file


def test_import_shows_first_and_changes_when_confirmed(module, client_of, staff):
    browser, files = client_of(staff), files_of(module)
    files["module.fr.md"] = files["module.fr.md"].replace(b"Title", b"Titre")
    page = browser.post(reverse(IMPORT), {"zip": upload(zipped(files).getvalue())})
    assert page.status_code == 200
    assert page.context["changes"] == [("changed", "module money")]
    assert Module.objects.get(slug="money").title_fr.startswith("Title")

    done = browser.post(reverse(IMPORT), {"kept": page.context["kept"], "slug": page.context["other"]})

    assert done.url == reverse("admin:courses_module_change", args=[module.pk])
    assert Module.objects.get(slug="money").title_fr.startswith("Titre")
    assert Event.objects.filter(act="import", actor=staff).count() == 1
    assert not StoredFile.objects.filter(name="import.zip").exists()


def test_import_under_another_address_leaves_the_first(module, client_of, staff):
    browser = client_of(staff)
    page = browser.post(reverse(IMPORT), {"zip": upload(archive_of(module)), "slug": "money-2"})
    browser.post(reverse(IMPORT), {"kept": page.context["kept"], "slug": page.context["other"]})

    assert Module.objects.get(slug="money-2").units.count() == 3
    assert module.units.count() == 3


@pytest.mark.parametrize("data", [b"", b"no zip at all", zipped({"../x": b"y"}).getvalue()])
def test_import_refuses_a_bad_zip_with_400_and_says_why(client_of, staff, data):
    page = client_of(staff).post(reverse(IMPORT), {"zip": upload(data)})

    assert page.status_code == 400
    assert len(page.context["faults"]) == 1


def test_import_lists_file_and_line(module, client_of, staff):
    files = files_of(module) | {"why.reflections.yaml": b"- key: a\n  prompt: 5"}
    page = client_of(staff).post(reverse(IMPORT), {"zip": upload(zipped(files).getvalue())})

    assert page.status_code == 400
    assert "why.reflections.yaml" in page.content.decode()


def test_import_without_a_file_and_of_another_persons_zip_is_refused(module, client_of, staff, participant):
    browser = client_of(staff)
    assert browser.post(reverse(IMPORT), {}).status_code == 400
    theirs = StoredFile.objects.create(
        file="x", name="import.zip", content_type="application/zip", size=1, sha256="x", audience=f"user.{participant.pk}"
    )
    assert browser.post(reverse(IMPORT), {"kept": theirs.key}).status_code == 400


def test_who_may_not_change_modules_neither_imports_nor_exports(module, client_of, participant):
    reader = client_of(participant)
    assert reader.get(reverse(IMPORT)).status_code in (302, 403)
    assert reader.get(reverse("admin:courses_module_export", args=[module.pk])).status_code in (302, 403)


def test_queries_of_an_export_do_not_grow(module, django_assert_max_num_queries):
    for n in range(3):
        add_question(module.units.get(slug="check"), QuestionKind.TRUE_FALSE, {"right_is_true": True}, [], 20 + n)
    with django_assert_max_num_queries(20):
        files_of(module)


# What hangs on a module beside its own rows -------------------------------------------------------
def lines(files: dict[str, bytes], name: str, was: str, now: str) -> dict[str, bytes]:
    """Return the files with a piece of one of them replaced."""
    assert was in files[name].decode()
    return files | {name: files[name].decode().replace(was, now, 1).encode()}


def test_damaged_file_in_a_zip_is_refused_with_its_name(module):
    data = bytearray(archive_of(module))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        info = archive.getinfo("money/why.en.md")
    start = info.header_offset + 30 + len(info.filename)
    data[start : start + info.compress_size] = b"\xff" * info.compress_size

    with pytest.raises(ContentError) as refusal:
        load_module(Archive(io.BytesIO(bytes(data))))

    assert "why.en.md" in str(refusal.value)


def test_two_draws_from_one_tag_come_back_as_two(module):
    check = module.units.get(slug="check")
    CheckItem.objects.create(unit=check, tag=QuestionTag.objects.get(slug="pool"), count=1, position=9)
    before, data = files_of(module), archive_of(module)

    assert load_module(Archive(io.BytesIO(data))) == []
    emptied()
    ModuleFactory(slug="first-steps", theme=module.theme)
    load_module(Archive(io.BytesIO(data)))

    assert [item.count for item in CheckItem.objects.filter(question=None).order_by("position")] == [2, 1]
    assert files_of(Module.objects.get(slug="money")) == before


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("module.yaml", "- slug: why\n  kind: reading\n  minutes: 8\n"),
        ("why.reflections.yaml", "- key: stage\n  prompt: {en: Other, fr: Autre, es: Otra}\n"),
        ("figures.yaml", "- key: flow\n  title: {en: a, fr: b, es: c}\n  description: {en: a, fr: b, es: c}\n"),
    ],
)
def test_what_stands_twice_in_the_files_is_refused(module, name, piece):
    """The second would take the place of the first without a word."""
    files = files_of(module)
    text = files[name].decode()
    twice = text.replace("units:\n", f"units:\n{piece}", 1) if name == "module.yaml" else text + piece

    with pytest.raises(ContentFaults) as refusal:
        load_module(Archive(zipped(files | {name: twice.encode()})))

    assert name in str(refusal.value)


def test_question_that_stands_twice_in_one_check_is_refused(module):
    files = files_of(module)
    twice = files["check.questions.yaml"] + files["check.questions.yaml"].split(b"\n- ")[0] + b"\n"

    with pytest.raises(ContentFaults):
        load_module(Archive(zipped(files | {"check.questions.yaml": twice})))


def test_prerequisites_and_successor_count_as_changes(module):
    other = ModuleFactory(slug="second-steps")
    files = lines(files_of(module), "module.yaml", "- first-steps", "- second-steps")

    assert load_module(Archive(zipped(files))) == [("changed", "prerequisites")]
    assert list(module.prerequisites.all()) == [other]


def test_import_of_a_draft_freezes_questions_that_a_published_module_asks(module):
    """Two modules ask one question: readers of the published one see the new text too."""
    files = lines(files_of(module), "module.yaml", "state: published", "state: draft")
    question = Question.objects.get(key="q-ordering")
    text = f"en: {question.prompt_en}"

    load_module(Archive(zipped(lines(files, "check.questions.yaml", text, "en: Put them in order, please."), "copy")))

    question.refresh_from_db()
    assert Module.objects.get(slug="copy").state == "draft"
    assert question.version.content["prompt"]["en"] == "Put them in order, please."


def filed(module) -> StoredFile:
    """Return the file of a download in the unit "why", which its readers may load."""
    medium, _moved = keep_medium(unit=module.units.get(slug="why"), kind="file", language="en", data=b"%PDF-1.7", name="x.pdf")
    return medium.file


def test_files_follow_an_audience_that_was_imported_without_publishing(module):
    stored = filed(module)
    files = lines(files_of(module), "module.yaml", "state: published", "state: draft")

    load_module(Archive(zipped(lines(files, "module.yaml", "audience: member", "audience: clinic.12"))))

    assert StoredFile.objects.get(pk=stored.pk).audience == "clinic.12"


def test_file_of_a_unit_that_is_deleted_is_hidden(module, client_of, staff):
    stored = filed(module)
    assert StoredFile.objects.get(pk=stored.pk).audience == "member"

    load_module(Archive(zipped(without(files_of(module), "why"))))

    assert not Unit.objects.filter(slug="why").exists()
    assert StoredFile.objects.get(pk=stored.pk).audience == "hidden"


def test_file_of_a_module_that_staff_delete_is_hidden(module, client_of, staff):
    stored = filed(module)

    client_of(staff).post(reverse("admin:courses_module_delete", args=[module.pk]), {"post": "yes"})

    assert not Module.objects.filter(slug="money").exists()
    assert StoredFile.objects.get(pk=stored.pk).audience == "hidden"


def test_unit_with_private_notes_is_not_deleted(module, participant):
    """A note may arrive before any reading is recorded: what waited in a browser."""
    save_note(user=participant, unit=module.units.get(slug="why"), text="For the minister")

    load_module(Archive(zipped(without(files_of(module), "why"))))

    assert participant.notes.get().text == "For the minister"


def test_starter_files_do_not_bring_back_what_staff_took_back(module):
    """Who retired a module or made it a draft decided so: new files change its texts, not its state."""
    services.unpublish_module(module=module, actor=None)
    services.publish_module(module=module, actor=None)
    services.unpublish_module(module=module, actor=None)
    files = lines(files_of(module), "module.yaml", "state: draft", "state: published")

    load_module(Archive(zipped(lines(files, "module.en.md", "title: ", "title: New "))))

    module.refresh_from_db()
    assert (module.state, module.title_en[:4]) == ("draft", "New ")
