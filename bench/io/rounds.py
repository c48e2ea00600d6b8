"""python3 rounds.py asyncio|uvloop executor|client: does a round when it is asked for one, and tells how long it took."""
import asyncio
import concurrent.futures
import json
import os
import sys
import time

LOOP, KIND = sys.argv[1:]
if LOOP == "uvloop":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def echo(value):
    return value


async def executor(operations, in_flight, port):
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        await loop.run_in_executor(pool, echo, 1)

        async def worker(jobs):
            return sum([await loop.run_in_executor(pool, echo, 1) for _ in range(jobs)])

        start = time.perf_counter_ns()
        sums = await asyncio.gather(*(worker(operations // in_flight) for _ in range(in_flight)))
        return sum(sums), time.perf_counter_ns() - start


async def client(operations, in_flight, port):
    import aiohttp

    async def worker(session, requests):
        got = 0
        for _ in range(requests):
            async with session.get(f"http://127.0.0.1:{port}/") as response:
                got += len(await response.text()) == 13
        return got

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:
        start = time.perf_counter_ns()
        got = await asyncio.gather(*(worker(session, operations // in_flight) for _ in range(in_flight)))
        return sum(got), time.perf_counter_ns() - start


for line in sys.stdin:
    question = json.loads(line)
    work = executor if KIND == "executor" else client
    result, ns = asyncio.run(work(question["operations"], question["inFlight"], question.get("port")))
    print(json.dumps({"result": result, "ns": ns / question["operations"]}), flush=True)
