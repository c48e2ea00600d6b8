import assert from "node:assert/strict";
import { test } from "node:test";
import { explore, replay } from "./explore.ts";
import { errorScenarios } from "./scenarios-errors.ts";
import { meetingScenarios } from "./scenarios-meeting.ts";
import { outsideScenarios } from "./scenarios-outside.ts";
import { scopeScenarios } from "./scenarios-scope.ts";
import { syncScenarios } from "./scenarios-sync.ts";

const scenarios = [...syncScenarios, ...meetingScenarios, ...scopeScenarios, ...errorScenarios, ...outsideScenarios];
const { ORDER } = process.env;

if (ORDER === undefined) {
  for (const scenario of scenarios) {
    test(`disturbed anywhere: ${scenario.name}`, () => {
      const { runs, effective } = explore(scenario);
      assert.ok(effective > 10, `only ${effective} cancellations in ${runs} runs`);
    });
  }
} else {
  test(`replayed: ${ORDER}`, () => {
    assert.deepEqual(replay(scenarios, ORDER), []);
  });
}
