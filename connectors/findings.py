"""What a look at an account's setup finds, in plain English for the person who sets it up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is right, or wrong together with what to do about it."""

    right: bool
    text: str
    advice: str = ""

    def __str__(self) -> str:
        sign = "ok     " if self.right else "PROBLEM"
        return f"  {sign}  {self.text}" + (f"\n           {self.advice}" if self.advice else "")


def good(text: str) -> Finding:
    """Nothing to be done."""
    return Finding(True, text)


def bad(text: str, advice: str) -> Finding:
    """Something a person has to do."""
    return Finding(False, text, advice)
