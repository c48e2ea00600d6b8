import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sleep } from "yieldfrom";
import { BaseProtocol } from "../src/index.ts";
import { FakeTransport } from "./fake-transport.ts";
import { virtual, virtually } from "./helpers.ts";

class Noting extends BaseProtocol {
  readonly calls: string[] = [];

  override pauseWriting(): void {
    this.calls.push("pause");
  }

  override resumeWriting(): void {
    this.calls.push("resume");
  }
}

describe("write buffer limits", () => {
  test("are 64 KiB and a quarter of that, and follow from each other", () =>
    virtual(function* () {
      const transport = new FakeTransport(new Noting());
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 16_384, high: 65_536 });
      transport.setWriteBufferLimits({ high: 1000 });
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 250, high: 1000 });
      transport.setWriteBufferLimits({ low: 100 });
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 100, high: 400 });
      transport.setWriteBufferLimits({ high: 0 });
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 0, high: 0 });
      transport.setWriteBufferLimits();
      assert.deepEqual(transport.getWriteBufferLimits(), { low: 16_384, high: 65_536 });
      for (const limits of [{ low: -1 }, { low: 2, high: 1 }, { high: Number.NaN }]) {
        assert.throws(() => transport.setWriteBufferLimits(limits), {
          name: "RangeError",
          message: /^Expected write buffer limits with 0 <= low <= high, got low .+ and high .+$/,
        });
      }
      yield* sleep(0);
    }));

  test("pause strictly above high, from within write, and resume at low, in pairs", () =>
    virtual(function* () {
      const protocol = new Noting();
      const transport = new FakeTransport(protocol);
      transport.setWriteBufferLimits({ low: 4, high: 10 });
      transport.write("0123456789");
      assert.deepEqual(protocol.calls, []);
      transport.write("x");
      assert.deepEqual(protocol.calls, ["pause"]);
      transport.write("x");
      transport.send(7);
      assert.deepEqual(protocol.calls, ["pause"]);
      transport.send(1);
      assert.deepEqual(protocol.calls, ["pause", "resume"]);
      transport.send(4);
      assert.deepEqual(protocol.calls, ["pause", "resume"]);
      yield* sleep(0);
    }));

  test("lowered below what waits, pause at once", () =>
    virtual(function* () {
      const protocol = new Noting();
      const transport = new FakeTransport(protocol);
      transport.write("0123456789");
      transport.setWriteBufferLimits({ high: 9 });
      assert.deepEqual(protocol.calls, ["pause"]);
      yield* sleep(0);
    }));

  test("report a protocol that fails", () => {
    class Failing extends BaseProtocol {
      override pauseWriting(): void {
        throw new Error("no pause");
      }

      override resumeWriting(): void {
        throw new Error("no resume");
      }
    }
    const protocol = new Failing();
    const { reports, value: transport } = virtually(function* () {
      const transport = new FakeTransport(protocol);
      transport.setWriteBufferLimits({ high: 0 });
      transport.write("x");
      transport.send(1);
      yield* sleep(0);
      return transport;
    });
    assert.deepEqual(
      reports.map(({ message, exception }) => [message, String(exception)]),
      [
        ["protocol.pauseWriting() failed", "Error: no pause"],
        ["protocol.resumeWriting() failed", "Error: no resume"],
      ],
    );
    assert.equal(reports[0]?.transport, transport);
    assert.equal(reports[0]?.protocol, protocol);
  });
});
