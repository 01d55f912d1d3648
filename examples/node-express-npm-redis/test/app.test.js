const assert = require("node:assert/strict");
const { test } = require("node:test");

const request = require("supertest");

const { createApp } = require("../app");

const counter = () => {
  let visits = 0;
  return { incr: async () => ++visits };
};

test("every visit is counted", async () => {
  const app = createApp(counter());
  await request(app).get("/");
  const answer = await request(app).get("/");
  assert.equal(answer.text, "<h1>Visits so far: 2</h1>");
});

test("it is well", async () => {
  await request(createApp(counter())).get("/healthz").expect(200, { status: "ok" });
});
