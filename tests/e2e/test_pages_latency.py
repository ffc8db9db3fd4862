"""From the ADC of a virtual board to the screen, and several socks for several pages: the benches, for seconds."""

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from tests.bench.pages import latency, serving
from tests.e2e.test_pages import CHROMIUM

SECONDS = 4


@pytest.mark.skipif(CHROMIUM is None, reason="this machine has no Chromium: the pages are not tested here")
def test_what_is_drawn_was_converted_a_moment_before(tmp_path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        late_ms, off_ms = latency(browser, SECONDS, tmp_path)
        browser.close()
    assert len(late_ms) > SECONDS * 25 / 2
    assert np.percentile(np.abs(off_ms), 95) < 20  # else it is not known which conversion a sample is
    assert late_ms.min() > 0
    assert np.percentile(late_ms, 95) < 5000  # the figure itself is the bench's


def test_every_page_gets_every_sample_of_every_sock(tmp_path) -> None:
    got, share = serving(SECONDS, tmp_path, socks=3, pages=5, before_s=6)
    assert len(got) == 5
    assert min(got) == max(got) > SECONDS * 25 * 3 / 2
    assert share > 0  # the figure itself is the bench's
