/** GETs of a small body over connections that stay: ClientSession, undici alone, and aiohttp. */
import { ClientSession, TCPConnector } from "@yieldfrom/http";
import { Pool } from "undici";
import { type Coroutine, createTask, run } from "yieldfrom";
import { here, type Side } from "../measure.ts";

/** @param inFlight requests that are waited for at a time */
export function clientSides(
  port: number,
  inFlight: number,
  operations: number,
): { sides: Side[]; close: () => Promise<void> } {
  const origin = `http://127.0.0.1:${port}`;
  const pool = new Pool(origin, { connections: inFlight });

  function* worker(session: ClientSession, requests: number): Coroutine<number> {
    let got = 0;
    for (let i = 0; i < requests; i++) {
      const response = yield* session.get(`${origin}/`);
      if ((yield* response.text()).length === 13) got++;
    }
    return got;
  }
  const ours = (requests: number) =>
    run(function* () {
      const session = new ClientSession({ connector: new TCPConnector({ limit: inFlight }) });
      try {
        const tasks = Array.from({ length: inFlight }, () => createTask(worker(session, requests / inFlight)));
        let got = 0;
        for (const task of tasks) got += yield* task;
        return got;
      } finally {
        yield* session.close();
      }
    });

  async function hand(requests: number): Promise<number> {
    let got = 0;
    for (let i = 0; i < requests; i++) {
      const { body } = await pool.request({ path: "/", method: "GET" });
      if ((await body.text()).length === 13) got++;
    }
    return got;
  }
  const native = async (requests: number) => {
    const all = await Promise.all(Array.from({ length: inFlight }, () => hand(requests / inFlight)));
    return all.reduce((sum, each) => sum + each, 0);
  };
  return {
    sides: [here("ours", ours, operations), here("native", native, operations)],
    close: () => pool.close(),
  };
}
