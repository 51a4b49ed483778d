"""STS: sessions and who one is."""
