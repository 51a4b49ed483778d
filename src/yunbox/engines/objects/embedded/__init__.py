"""Object storage for one machine: SQLite for what is small, files for what is large."""

from yunbox.engines.objects.embedded.schema import NewerFormatError
from yunbox.engines.objects.embedded.store import EmbeddedObjectStore

__all__ = ["EmbeddedObjectStore", "NewerFormatError"]
