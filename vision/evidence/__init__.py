"""Pictures that are kept: the last minute in memory, clips and crops on disk, with limits."""
