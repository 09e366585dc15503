"""The life of a complaint: its steps and states, its clocks, and the one fold that runs them over events.

`lifecycle` decides every step in every state, `priority` weighs assessments, `calendars` and `policy` say how time
counts, and `fold.CaseFold` turns the events of one partition into rows of `transitions` and `clocks`.
"""
