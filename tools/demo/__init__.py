"""The Mathare demonstration: SYNTHETIC people, places and answers; only the ward's name is real.

Nothing in here says anything about Mathare or anybody who lives there.
"""

ASSESSMENT = "KE-MATHARE-2026"
SEED = 2026
