import { download, type Order } from "./download.ts";
import { Report, seconds } from "./report.ts";

/**
 * Downloads the flags from the DELAY server concurrently, then once more one after the other, and prints how the times
 * compare. Each time it is a new server with the same seed, so a flag has the same delay in both.
 */
export async function demo(order: Order): Promise<void> {
  const concurrently = await download({ ...order, mode: "completed", server: "DELAY" });
  if (order.report.failures > 0) return order.report.end(concurrently);
  const again = new Report("brief");
  const sequentially = await download({ ...order, mode: "sequential", server: "DELAY", report: again });
  const times = (sequentially / concurrently).toFixed(1);
  console.log(
    `${order.codes.length} flags: ${seconds(concurrently)} concurrently, ${seconds(sequentially)} one after the other (${times} times)`,
  );
}
