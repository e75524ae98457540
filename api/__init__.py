"""HTTP for Alur. It holds no rules of its own: every decision is the engine's."""
