import rules

from core.rules import may_read, staff_with

rules.add_perm("courses.read_module", may_read)
rules.add_perm("courses.see_progress", staff_with("courses.view_module"))
rules.add_perm("courses.publish_module", staff_with("courses.change_module"))
