"""How the parts of a model become steps: texts, steps, events, connections, scopes."""
