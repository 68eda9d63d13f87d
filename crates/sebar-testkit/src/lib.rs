//! For tests and benchmarks: a private Postgres, a database per test, fixtures.
