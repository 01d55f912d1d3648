import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";

import { createApp } from "../src/app.js";

const server = createApp().listen(0);
let address: string;

before(async () => {
  if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => server.close());

test("the world is greeted", async () => {
  const answer = await fetch(address);
  assert.deepEqual(await answer.json(), { message: "Hello, world!" });
});

test("somebody is greeted by name", async () => {
  const answer = await fetch(`${address}/?name=Ada`);
  assert.deepEqual(await answer.json(), { message: "Hello, Ada!" });
});

test("it is well", async () => {
  const answer = await fetch(`${address}/healthz`);
  assert.deepEqual(await answer.json(), { status: "ok" });
});
