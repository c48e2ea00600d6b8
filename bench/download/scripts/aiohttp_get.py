"""aiohttp_get.py LOOP SAVE LIST FOLDER: what one writes with aiohttp: workers, a queue, one session.

LOOP: asyncio or uvloop. SAVE: small (a body in one write, which the loop waits for), small-executor, or large (piece by
piece, in the executor).
"""

import asyncio
import os
import sys

import aiohttp

WIDTH = 20


async def main(save, list_of_urls, folder):
    with open(list_of_urls) as lines:
        urls = iter(lines.read().split())
    loop = asyncio.get_running_loop()

    async def worker(session):
        for url in urls:
            path = os.path.join(folder, url.rpartition("/")[2])
            async with session.get(url) as response:
                response.raise_for_status()
                if save == "large":
                    with open(path, "wb", buffering=0) as file:
                        async for piece in response.content.iter_any():
                            await loop.run_in_executor(None, file.write, piece)
                elif save == "small":
                    write(path, await response.read())
                else:
                    await loop.run_in_executor(None, write, path, await response.read())

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
        await asyncio.gather(*(worker(session) for _ in range(WIDTH)))


def write(path, body):
    with open(path, "wb", buffering=0) as file:
        file.write(body)


if __name__ == "__main__":
    if sys.argv[1] == "uvloop":
        import uvloop

        uvloop.install()
    asyncio.run(main(*sys.argv[2:]))
