"""What really runs and stores bytes. Nothing here knows a cloud product."""
