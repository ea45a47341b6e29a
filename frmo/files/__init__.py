"""The door to YAML and JSON: strict reading, canonical atomic writing."""
