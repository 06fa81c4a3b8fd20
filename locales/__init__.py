"""What the countries write differently: scripts, dates, money, identifiers, texts. Imports no other package."""
