"""The launcher (`careloop up`): embedded broker and database, one process per service or role, and a gateway."""
