import express, { type Express } from "express";

export function createApp(): Express {
  const app = express();
  app.disable("x-powered-by");

  app.get("/", (request, response) => {
    const { name } = request.query;
    response.json({ message: `Hello, ${typeof name === "string" ? name : "world"}!` });
  });

  app.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });

  return app;
}
