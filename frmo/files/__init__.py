"""The door to files: strict YAML and JSON in, canonical YAML and JSON out, atomic writes."""
