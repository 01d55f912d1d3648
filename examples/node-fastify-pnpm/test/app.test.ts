import assert from "node:assert/strict";
import { test } from "node:test";

import { createApp } from "../src/app.js";

test("the weather is told", async () => {
  const answer = await createApp().inject("/");
  assert.deepEqual(answer.json(), { message: "It is sunny today" });
});

test("a city that nobody knows is not found", async () => {
  const answer = await createApp().inject("/forecast/atlantis");
  assert.equal(answer.statusCode, 404);
});
