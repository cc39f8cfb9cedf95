"""Checks that open models and cameras, which a running store never does; the others are in ``edge.runtime.checkup``."""
