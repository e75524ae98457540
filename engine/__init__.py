"""Alur's engine: processes, instances, tasks, terms. It knows no web framework and no Prefect."""
