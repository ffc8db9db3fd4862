"""Who may open the pages."""

import asyncio
import json
import re
import subprocess
import sys
from http.client import HTTPConnection
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from gradsock.link import FitChanged, FitNow, State, StateChanged
from gradsock.view.web import forms
from gradsock.view.web.app import application
from gradsock.view.web.followed import Followed
from gradsock.view.web.hub import Hub
from gradsock.view.web.library import Library
from gradsock.view.web.live import _do
from sock import protocol, settings
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


@pytest.mark.parametrize("name", ["[::1", "127.0.0.1:abc", "127.0.0.1:99999999"])
@pytest.mark.parametrize("header", ["host", "origin"])
def test_a_name_that_is_none_is_refused(client, header, name) -> None:
    origin = f"http://{name}" if header == "origin" else name
    assert client.post(CHANGES[0], json={}, headers={header: origin}).status_code == 403


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


@pytest.mark.parametrize("elsewhere", [(), ("--host", "127.0.0.2")])
def test_by_default_it_listens_on_this_machine_alone_and_elsewhere_asks_for_a_token(elsewhere, tmp_path) -> None:
    def status(path: str) -> int:
        connection = HTTPConnection(address.hostname or "", address.port, timeout=60)
        connection.request("GET", path)
        code = connection.getresponse().status
        connection.close()
        return code

    command = [sys.executable, "-m", "gradsock", "serve", "--port", "0", "--logs", str(tmp_path), *elsewhere]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            address = urlsplit(server.stdout.readline().split()[0])
            if elsewhere:
                assert address.hostname == elsewhere[1]
                assert re.fullmatch("token=[A-Za-z0-9_-]{20,}", address.query)
                assert (status("/"), status(f"/?{address.query}")) == (403, 303)
            else:
                assert (address.hostname, address.query, status("/")) == ("127.0.0.1", "", 200)
        finally:
            server.terminate()


PAGES = ["/", "/recordings", "/recording", "/settings"]
CHANGES = ["/api/socks/0/settings", "/api/socks/0/owners/remove", "/api/recordings/x/notes"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there(client, path) -> None:
    assert "not a medical device" in client.get(path).text


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "null"])
def test_a_page_from_elsewhere_changes_nothing(client, path, origin) -> None:
    answer = client.post(path, json={}, headers={"origin": origin})
    assert answer.status_code == 403
    assert "from elsewhere" in answer.text


@pytest.mark.parametrize("path", CHANGES)
def test_another_name_for_this_machine_changes_nothing(client, path) -> None:
    assert client.post(path, json={}, headers={"host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("path", CHANGES[1:])
def test_nothing_is_changed_by_get(client, path) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_can_send_changes_nothing(shown, kind) -> None:
    answer = shown.post("/api/socks/0/settings", content='{"patch":{"side":"left"}}', headers={"content-type": kind})
    assert answer.status_code == 400
    assert "application/json" in answer.json()["error"]


@pytest.fixture
def shown(recorded, tmp_path):
    """The pages with a sock that is only a recording."""
    hub = Hub([f"replay:{recorded}"], logs=tmp_path / "logs")
    with TestClient(application(hub, Library(tmp_path / "logs")), base_url="http://127.0.0.1:8765") as found:
        yield found


def asked(followed, do, text=""):
    """What a page is answered that asks one sock for something."""
    hub = SimpleNamespace(socks=[followed])
    return json.loads(asyncio.run(_do(hub, json.dumps({"do": do, "sock": 0, "text": text}))))


def followed_of(made, made_link, *findings, reminder=None):
    """A sock that tells these findings now."""
    followed = Followed(0, "ble:made", None, set())
    followed.link = made_link(made, [])
    followed.take(StateChanged(State.CONNECTED, "connected", 0))
    said = protocol.pack_fit(1000, "fold" if findings else "good", 980, list(findings), 240, reminder)
    followed.take(FitChanged(FitNow.parse(said), said, 0))
    return followed


def test_of_a_sock_that_tells_nothing_it_is_said_that_there_is_nothing_to_be_silent_about(made, made_link) -> None:
    for quiet in ([], [("under-range", "calf", "info")]):
        answer = asked(followed_of(made, made_link, *quiet), "ack")
        assert "nothing to be silent about" in answer["text"] and not answer["failed"]
    assert "silent until" in asked(followed_of(made, made_link, ("fold", "knee", "notice")), "ack")["text"]
    assert "silent until" in asked(followed_of(made, made_link, reminder="hydrate"), "ack")["text"]
    lost = followed_of(made, made_link)
    lost.take(StateChanged(State.LOST, "it is gone", 0))
    assert "silent until" in asked(lost, "ack")["text"]  # what it tells is not known


def test_advice_on_a_symptom_is_told_as_that_even_where_it_could_not_be_marked(made, made_link) -> None:
    followed = followed_of(made, made_link)
    assert not asked(followed, "mark", "stairs")["symptom"]
    told = asked(followed, "mark", "tingling")
    assert told["symptom"] and told["to"] == "mark" and "Take the sock off" in told["text"]
    followed.link = None
    told = asked(followed, "mark", "tingling")
    assert told["symptom"] and told["failed"] and "Take the sock off" in told["text"]
    assert asked(followed, "mark", "stairs") | {"symptom": False, "failed": True} == asked(followed, "mark", "stairs")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"patch":[]}', '{"patch":{},"more":1}', "{" * 20_000])
def test_nonsense_instead_of_settings_is_said_to_be_that(shown, content) -> None:
    answer = shown.post("/api/socks/0/settings", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "\n" not in answer.json()["error"]


def test_a_recording_has_no_settings_and_no_owners(shown) -> None:
    for path in ("/api/socks/0/settings", "/api/socks/0/owners"):
        answer = shown.get(path)
        assert answer.status_code == 200
        assert re.search("is a recording|not connected", answer.json()["refused"])


def test_a_sock_that_is_not_there_has_none(client) -> None:
    assert client.get("/api/socks/0/settings").status_code == 404
    assert client.post("/api/socks/7/settings", json={"patch": {}}).status_code == 404
    assert client.get("/api/socks").json() == []


def test_a_class_of_20_mmHg_needs_the_word_of_a_physician(shown) -> None:
    answer = shown.post("/api/socks/0/settings", json={"patch": {"prescription": "ral:II"}})
    assert "physician" in answer.json()["refused"]
    answer = shown.post("/api/socks/0/settings", json={"patch": {"prescription": "ral:II"}, "physician": True})
    assert "physician" not in answer.json()["refused"]  # a recording, else it would have been set


def test_the_form_has_every_setting_of_the_schema() -> None:
    fields = forms.fields(settings.defaults())
    assert sorted(field["key"] for field in fields) == sorted(settings.keys())
    kinds = {field["key"]: field["kind"] for field in fields}
    assert (kinds["side"], kinds["overnight"], kinds["hydrate_min"], kinds["channels"], kinds["name"]) == (
        *("choice", "switch", "number", "json", "text"),
    )
    assert [field["key"] for field in fields if field["locked"]] == ["allow_unprotected"]
    slow = settings.defaults() | {"rate_Hz": 1}
    for field in fields:
        for choice in field["choices"] if field["key"] != "rate_Hz" else settings.RATES_HZ[:-2]:
            settings.validate_patch(slow, {field["key"]: choice})
