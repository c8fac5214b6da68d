"""What search offers to lower floors: it follows every change of content."""

from core import registry
from search.services import follow

registry.followers.register("search", follow)
