"""Health check templates."""
