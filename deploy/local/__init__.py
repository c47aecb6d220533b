"""Everything on one machine: embedded broker and database, one process per service, a gateway, a mailbox."""
