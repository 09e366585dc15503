"""Figures come from here: `make bench`."""
