"""The web interface: pages made on the server. Each module holds the routes of one room and no rules of its own."""
