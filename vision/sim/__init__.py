"""A camera that films a simulated shelf and serves real bytes; only tests, benches and the demo import it."""
