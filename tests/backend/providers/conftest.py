"""These tests run on the demo data."""

from tests.backend.demo_data import template_database

__all__ = ["template_database"]
