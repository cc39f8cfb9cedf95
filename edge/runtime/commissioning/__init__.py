"""The commissioning wizard of a running store: its session, its steps one by one, what they find, and the record of what was done."""
