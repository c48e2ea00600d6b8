"""What is measured beside the rows: `python3 probes.py LOOP memory COUNT` and `python3 probes.py LOOP latency SECONDS`, LOOP
being asyncio or uvloop. Prints the JSON that the programs in bench/probes print.
"""

import asyncio
import gc
import json
import socket
import sys
import threading
import time
import tracemalloc

READY = 100_000
# When the load is up.
WARM = 0.5
# Seconds between two bytes.
EVERY = 0.005


async def memory(count):
    """Bytes that each of so many tasks takes which wait for a future of their own."""
    make = asyncio.get_running_loop().create_future

    async def park():
        await make()

    tasks = [None] * count
    gc.collect()
    tracemalloc.start()
    for i in range(count):
        tasks[i] = asyncio.create_task(park())
    await asyncio.sleep(0)
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for task in tasks:
        task.cancel()
    return used / count


async def latency(seconds):
    """Milliseconds that timers and bytes are late, while many tasks are always ready."""
    loop = asyncio.get_running_loop()
    delays = {"timer": [], "byte": []}
    warm = ended = False
    turns = 0

    def note(kind, milliseconds):
        if warm and not ended:
            delays[kind].append(max(0, milliseconds))

    class Receiver(asyncio.Protocol):
        def data_received(self, data):
            now = time.perf_counter_ns()
            for at in range(0, len(data) - 7, 8):
                note("byte", (now - int.from_bytes(data[at : at + 8], "little")) / 1e6)

    def send(port):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not ended:
                time.sleep(EVERY)
                connection.sendall(time.perf_counter_ns().to_bytes(8, "little"))

    async def busy():
        nonlocal turns
        while not ended:
            await asyncio.sleep(0)
            turns += 1

    async def timer():
        while not ended:
            start = time.perf_counter_ns()
            await asyncio.sleep(0.001)
            note("timer", (time.perf_counter_ns() - start) / 1e6 - 1)

    async def clock():
        nonlocal warm, ended
        await asyncio.sleep(WARM)
        warm = True
        await asyncio.sleep(seconds)
        ended = True

    server = await loop.create_server(Receiver, "127.0.0.1", 0)
    sender = threading.Thread(target=send, args=[server.sockets[0].getsockname()[1]], daemon=True)
    sender.start()
    await asyncio.gather(clock(), timer(), *[busy() for _ in range(READY)])
    server.close()
    return {"delays": delays, "turns": round(turns / (seconds + WARM))}


loop_name, probe, amount = sys.argv[1:]
if loop_name == "uvloop":
    import uvloop

    loop_factory = uvloop.new_event_loop
else:
    loop_factory = asyncio.new_event_loop
with asyncio.Runner(loop_factory=loop_factory) as runner:
    print(json.dumps(runner.run({"memory": memory, "latency": latency}[probe](int(amount)))), flush=True)
