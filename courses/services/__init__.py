from courses.services.attempts import save_answer, start_attempt, submit_attempt, supersedes
from courses.services.media import drop_medium, keep_medium, module_files_follow, set_medium
from courses.services.publishing import nothing_to_read, publish_module, unpublish_module
from courses.services.reading import complete_unit, record_place, record_reading

__all__ = [
    "complete_unit",
    "drop_medium",
    "keep_medium",
    "module_files_follow",
    "nothing_to_read",
    "publish_module",
    "record_place",
    "record_reading",
    "save_answer",
    "set_medium",
    "start_attempt",
    "submit_attempt",
    "supersedes",
    "unpublish_module",
]
