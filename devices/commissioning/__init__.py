"""Commissioning as a technician does it, step by step: what is waited for, what is said, what comes out. Pure: samples and inputs come in
through ports, so that the command line at its own ports and the page over a running station do the very same thing."""
