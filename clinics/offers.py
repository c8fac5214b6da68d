"""What clinics offer to lower floors; each subject registers its own in a function of its room."""

from clinics.letters import admitted
from clinics.memberships import keys_of
from core import registry

registry.audiences.register("clinics", keys_of)
for kind in [*admitted.KINDS]:
    registry.letter_kinds.register(kind.code, kind)
