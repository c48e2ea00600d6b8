"""python3 servers.py asyncio|uvloop streams|protocol|http: an echo server, or aiohttp's, told and asked as those in TypeScript."""
import asyncio
import json
import resource
import sys
import threading

LOOP, KIND = sys.argv[1:]


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def start():
    if KIND == "http":
        from aiohttp import web

        async def hello(request):
            return web.Response(text="Hello, world!")

        app = web.Application()
        app.router.add_get("/", hello)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
        await site.start()
        return runner.addresses[0][1]
    if KIND == "streams":
        server = await asyncio.start_server(echo, "127.0.0.1", 0, backlog=4096)
    else:
        server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=4096)
    return server.sockets[0].getsockname()[1]


def answer(loop):
    for _ in sys.stdin:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({"cpu": (usage.ru_utime + usage.ru_stime) * 1e6}), flush=True)
    loop.call_soon_threadsafe(loop.stop)


if LOOP == "uvloop":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
loop = asyncio.new_event_loop()
port = loop.run_until_complete(start())
print(json.dumps({"port": port}), flush=True)
threading.Thread(target=answer, args=(loop,), daemon=True).start()
loop.run_forever()
