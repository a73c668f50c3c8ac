"""PostgreSQL: the embedded server, the schema and its migrations, connections, named SQL."""
