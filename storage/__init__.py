"""Memory: tables, queries and migrations. SQLite by default, PostgreSQL by URL. The only room that holds SQL."""
