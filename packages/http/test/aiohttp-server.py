"""Answers with what aiohttp makes of what it is sent. Prints its port when it listens on it."""

import asyncio
import hashlib

from aiohttp import web


async def cookies(request):
    return web.json_response(dict(request.cookies))


async def set_cookies(request):
    response = web.HTTPFound("/cookies")
    for name, value in request.query.items():
        response.set_cookie(name, value, httponly=True)
    raise response


async def form(request):
    fields = []
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            content = value.file.read()
            digest = hashlib.sha256(content).hexdigest()
            fields.append([name, value.filename, value.content_type, len(content), digest])
        else:
            fields.append([name, value])
    length = request.headers.get("Content-Length")
    return web.json_response({"type": request.content_type, "length": length, "fields": fields})


async def parts(request):
    """Reads a multipart body piece by piece, as it comes."""
    found = []
    async for part in await request.multipart():
        size = 0
        while chunk := await part.read_chunk():
            size += len(chunk)
        found.append([part.name, part.filename, dict(part.headers), size])
    return web.json_response(found)


async def body(request):
    data = await request.read()
    headers = {name.lower(): value for name, value in request.headers.items()}
    digest = hashlib.sha256(data).hexdigest()
    return web.json_response({"method": request.method, "size": len(data), "sha256": digest, "headers": headers})


async def query(request):
    return web.json_response(list(request.query.items()))


async def json_body(request):
    return web.json_response({"got": await request.json()})


async def chunks(request):
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    for i in range(int(request.query["n"])):
        await response.write(f"chunk {i}\n".encode())
        await asyncio.sleep(0)
    return response


async def compressed(request):
    response = web.Response(text="compress me " * 10_000)
    response.enable_compression(web.ContentCoding[request.query["coding"]])
    return response


async def redirect(request):
    left = int(request.match_info["left"])
    status = int(request.query.get("status", "302"))
    to = "/body" if left == 0 else f"/redirect/{left - 1}?status={status}"
    await request.read()
    return web.Response(status=status, headers={"Location": to})


async def main():
    app = web.Application(client_max_size=2**28)
    app.router.add_get("/cookies", cookies)
    app.router.add_get("/cookies/set", set_cookies)
    app.router.add_post("/form", form)
    app.router.add_post("/parts", parts)
    app.router.add_route("*", "/body", body)
    app.router.add_get("/query", query)
    app.router.add_post("/json", json_body)
    app.router.add_get("/chunks", chunks)
    app.router.add_get("/compressed", compressed)
    app.router.add_route("*", "/redirect/{left}", redirect)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print("port", site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
