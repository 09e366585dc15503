"""Every event type, once, as code: JSON Schema and AsyncAPI are generated from these structs."""
