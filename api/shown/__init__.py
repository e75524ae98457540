"""What the API answers, as its OpenAPI document describes it."""
