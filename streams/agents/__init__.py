"""Agents: take a batch, call a service, send. About ten lines each."""
