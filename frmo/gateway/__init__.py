"""The one way to a model: budget, retries, prices, transcript, providers."""
