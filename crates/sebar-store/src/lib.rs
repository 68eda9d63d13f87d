//! Postgres: every SQL statement of the project, migrations, the queue and counters.
