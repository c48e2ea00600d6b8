/** On Node the tests' `node:test` is its own. */
import * as own from "node:test";

export const { after, afterEach, before, beforeEach, describe, it, mock, suite, test } = own;
