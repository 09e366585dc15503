"""Faust agents over batches of Kafka records: see docs/design/transport.md."""
