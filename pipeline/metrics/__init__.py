"""One place that defines each published metric."""
