"""Numpy in, numpy out: what is done with pictures and vectors. Pure: no I/O, no clock, no randomness, no models."""
