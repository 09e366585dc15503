"""Kafka and Faust: topics, brokers, the batch transport and the agents."""
