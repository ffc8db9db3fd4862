"""Serving the pages ends as it should, whoever ends it."""

import asyncio
import urllib.request
from urllib.error import HTTPError

import pytest
from gradsock.view.web.serving import serve


async def looked_at(path=""):
    """Serve, ask for one page, and cancel; its status and what it says."""
    ready = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve([], port=0, ready=ready.set_result))

    def ask(url):
        request = urllib.request.Request(url, headers={"accept": "text/html"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    try:
        return await asyncio.to_thread(ask, await ready + path)
    finally:
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


async def test_one_may_serve_again_after_the_first_was_cancelled():
    before = asyncio.all_tasks()
    for _ in range(2):
        assert (await looked_at())[0] == 200
        assert asyncio.all_tasks() == before, "nothing of it goes on"


async def test_a_page_that_is_not_there_says_where_to_go():
    status, said = await looked_at("recordigns")
    assert status == 404
    assert "There is no page here" in said and 'href="/recordings"' in said and "<script" not in said
    status, said = await looked_at("api/nothing")
    assert (status, said) == (404, '{"error":"there is nothing here"}')
