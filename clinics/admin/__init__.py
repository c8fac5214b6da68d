"""The administration of clinics. Modules that add pages to an edition are imported before the edition's own."""

from clinics.admin import editions  # isort: skip

__all__ = ["editions"]
