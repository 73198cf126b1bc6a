"""Gateways: the only places where something leaves the house for a customer."""
