"""A delegation: its people, empty seats, signatures and tasks; and how one leaves it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Visibility
from clinics.enums import Act
from clinics.forms.delegations import LeaveForm, TaskForm
from clinics.models import Delegate, Delegation, DelegationTask
from clinics.models.editions import LONG_TEXTS
from clinics.outline import plan_of
from clinics.roster import roster_of, tasks_of
from clinics.services.delegations import add_task, change_task, finish_task, reopen_task
from clinics.services.succession import withdraw_delegate
from core.errors import DomainError
from core.pagecache import generation
from core.views import served

NOT_SHOWN = [*(f"edition__{field}" for field in LONG_TEXTS), "priorities__published"]


def get_delegation(user, slug: str, country: str) -> Delegation:
    """Return a delegation whose inner page this person reads, or 404. Queries: 1."""
    rows = Delegation.objects.visible_to(user).select_related("edition", "priorities").defer(*NOT_SHOWN)
    return get_object_or_404(rows, edition__slug=slug, country=country.upper())


def get_writable(request, slug: str, country: str) -> Delegation:
    """Return a delegation in which this person writes tasks, or 404 or 403. Queries: 1."""
    delegation = get_delegation(request.user, slug, country)
    if not request.user.has_perm("clinics.write_tasks", delegation):
        raise PermissionDenied
    return delegation


def shown(request, delegation: Delegation, form: TaskForm | None = None, status: int = 200):
    """Render a delegation's page, perhaps with a task as it was typed."""
    roster = SimpleLazyObject(lambda: roster_of(delegation))  # asked when the page is not kept
    edition = delegation.edition
    own = delegation.delegates.active().filter(user=request.user).only("pk").first()
    may_manage = request.user.is_staff and request.user.has_perm("clinics.manage_edition")
    may_write = request.user.has_perm("clinics.write_tasks", delegation)
    context = {
        "edition": edition,
        "plan": plan_of(edition, get_language()[:2]),
        "delegation": delegation,
        "roster": roster,
        "tasks": tasks_of(delegation),
        "kept": f"{generation()}.{delegation.pk}.{edition.people_version}.{version_of(delegation)}",
        "own": own,
        "may_leave": own is not None and edition.allows(Act.SWAP),
        "may_invite": edition.allows(Act.INVITE) and request.user.has_perm("clinics.invite_delegate", delegation),
        "may_manage": may_manage,
        "may_write": may_write,
        "form": form,
        "new_task": SimpleLazyObject(lambda: TaskForm(members=[one.delegate for one in roster.members])),
    }
    return render(request, "clinics/delegation_detail.html", context, status=status)


def version_of(delegation: Delegation) -> int:
    """Return the version of a delegation's priorities, 0 before anybody wrote. Pure, with the priorities fetched."""
    priorities = getattr(delegation, "priorities", None)
    return priorities.version if priorities else 0


@require_safe
def delegation_detail(request, slug, country):
    """One delegation, for its members and the team."""
    delegation = get_delegation(request.user, slug, country)
    return shown(request, delegation)


@require_http_methods(["POST"])
def task_add(request, slug, country):
    """Keep a new task; a fault comes back with what was typed."""
    delegation = get_writable(request, slug, country)
    form = TaskForm(request.POST, members=delegation.delegates.active().select_related("user"))
    if form.is_valid():
        try:
            add_task(delegation=delegation, language=get_language()[:2], actor=request.user, **form.cleaned_data)
            return redirect(f"{delegation.get_absolute_url()}#tasks")
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return shown(request, delegation, form, status=400)


def get_task(request, slug: str, country: str, pk: int) -> DelegationTask:
    """Return a task that this person may change, or 404 or 403. Queries: 2."""
    delegation = get_writable(request, slug, country)
    task = get_object_or_404(delegation.tasks, pk=pk)
    task.delegation = delegation
    return task


@require_http_methods(["GET", "HEAD", "POST"])
def task_change(request, slug, country, pk):
    """Change what a task says, who has it, and until when."""
    task = get_task(request, slug, country, pk)
    members = task.delegation.delegates.active().select_related("user")
    start = {"title": task.title, "owner": task.owner_id or "", "due_on": task.due_on}
    form = TaskForm(request.POST or None, initial=start, members=members)
    if request.method == "POST" and form.is_valid():
        try:
            language = get_language()[:2] if form.cleaned_data["title"] != task.title else task.language
            change_task(task=task, language=language, actor=request.user, **form.cleaned_data)
            return redirect(f"{task.delegation.get_absolute_url()}#tasks")
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    context = {"task": task, "delegation": task.delegation, "edition": task.delegation.edition, "form": form}
    return render(request, "clinics/task_change.html", context, status=400 if form.errors else 200)


@require_POST
def task_done(request, slug, country, pk):
    """Mark a task as done, or with `open` as open again."""
    task = get_task(request, slug, country, pk)
    act = reopen_task if request.POST.get("open") else finish_task
    act(task=task, actor=request.user)
    return redirect(f"{task.delegation.get_absolute_url()}#tasks")


@require_http_methods(["GET", "HEAD", "POST"])
def delegate_withdraw(request, slug, country):
    """Ask why, and let a delegate give up her own seat."""
    rows = Delegate.objects.active().select_related("delegation__edition", "user")
    delegate = get_object_or_404(rows, user=request.user, edition__slug=slug, delegation__country=country.upper())
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_delegate(delegate=delegate, actor=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("You have given up your seat. Thank you for letting us know."))
            return redirect("home")
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    closed = not delegate.edition.allows(Act.SWAP)
    context = {"delegation": delegate.delegation, "edition": delegate.edition, "form": form, "is_closed": closed}
    return render(request, "clinics/delegate_withdraw.html", context, status=400 if form.errors else 200)


@require_safe
def delegate_photo(request, slug, country, pk):
    """The photo of a member who shows it to the people in her clinics."""
    delegation = get_delegation(request.user, slug, country)
    rows = delegation.delegates.active().filter(user__visibility=Visibility.PEERS, user__photo__isnull=False)
    found = rows.filter(pk=pk).select_related("user__photo").first()
    if found is None:
        raise Http404
    return served(request, found.user.photo)
