from accounts.admin.people import UserAdmin

__all__ = ["UserAdmin"]
