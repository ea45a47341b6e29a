"""Programs that run inside the sandbox under the project's interpreter: standard library only, no import of frmo."""
