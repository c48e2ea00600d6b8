/** asyncio's streams, transports, servers and subprocesses, on Node's own machinery. */
export {};
