"""Shipped configs and the data of the demo."""
