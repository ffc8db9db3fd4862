"""From the ADC of a virtual board to the screen: the bench of it, for a few seconds."""

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from tests.bench.pages import latency
from tests.e2e.test_pages import CHROMIUM

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="this machine has no Chromium: the pages are not tested here")
SECONDS = 4


def test_what_is_drawn_was_converted_a_moment_before(tmp_path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        late_ms, off_ms = latency(browser, SECONDS, tmp_path)
        browser.close()
    assert len(late_ms) > SECONDS * 25 / 2
    assert np.abs(off_ms).max() < 20  # else it is not known which conversion a sample is
    assert late_ms.min() > 0
    assert np.percentile(late_ms, 95) < 5000  # the figure itself is the bench's
