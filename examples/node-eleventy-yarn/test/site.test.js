import assert from "node:assert/strict";
import { test } from "node:test";

import Eleventy from "@11ty/eleventy";

const site = new Eleventy("content", "_site", { configPath: "eleventy.config.js", quietMode: true });

test("the first page says what there is", async () => {
  const pages = await site.toJSON();
  const first = pages.find((page) => page.url === "/");
  assert.match(first.content, /<h1>What there is to eat<\/h1>/);
});
