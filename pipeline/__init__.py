"""Vidhuk's domain, services, configuration and command line."""
