import assert from "node:assert/strict";
import { test } from "node:test";

import { openingLine } from "./bread.ts";

test("there is rye bread on Sunday", () => {
  assert.equal(openingLine(new Date("2026-11-22T08:00:00Z")), "Fresh from the oven: rye bread");
});
