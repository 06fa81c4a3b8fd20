"""A QR code as SVG, drawn here: what is in it is a secret and goes to no service."""

import io

import segno
from markupsafe import Markup


def qr_svg(content: str) -> Markup:
    """Dark on white with its quiet zone, so that cameras read it on dark pages too."""
    drawn = io.BytesIO()
    code = segno.make(content, error="m", micro=False)
    code.save(drawn, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, dark="#000", light="#fff")
    # segno's own drawing of modules: nothing of the content is in it as text.
    return Markup(drawn.getvalue().decode())  # noqa: S704
