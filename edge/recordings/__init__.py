"""Recordings of plates: folders of samples, the receipts they give, and how good those are. Never imported by a running store."""
