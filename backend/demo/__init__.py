"""Demo data: people, families, policies, providers, requests. Made from a fixed seed; nobody in it exists.

Never loaded by the running backend; `python -m backend.demo` fills an empty, migrated database.
"""
