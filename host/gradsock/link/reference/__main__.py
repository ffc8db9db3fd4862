"""Write the page that is made from the protocol's own code."""

from gradsock.link.reference.page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
