const express = require("express");

function createApp(client) {
  const app = express();

  app.get("/", async (req, res) => {
    const visits = await client.incr("visits");
    res.send(`<h1>Visits so far: ${visits}</h1>`);
  });

  app.get("/healthz", (req, res) => {
    res.json({ status: "ok" });
  });

  return app;
}

module.exports = { createApp };
