"""HTTP/1.1 as the front door speaks it: messages, bodies, and the connection."""
