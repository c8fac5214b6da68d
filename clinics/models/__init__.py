from clinics.models.announcements import Announcement
from clinics.models.calls import Application, Extension, Invitation, Review, ReviewScore, SeatLink
from clinics.models.delegations import Delegate, Delegation, DelegationTask, Seats
from clinics.models.editions import Activity, Block, Edition, Session, Week
from clinics.models.priorities import Priorities, PriorityText, Signature
from clinics.models.selection import CandidateScore, CountryCandidate, Criterion
from clinics.models.team import TeamMember, WorkGroup

__all__ = [
    "Activity",
    "Announcement",
    "Application",
    "Block",
    "CandidateScore",
    "CountryCandidate",
    "Criterion",
    "Delegate",
    "Delegation",
    "DelegationTask",
    "Edition",
    "Extension",
    "Invitation",
    "Priorities",
    "PriorityText",
    "Review",
    "ReviewScore",
    "SeatLink",
    "Seats",
    "Session",
    "Signature",
    "TeamMember",
    "Week",
    "WorkGroup",
]
