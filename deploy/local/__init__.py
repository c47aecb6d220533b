"""The launcher: embedded broker and database, one process per service, a gateway, on one machine."""
