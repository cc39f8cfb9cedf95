"""The demonstration: a simulated cabinet, a broker, the consumer and the controller as processes of their own, and people who shop.

The only room besides tests and benchmarks that may use the simulators.
"""
