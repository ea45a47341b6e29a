"""The door to JSON Schema: every file kind's schema and one report of all faults."""
