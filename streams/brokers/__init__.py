"""One port, three brokers: a local Apache Kafka, yours by address, and one in memory."""
