"""Read, check and run BPMN 2.0. The only folder that imports SpiffWorkflow; it touches no database."""
