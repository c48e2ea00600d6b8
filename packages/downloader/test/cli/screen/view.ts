import type { ActiveFile, ProgressView } from "../../../src/progress-view.ts";

/** A view that tests change as they like. */
export type TestView = { -readonly [K in keyof ProgressView]: ProgressView[K] } & { active: ActiveFile[] };

export function testView(values: Partial<TestView> = {}): TestView {
  return { done: 0, skipped: 0, failed: 0, total: null, bytes: 0, saved: 0, totalBytes: null, active: [], ...values };
}

export function file(name: string, values: Partial<ActiveFile> = {}): ActiveFile {
  return { n: 1, url: `http://a/${name}`, name, bytes: 0, received: 0, total: null, startedAt: 0, ...values };
}
