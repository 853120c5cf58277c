"""Colours that colour-blind readers and grey printers can tell apart.

Hues from Okabe and Ito's set; the map's classes rise evenly in lightness, so that they keep
their order in grey.
"""

INK = "#1c2530"
MUTED = "#5b6673"
GRID = "#dfe4ea"
AXIS = "#8a94a0"
PAPER = "#ffffff"
BLUE = "#0b5a8c"
BLUE_SOFT = "#8fb8d3"
ORANGE = "#d55e00"
HATCH = "#77808b"
CLASSES = ("#e8f1f7", "#b5d3e6", "#74aacd", "#32789f", "#0d4567")
"""Five classes of a map, light to dark."""
