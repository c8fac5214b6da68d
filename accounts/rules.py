import rules

from core.rules import staff_with

rules.add_perm("accounts.begin_look", staff_with("accounts.look_as"))
