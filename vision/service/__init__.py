"""The eye as a process: cameras in threads, one thread that recognises, one socket that tells. The composition root of the eye."""
