"""An example of a case system that embeds the engine: README.md says how to run it."""
