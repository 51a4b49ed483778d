"""Surge protection of scaling groups: yunbox's own, switched on by tags, off by default. `decision` is its heart."""
