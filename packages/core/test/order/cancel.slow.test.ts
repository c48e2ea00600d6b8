import assert from "node:assert/strict";
import { test } from "node:test";
import { explore, replay } from "./explore.ts";
import { meetingScenarios } from "./scenarios-meeting.ts";
import { scopeScenarios } from "./scenarios-scope.ts";
import { syncScenarios } from "./scenarios-sync.ts";

const scenarios = [...syncScenarios, ...meetingScenarios, ...scopeScenarios];
const { ORDER } = process.env;

if (ORDER === undefined) {
  for (const scenario of scenarios) {
    test(`cancelled anywhere: ${scenario.name}`, () => {
      const { runs, effective } = explore(scenario);
      assert.ok(effective > 10, `only ${effective} cancellations in ${runs} runs`);
    });
  }
} else {
  test(`replayed: ${ORDER}`, () => {
    assert.deepEqual(replay(scenarios, ORDER), []);
  });
}
