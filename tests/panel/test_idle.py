"""What keeps an idle page idle: a script before Gradio's own."""

import asyncio

import pytest
from portrait_atelier.panel.idle import EarlyScript


def _answer(path: str, *parts: bytes) -> tuple[dict[bytes, bytes], bytes]:
    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % sum(map(len, parts)))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, part in enumerate(parts):
            await send({"type": "http.response.body", "body": part, "more_body": number + 1 < len(parts)})

    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(EarlyScript(app)({"type": "http", "method": "GET", "path": path}, None, send))
    return dict(sent[0]["headers"]), b"".join(message["body"] for message in sent[1:])


def test_the_page_gets_the_script_first_and_its_new_length():
    headers, page = _answer("/", b"<html><he", b"ad><script>let gradio</script></head></html>")
    assert page.startswith(b"<html><head><script>")
    assert page.index(b"requestAnimationFrame") < page.index(b"let gradio")
    assert headers[b"content-length"] == str(len(page)).encode()
    assert headers[b"content-type"] == b"text/html"


@pytest.mark.parametrize(("path", "body"), [("/config", b"<head>"), ("/", b"no page"), ("/", b"")])
def test_other_answers_stay_as_they_are(path, body):
    headers, found = _answer(path, body)
    assert found == body
    assert headers[b"content-length"] == str(len(body)).encode()
