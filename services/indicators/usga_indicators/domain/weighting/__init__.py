"""Weights beyond the design: post-stratification, raking, calibration, trimming."""
