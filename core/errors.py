"""The one exception by which a service refuses, in the reader's language."""


class DomainError(Exception):
    """A rule of the programme says no.

    Args:
        message: lazy translatable sentence for the person.
        code: short word for tests and scripts, such as "late" or "full".
        field: the form field it concerns, if any.
    """

    def __init__(self, message, *, code: str = "refused", field: str | None = None):
        super().__init__(message)
        self.message, self.code, self.field = message, code, field

    def __str__(self):
        return str(self.message)
