"""Hubs: parcels sealed to the centre, what tablets show them, what they may say."""
