"""One use case a file; ports come in as arguments, what happened comes back as a value."""
