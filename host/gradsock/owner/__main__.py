"""Write the page that is made from the schema of the settings."""

from gradsock.owner.settings_page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
