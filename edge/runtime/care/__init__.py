"""The technician's side of the running store: what the care routes of the web room show and do."""
