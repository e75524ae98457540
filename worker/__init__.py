"""Background work under Prefect. It holds no rules of its own: every decision is the engine's."""
