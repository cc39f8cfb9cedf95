"""Where the pure rooms meet the world: inbox, journal, executor, clock, watchdog, and the one composition root."""
