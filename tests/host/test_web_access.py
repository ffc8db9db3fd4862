"""Who may open the pages."""

import pytest
from gradsock.view.web.app import application
from gradsock.view.web.hub import Hub
from gradsock.view.web.library import Library
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

TOKEN = "t0ken"


@pytest.fixture
def client(tmp_path):
    with TestClient(application(Hub([]), Library(tmp_path)), base_url="http://127.0.0.1:8765") as found:
        yield found


@pytest.fixture
def guarded(tmp_path):
    with TestClient(application(Hub([]), Library(tmp_path), token=TOKEN), base_url="http://192.0.2.7:8765") as found:
        yield found


def test_this_machine_sees_the_page_and_its_parts(client) -> None:
    assert "gradsock" in client.get("/").text
    assert client.get("/static/live.js").status_code == 200
    assert client.get("/plot/uPlot.iife.min.js").status_code == 200


def test_nothing_may_be_fetched_from_elsewhere(client) -> None:
    assert "default-src 'self'" in client.get("/").headers["content-security-policy"]


def test_another_name_for_this_machine_is_refused(client) -> None:
    """A page from elsewhere can point a name of its own at 127.0.0.1."""
    answer = client.get("/", headers={"host": "evil.example:8765"})
    assert answer.status_code == 403
    assert "127.0.0.1" in answer.text


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "null"])
def test_a_page_from_elsewhere_gets_no_socket(client, origin) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/live", headers={"origin": origin}):
        pass


def test_the_own_page_gets_its_socket(client) -> None:
    headers = {"origin": "http://127.0.0.1:8765", "host": "127.0.0.1:8765"}
    with client.websocket_connect("/live", headers=headers) as socket:
        socket.send_text('{"do": "mark", "sock": 0, "text": "x"}')
        assert "there is no sock 0" in socket.receive_text()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"do":1,"sock":0}', '{"do":"mark","sock":-1}', "\x00" * 1000])
def test_nonsense_from_a_page_gets_an_answer(client, text) -> None:
    headers = {"host": "127.0.0.1:8765"}
    with client.websocket_connect("/live", headers=headers) as socket:
        socket.send_text(text)
        assert socket.receive_json()["failed"]


def test_elsewhere_the_token_is_asked_for(guarded) -> None:
    assert guarded.get("/").status_code == 403
    assert guarded.get("/static/live.js").status_code == 403
    assert guarded.get("/?token=wrong").status_code == 403
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/live"):
        pass


def test_the_token_is_kept_as_a_cookie_and_leaves_the_address(guarded) -> None:
    answer = guarded.get(f"/?token={TOKEN}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert guarded.get("/").status_code == 200
