"""Bundles: facts with their proofs, and a checker that stands alone."""
