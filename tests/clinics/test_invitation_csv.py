"""People invited by a list: whatever a spreadsheet wrote is read, every fault is named, nothing is half done."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clinics.invitees import MOST_ROWS, read_rows
from clinics.models import Invitation
from clinics.services.inviting_many import invite_many, plan_invitations
from core import jobs
from core.errors import DomainError
from core.models import Job, StoredFile
from reminders.models import Letter
from tests.factories import DelegateFactory, DelegationFactory, InvitationFactory

pytestmark = pytest.mark.django_db
HEAD = "name,email,country,group,language,organisation,position\n"
GOOD = HEAD + "Grace Banda,grace@union.example,MW,workers,fr,Congress,Researcher\n"


@pytest.fixture
def delegation():
    return DelegationFactory()


def code_of(act) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode("utf-16"),
        "Nom;Adresse électronique;Pays;Groupe de mandants;Langue;Organisation;Fonction\r\n"
        "Grace Banda;grace@union.example;Malawi;Organisation de travailleurs;Français;Congress;Researcher\r\n".encode("cp1252"),
        "Nombre,Correo electrónico,País,Grupo,Idioma,Organización,Cargo\n\n"
        "Grace Banda,GRACE@union.example,Malawi,WORKERS,francés,Congress,Researcher\n,,,,,,\n".encode(),
    ],
)
def test_lists_of_any_spreadsheet_are_read(delegation, data):
    plan = plan_invitations(rows=read_rows(data), edition=delegation.edition)

    assert not [fault.reason for fault in plan.faults]
    assert [(place, one.email, one.group, one.language) for place, one in plan.good] == [
        (delegation, "grace@union.example", "workers", "fr")
    ]


def test_labels_of_groups_are_understood_in_three_languages(delegation):
    for label in ("Workers’ organisation", "workers' organisation", "workers"):
        rows = read_rows(f"email,name,country,group\na@u.example,A,MW,{label}\n".encode())
        assert plan_invitations(rows=rows, edition=delegation.edition).good


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "headings"),
        (b"name,email\nA,a@b.example\n", "headings"),
        (b"name,email,group,e-mail\n", "headings"),
        (b"name,email,group\n", "empty"),
        (b"name,email,group\n" + b"A,a@b.example,workers\n" * (MOST_ROWS + 1), "rows"),
        (b"x" * (5 * 2**20), "large"),
    ],
)
def test_file_that_is_no_list_is_refused(data, code):
    assert code_of(lambda: read_rows(data)) == code


def test_every_fault_has_its_line_and_reason(delegation):
    InvitationFactory(delegation=delegation, email="asked@union.example")
    text = (
        "name,email,country,group,language\n"
        "A,a@union.example,MW,workers,en\n"
        "B,no-address,MW,workers,en\n"
        "C,c@union.example,MW,pirates,en\n"
        "D,A@union.example,MW,workers,en\n"
        "E,e@union.example,MW,ngo,en\n"
        "F,f@union.example,KE,workers,en\n"
        "G,g@union.example,Atlantis,workers,en\n"
        "H,h@union.example,MW,workers,Klingon\n"
        "I,i@union.example,,workers,en\n"
        ",j@union.example,MW,workers,en\n"
        "K,asked@union.example,MW,workers,en\n"
    )

    plan = plan_invitations(rows=read_rows(text.encode()), edition=delegation.edition)

    assert [fault.line for fault in plan.faults] == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "pirates" in plan.faults[1].reason
    assert "line 2" in plan.faults[2].reason
    assert [one.line for one in plan.known] == [12]
    assert plan.counts == {"good": 1, "faults": 9, "known": 1}
    assert Invitation.objects.count() == 1


def test_list_with_faults_invites_nobody_unless_that_is_chosen(delegation, staff):
    rows = read_rows(GOOD.encode() + b"B,no-address,MW,workers,en,,\n")
    facts = {"rows": rows, "edition": delegation.edition, "actor": staff}

    assert code_of(lambda: invite_many(**facts)) == "faults"
    assert not Invitation.objects.exists()
    invite_many(**facts, only_good=True)
    assert Invitation.objects.get().nominated_by == staff


def test_same_list_again_adds_nobody_and_tells_nobody(delegation, staff):
    facts = {"rows": read_rows(GOOD.encode()), "edition": delegation.edition, "actor": staff}

    first, second = invite_many(**facts), invite_many(**facts)

    assert (first.counts["good"], second.counts["good"], second.counts["known"]) == (1, 0, 1)
    assert Invitation.objects.count() == 1
    letter = Letter.objects.get(kind="clinics.invitation")
    assert (letter.address, letter.language) == ("grace@union.example", "fr")


def test_person_with_account_is_told_there(delegation, staff, participant):
    text = f"name,email,country,group\nP,{participant.email},MW,workers\n"

    invite_many(rows=read_rows(text.encode()), edition=delegation.edition, actor=staff)

    assert set(Letter.objects.values_list("recipient", flat=True)) == {participant.pk}


def test_list_of_one_delegation_needs_no_country(delegation, staff):
    rows = read_rows(b"name,email,group\nA,a@union.example,workers\n")
    other = read_rows(b"name,email,group,country\nA,a@union.example,workers,KE\n")

    assert plan_invitations(rows=rows, edition=delegation.edition, delegation=delegation).good
    assert plan_invitations(rows=other, edition=delegation.edition, delegation=delegation).faults


def many(count: int) -> bytes:
    lines = "".join(f"Person {n},p{n}@union.example,MW,workers,en,,\n" for n in range(count))
    return (GOOD.splitlines()[0] + "\n" + lines).encode()


@pytest.mark.parametrize("count", [3, 300])
def test_planning_costs_the_same_for_any_number(delegation, count, django_assert_num_queries):
    DelegateFactory(delegation=delegation)
    rows = read_rows(many(count))

    with django_assert_num_queries(5):
        plan_invitations(rows=rows, edition=delegation.edition)


def test_staff_rehearse_and_send_on_the_page(client_of, staff, delegation):
    client = client_of(staff)
    url = reverse("admin:clinics_edition_invitation_list", args=[delegation.edition_id])
    upload = SimpleUploadedFile("people.csv", GOOD.encode() + b"B,no-address,MW,workers,en,,\n")

    shown = client.post(url, {"csv": upload})

    assert shown.status_code == 200
    assert "no-address" in shown.content.decode()
    assert not Invitation.objects.exists()
    kept = StoredFile.objects.get(name="invitations.csv")
    refused = client.post(url, {"kept": kept.key})
    assert refused.status_code == 400
    assert not Invitation.objects.exists()
    assert client.post(url, {"kept": kept.key, "only_good": "on"}).status_code == 302
    assert Invitation.objects.count() == 1
    assert not StoredFile.objects.filter(name="invitations.csv").exists()
    assert client.post(url, {"kept": kept.key}).status_code == 400
    assert client.post(url, {}).status_code == 400


def test_long_list_is_sent_by_a_worker(client_of, staff, delegation):
    client = client_of(staff)
    url = reverse("admin:clinics_edition_invitation_list", args=[delegation.edition_id])
    client.post(url, {"csv": SimpleUploadedFile("people.csv", many(260))})
    kept = StoredFile.objects.get(name="invitations.csv")

    answer = client.post(url, {"kept": kept.key})

    job = Job.objects.get(kind="clinics.invite_many")
    assert answer["Location"].endswith(f"/jobs/{job.key}/")
    assert not Invitation.objects.exists()
    assert jobs.perform(job.pk)
    job.refresh_from_db()
    assert (job.result["good"], job.result["url"]) == (
        260,
        reverse("admin:clinics_edition_invitations", args=[delegation.edition_id]),
    )
    assert Invitation.objects.count() == Letter.objects.filter(kind="clinics.invitation").count() == 260
    assert not StoredFile.objects.filter(name="invitations.csv").exists()
