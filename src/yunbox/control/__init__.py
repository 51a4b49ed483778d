"""The resource store, the clock, and ids: what every service stands on."""
