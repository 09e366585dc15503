"""The rules, as functions over values: no clock, no network, no files."""
