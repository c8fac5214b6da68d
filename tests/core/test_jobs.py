"""Background work: asked for once, done once, taken up again when a worker dies, and said to its owner alone."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from core import jobs, registry, tasks
from core.enums import JobState
from core.errors import DomainError
from core.models import Event, Job, StoredFile
from core.services import store_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(monkeypatch):
    """Return f(run) that makes "test.work" do this in this test."""

    def register(run=lambda running: None, **more):
        made = jobs.Kind(run=run, title=lambda job: "Test work", **more)
        monkeypatch.setitem(registry.jobs._offers, "test.work", made)

    return register


@pytest.fixture
def rung(monkeypatch):
    """Return the jobs for which a bell was rung; nobody comes."""
    heard = []
    monkeypatch.setattr(jobs, "ring", heard.append)
    return heard


def ask(owner=None, **more) -> Job:
    return jobs.ask(kind="test.work", owner=owner, **more)


def now_dead(job: Job) -> None:
    """Let a job's worker have died: its lease has ended."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def row(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


# Asking -------------------------------------------------------------------------------------------
def test_double_click_makes_one_job(participant, outsider, kind):
    kind()
    first = ask(participant, subject="a")
    assert ask(participant, subject="a") == first
    assert ask(participant, subject="b") != first
    assert ask(outsider, subject="a") != first
    assert ask(subject="a") == ask(subject="a") != first


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_job(participant, kind, at_once, rung):
    kind()
    first, second = at_once(lambda: ask(participant), lambda: ask(participant))
    assert first == second
    assert Job.objects.count() == 1
    assert rung == [first.pk]


def test_what_is_finished_may_be_asked_for_again(participant, kind):
    kind()
    first = ask(participant)
    assert jobs.perform(first.pk)
    assert ask(participant) != first


def test_bell_is_rung_after_commit(participant, kind, rung, django_capture_on_commit_callbacks):
    kind()
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(participant)
        assert rung == []
    assert rung == [job.pk]


