/** A thread that sends the time, as eight bytes, to a port every few milliseconds. */
import { connect } from "node:net";
import { workerData } from "node:worker_threads";

const EVERY = 5;

const socket = connect({ port: workerData as number, host: "127.0.0.1", noDelay: true }, () => {
  setInterval(() => {
    const time = Buffer.alloc(8);
    time.writeBigInt64LE(process.hrtime.bigint());
    socket.write(time);
  }, EVERY);
});
