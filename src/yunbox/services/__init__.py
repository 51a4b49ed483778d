"""What each product promises: typed requests to stored resources. No sockets, processes or files here."""
