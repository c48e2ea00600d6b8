import { NodeResponse } from "srvx/node";

/**
 * A Response that is made in full only if it is looked into, which `serve` has no need to: by far the fastest to make. For all
 * else it is a Response: `import { FastResponse as Response } from "@yieldfrom/http"` in the file with the handler.
 */
export const FastResponse: typeof Response = NodeResponse as unknown as typeof Response;
/** As the class. */
export type FastResponse = Response;
