"""These tests run on the demo data."""

from tests.backend.demo_data import ask_as, clock, template_database

__all__ = ["ask_as", "clock", "template_database"]
