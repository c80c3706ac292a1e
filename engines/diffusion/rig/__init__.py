"""Inside of the diffusion engine: families of models, and what turns one order into frames."""
