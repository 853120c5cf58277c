"""Charts and maps as SVG: plain geometry, the same drawing for PDF and HTML."""
