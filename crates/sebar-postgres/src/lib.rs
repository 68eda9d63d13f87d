//! A private Postgres cluster: found, initialised, started and stopped for demo and tests.
