"""The door to JSON Schema: data of every kind checked, faults in words for people."""
