"""The administration of clinics. Modules that add pages to an edition are imported before the edition's own."""

from clinics.admin import countries, criteria, duplicating  # isort: skip
from clinics.admin import announcements, exports  # isort: skip
from clinics.admin import balance  # isort: skip
from clinics.admin import decisions  # isort: skip
from clinics.admin import reviews  # isort: skip
from clinics.admin import plan  # isort: skip
from clinics.admin import moving  # isort: skip
from clinics.admin import delegations, who_has_not  # isort: skip
from clinics.admin import applications  # isort: skip
from clinics.admin import priorities  # isort: skip
from clinics.admin import invitations  # isort: skip
from clinics.admin import editions  # isort: skip

__all__ = [
    "invitations",
    "applications",
    "delegations",
    "who_has_not",
    "announcements",
    "balance",
    "decisions",
    "countries",
    "criteria",
    "duplicating",
    "editions",
    "moving",
    "plan",
    "exports",
    "priorities",
    "reviews",
]