def test_broker_away_loses_nothing(participant, kind, monkeypatch, django_capture_on_commit_callbacks):
    def away(*args, **kwargs):
        raise OSError("no broker")

    kind()
    monkeypatch.setattr(tasks.run_job, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(participant)
    assert row(job).state == JobState.QUEUED


def test_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        jobs.ask(kind="test.nothing", owner=None)


# Doing --------------------------------------------------------------------------------------------
def test_work_is_done_in_the_language_in_which_it_was_asked_for(participant, kind):
    kind(lambda running: {"language": translation.get_language()})
    with translation.override("fr"):
        job = ask(participant)
    assert jobs.perform(job.pk)
    assert row(job).result == {"language": "fr"}


def test_file_belongs_to_the_owner_and_nobodys_is_public(participant, kind):
    kind(lambda running: running.attach(b"%PDF", "Été.pdf", "application/pdf"))
    own, nobodys = ask(participant), ask()
    assert jobs.perform(own.pk)
    assert jobs.perform(nobodys.pk)
    stored = row(own).file
    assert (stored.audience, stored.name, stored.size) == (f"user.{participant.pk}", "Été.pdf", 4)
    assert stored.file.open().read() == b"%PDF"
    assert row(nobodys).file.audience == "public"


def test_progress_is_seen_and_keeps_the_lease(participant, kind, time_machine_at):
    seen = []

    def run(running):
        before = row(running.job).lease_until
        time_machine_at.shift(60)
        running.progress(3, 7)
        seen.append((row(running.job).done, row(running.job).total, row(running.job).lease_until - before))

    kind(run)
    assert jobs.perform(ask(participant).pk)
    assert seen == [(3, 7, timedelta(seconds=60))]


@pytest.fixture
def time_machine_at():
    import time_machine

    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_it_once(participant, kind, at_once, rung):
    ran = []
    kind(lambda running: ran.append(running.job.pk))
    job = ask(participant)
    assert sorted(at_once(lambda: jobs.perform(job.pk), lambda: jobs.perform(job.pk))) == [False, True]
    assert ran == [job.pk]
    assert row(job).attempts == 1


def test_worker_killed_half_way_finishes_once(participant, kind, rung):
    """The first worker vanishes with the work half done; the lease ends, the sweep rings, the second finishes."""
    kind(lambda running: running.attach(b"second", "x.txt", "text/plain"))
    job = ask(participant)
    dead = jobs.claim(job.pk)
    dead.progress(1, 2)
    assert jobs.claim(job.pk) is None
    assert jobs.sweep() == 0
    now_dead(job)
    assert jobs.sweep() == 1
    assert rung == [job.pk]
    assert jobs.perform(job.pk)
    assert row(job).state == JobState.DONE
    assert StoredFile.objects.count() == 1
    assert not jobs.perform(job.pk)


def test_worker_that_lost_its_lease_writes_nothing(participant, kind):
    """A worker that was only slow comes back after another has finished."""

    def run(running):
        if running.job.attempts == 1:
            now_dead(running.job)
            assert jobs.perform(running.job.pk)  # the other worker
            running.attach(b"late", "late.txt", "text/plain")
            return {"by": "late"}
        running.attach(b"right", "right.txt", "text/plain")
        return {"by": "right"}

    kind(run)
    job = ask(participant)
    assert not jobs.perform(job.pk)
    assert row(job).result == {"by": "right"}
    assert [stored.name for stored in StoredFile.objects.all()] == ["right.txt"]


def test_lost_lease_stops_the_work_at_its_next_step(participant, kind):
    kind()
    job = ask(participant)
    slow = jobs.claim(job.pk)
    now_dead(job)
    assert jobs.claim(job.pk)
    with pytest.raises(jobs.Lost):
        slow.progress(1, 2)
    with pytest.raises(jobs.Lost), slow.finishing():
        Event.objects.create(act="never", object_key="x")
    assert not Event.objects.exists()
    assert row(job).done == 0


def test_rows_of_the_work_and_the_end_of_the_job_stand_or_fall_together(participant, kind):
    def run(running):
        with running.finishing() as result:
            Event.objects.create(act="written", object_key="x")
            result["url"] = "/en/"
            if running.job.attempts == 1:
                raise RuntimeError("half-way")

    kind(run)
    job = ask(participant)
    assert not jobs.perform(job.pk)
    assert not Event.objects.exists()
    assert row(job).state == JobState.QUEUED
    assert jobs.perform(job.pk)
    assert Event.objects.filter(act="written").count() == 1
    assert row(job).result == {"url": "/en/"}


def test_exception_is_tried_again_and_given_up_after_three(participant, kind, caplog):
    def run(running):
        raise RuntimeError("broken")

    kind(run)
    job = ask(participant)
    states = []
    for _n in range(4):
        jobs.perform(job.pk)
        states.append(row(job).state)
    assert states == ["queued", "queued", "failed", "failed"]
    assert row(job).attempts == 3
    assert "RuntimeError: broken" in row(job).error
    assert "Traceback" in caplog.text


def test_worker_that_dies_each_time_is_given_up(participant, kind, rung):
    kind()
    job = ask(participant)
    for _n in range(3):
        assert jobs.claim(job.pk)
        now_dead(job)
    assert jobs.claim(job.pk) is None
    assert jobs.sweep() == 0
    assert row(job).state == JobState.FAILED


def test_refusal_ends_the_job_at_once_with_its_sentence(client_of, participant, kind):
    def run(running):
        raise DomainError("Nothing to export.")

    kind(run)
    job = ask(participant)
    jobs.perform(job.pk)
    assert (row(job).state, row(job).attempts) == (JobState.FAILED, 1)
    assert "Nothing to export." in client_of(participant).get(job.get_absolute_url()).content.decode()


# The sweep ----------------------------------------------------------------------------------------
def test_sweep_rings_for_what_nobody_took_up(participant, kind, rung):
    kind()
    job = ask(participant)
    assert jobs.sweep() == 0  # it has only just been asked for
    assert jobs.sweep(timezone.now() + timedelta(seconds=21)) == 1
    assert rung == [job.pk]


def test_sweep_deletes_what_is_older_than_a_week(participant, kind, rung):
    kind(lambda running: running.attach(b"x", "x.txt", "text/plain"))
    old, waiting = ask(participant, subject="old"), ask(participant, subject="waiting")
    jobs.perform(old.pk)
    place = row(old).file.file.name
    jobs.sweep(timezone.now() + timedelta(days=6))
    assert Job.objects.count() == 2
    jobs.sweep(timezone.now() + timedelta(days=8))
    assert list(Job.objects.all()) == [waiting]
    assert not StoredFile.objects.exists()
    assert not default_storage.exists(place)


def test_sweep_costs_the_same_for_one_and_three(participant, kind, rung):
    costs = []
    kind(lambda running: running.attach(b"x", "x.txt", "text/plain"))
    later = timezone.now() + timedelta(days=8)
    for count in (1, 3):
        for n in range(count):
            jobs.perform(ask(participant, subject=str(n)).pk)
        with CaptureQueriesContext(connection) as seen:
            jobs.sweep(later)
        costs.append(len(seen))
        assert not Job.objects.exists()
    assert costs[0] == costs[1] <= 15


# The page -----------------------------------------------------------------------------------------
def test_page_is_for_the_owner_alone(client_of, participant, outsider, staff, visitor, kind):
    kind()
    url = ask(participant).get_absolute_url()
    assert client_of(participant).get(url).status_code == 200
    assert client_of(outsider).get(url).status_code == 404
    assert client_of(staff).get(url).status_code == 404
    assert visitor.get(url)["Location"] == f"/en/accounts/login/?next={url}"
    assert client_of(participant).get(reverse("job", args=[uuid.uuid4()])).status_code == 404


def test_page_of_nobodys_job_opens_to_whoever_has_its_address(visitor, outsider, client_of, kind):
    kind()
    job = ask()
    assert visitor.get(job.get_absolute_url()).status_code == 200
    assert client_of(outsider).get(reverse("job_state", args=[job.key])).json()["state"] == "queued"


def test_page_says_how_far_it_is_and_leads_to_the_file(client_of, participant, kind):
    kind(lambda running: running.attach(b"x" * 2048, "module.pdf", "application/pdf"), back=lambda job: "/en/courses/")
    job, browser = ask(participant), client_of(participant)
    page = browser.get(job.get_absolute_url()).content.decode()
    assert "Test work" in page
    assert "Look again" in page
    Job.objects.filter(pk=job.pk).update(state="running", done=3, total=7)
    assert "3 of 7" in browser.get(job.get_absolute_url()).content.decode()
    Job.objects.filter(pk=job.pk).update(state="queued")
    jobs.perform(job.pk)
    done = browser.get(job.get_absolute_url())
    assert row(job).file.get_absolute_url() in done.content.decode()
    assert "2.0\xa0KB" in done.content.decode()
    assert "data-job" not in done.content.decode()
    assert "no-store" in done["Cache-Control"]


def test_state_is_the_fragment_of_the_page(client_of, participant, kind):
    kind()
    job, browser = ask(participant), client_of(participant)
    assert browser.get(reverse("job_state", args=[job.key])).json()["finished"] is False
    jobs.perform(job.pk)
    found = browser.get(reverse("job_state", args=[job.key])).json()
    assert found["finished"] is True
    assert found["html"].strip() in browser.get(job.get_absolute_url()).content.decode()


def test_failed_job_says_what_to_do(client_of, participant, kind):
    kind()
    job = ask(participant)
    Job.objects.filter(pk=job.pk).update(state="failed", finished_at=timezone.now(), error="Traceback: secret")
    page = client_of(participant).get(job.get_absolute_url()).content.decode()
    assert "Ask for it again" in page
    assert "secret" not in page


def test_job_of_a_kind_that_is_no_more_still_has_a_page(client_of, participant):
    job = Job.objects.create(kind="test.gone", owner=participant)
    assert client_of(participant).get(job.get_absolute_url()).status_code == 200


# The administration -------------------------------------------------------------------------------
def failed(owner) -> Job:
    return Job.objects.create(
        kind="test.work", owner=owner, state="failed", attempts=3, error="Traceback\nKeyError: 'x'", finished_at=timezone.now()
    )


def run_again(client, *rows):
    data = {"action": "run_again", "_selected_action": [job.pk for job in rows]}
    return client.post(reverse("admin:core_job_changelist"), data, follow=True)


def test_staff_run_a_failed_job_again(client_of, staff, participant, kind, rung, django_capture_on_commit_callbacks):
    kind()
    job = failed(participant)
    with django_capture_on_commit_callbacks(execute=True):
        page = run_again(client_of(staff), job)
    assert "1 job waits again" in page.content.decode()
    assert (row(job).state, row(job).attempts, rung) == ("queued", 0, [job.pk])
    assert Event.objects.about(job).get().actor == staff
    assert jobs.perform(job.pk)


def test_only_what_failed_is_run_again(client_of, staff, participant, kind):
    kind()
    job, standing = failed(participant), ask(participant)
    page = run_again(client_of(staff), job, standing).content.decode()
    assert "asked for again and is under way" in page
    assert "Only work that failed" in page
    assert not Event.objects.exists()
    with pytest.raises(IntegrityError):
        Job.objects.create(kind="test.work", owner=participant)


def test_staff_see_failures_on_the_desk_and_change_nothing(client_of, staff, participant):
    job = failed(participant)
    browser = client_of(staff)
    assert "?state__exact=failed" in browser.get(reverse("admin:index")).content.decode()
    assert "KeyError" in browser.get(reverse("admin:core_job_changelist")).content.decode()
    assert browser.get(reverse("admin:core_job_change", args=[job.pk])).status_code == 200
    assert browser.get(reverse("admin:core_job_delete", args=[job.pk])).status_code == 403
    assert browser.get(reverse("admin:core_job_add")).status_code == 403


def test_running_again_needs_its_permission(client_of, tutor, participant, kind):
    kind()
    tutor.is_staff = True
    tutor.save()
    tutor.user_permissions.set(Permission.objects.filter(codename="view_job"))
    job = failed(participant)
    run_again(client_of(tutor), job)
    assert row(job).state == "failed"


# Files --------------------------------------------------------------------------------------------
def test_file_is_kept_under_a_name_of_ours(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 100_000)
    with path.open("rb") as body:
        stored = store_file(data=body, name="../../é vil.zip", content_type="application/zip", audience="public")
    assert stored.size == 300_000
    assert stored.file.name.endswith(f"{stored.key}.zip")
    assert stored.file.open().read() == path.read_bytes()
