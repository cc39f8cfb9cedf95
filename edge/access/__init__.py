"""Who may do what: users, sessions, tokens and one-time secrets, in an SQLite file of their own beside the journal."""
