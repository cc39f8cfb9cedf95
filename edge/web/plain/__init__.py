"""The way in, as plain HTML that needs no script: first run, sign in, recovery, one-time links, signed out."""
