import { serve } from "@hono/node-server";
import { serverIsReady } from "../ask.ts";

serve({ fetch: () => new Response("Hello, world!"), port: 0, hostname: "127.0.0.1" }, ({ port }) =>
  serverIsReady(port),
);
