"""Engines that draw test pictures and tones: instant, deterministic, without a model.

For tests, demonstrations and dry runs. Each file offers one shape of engine that ``flows`` must cope with: one that
splits, one that chains, one with an odd size and rate, one without seeds, one that costs money. All of them
misbehave on request (``params: {fault: ...}``, :mod:`engines.mock._faults`).
"""
