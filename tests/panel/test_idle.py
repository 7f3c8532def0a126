"""What keeps an idle page idle: a queue that is woken instead of looking, and a script before all others."""

import asyncio

import pytest

gr = pytest.importorskip("gradio", reason="the panel needs Gradio")

from gradio import http_server, queueing  # noqa: E402
from portrait_atelier.panel import idle  # noqa: E402
from portrait_atelier.panel.idle import EarlyScript, rest_while_empty, tick_slowly  # noqa: E402


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch):
    """Gradio's own queue, whose events are only counted, and which rests for as long as nobody wakes it."""
    monkeypatch.setattr(queueing, "asyncio", asyncio)
    monkeypatch.setattr(idle, "_RESTING", 3600.0)
    found, pushed = gr.Blocks().queue()._queue, []

    async def push(event):
        pushed.append(event)
        return len(pushed)

    found.push = push
    rest_while_empty(found)
    return found


def test_an_empty_queue_rests_until_an_event_comes_in(queue):
    async def wait_for_one() -> int:
        resting = [
            asyncio.create_task(queueing.asyncio.sleep(pause))
            for pause in (queue.sleep_when_free, queue.progress_update_sleep_when_free)
        ]
        done, _ = await asyncio.wait(resting, timeout=0.5)
        assert not done  # ten times the pause of a queue that works
        found = await queue.push("event")
        await asyncio.wait_for(asyncio.gather(*resting), 60)
        return found

    assert asyncio.run(wait_for_one()) == 1


def test_a_queue_at_work_pauses_as_usual(queue):
    queue.active_jobs = [["an event"]]
    asyncio.run(asyncio.wait_for(queueing.asyncio.sleep(queue.sleep_when_free), 60))
    asyncio.run(asyncio.wait_for(queueing.asyncio.sleep(0), 60))  # and other pauses are what they were
    assert queueing.asyncio.Event is asyncio.Event


def test_a_queue_of_another_kind_is_left_alone():
    stranger = object()
    rest_while_empty(stranger)


class _Ticking:
    """What uvicorn is for its loop; it ends itself at the third tick."""

    def __init__(self) -> None:
        self.ticks: list[int] = []

    async def on_tick(self, counter: int) -> bool:
        self.ticks.append(counter)
        return len(self.ticks) == 3

    async def main_loop(self) -> None:
        raise AssertionError("the loop as it is made")


def test_a_server_looks_twice_a_second_whether_it_is_to_end():
    tick_slowly(_Ticking)
    server = _Ticking()
    asyncio.run(asyncio.wait_for(server.main_loop(), 60))
    assert server.ticks == [0, 5, 10]  # so that what is done at every tenth is done once a second


def test_the_server_of_gradio_has_the_loop_that_is_slowed(monkeypatch: pytest.MonkeyPatch):
    made = http_server.Server.main_loop
    monkeypatch.setattr(http_server.Server, "main_loop", made)  # and is as it was afterwards
    tick_slowly(http_server.Server)
    assert http_server.Server.main_loop is not made


def test_a_server_of_another_kind_is_left_alone():
    tick_slowly(object)


def _page(path: str, headers: dict[bytes, bytes], *parts: bytes) -> list[dict]:
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": list(headers.items())})
        for number, part in enumerate(parts):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(parts) - 1})

    sent: list[dict] = []

    async def send(message):
        sent.append(message)

    asyncio.run(EarlyScript(app, login="<style></style>")({"type": "http", "path": path, "method": "GET"}, None, send))
    return sent


HTML = {b"content-type": b"text/html; charset=utf-8", b"content-length": b"21"}


def test_the_script_stands_before_all_others_of_the_page():
    start, body = _page("/", HTML, b"<head><script></head>")
    assert body["body"].startswith(b"<head><script>(() => {")
    assert body["body"].endswith(b"</script><script></head>")
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()


def test_the_page_that_asks_for_a_password_gets_more():
    _, asking = _page("/", HTML, b'<head><script>gradio_config = {"auth_required":true}</script></head>')
    _, inside = _page("/", HTML, b"<head><script>gradio_config = {}</script></head>")
    assert b"</script><style></style><script>gradio_config" in asking["body"]
    assert b"<style>" not in inside["body"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/config", HTML),
        ("/", {b"content-type": b"application/json", b"content-length": b"21"}),
        ("/", {**HTML, b"content-encoding": b"br"}),
    ],
)
def test_all_else_comes_as_it_is(path: str, headers: dict[bytes, bytes]):
    start, *bodies = _page(path, headers, b"<head>", b"<script></head>")
    assert dict(start["headers"]) == headers
    assert b"".join(body["body"] for body in bodies) == b"<head><script></head>"
