"""A real Apache Kafka as a child process, with nothing but pip: fetched, started, shared, stopped."""
