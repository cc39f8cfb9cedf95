"""From what the store decided to what it tells the cloud: domain values in, wire messages out. Pure."""
