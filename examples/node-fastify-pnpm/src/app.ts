import fastify, { type FastifyInstance } from "fastify";

const forecast = new Map([
  ["lisbon", "sunny"],
  ["oslo", "snow"],
]);

export function createApp(logger = false): FastifyInstance {
  const app = fastify({ logger });

  app.get("/", async () => ({ message: "It is sunny today" }));

  app.get<{ Params: { city: string } }>("/forecast/:city", async (request, reply) => {
    const weather = forecast.get(request.params.city);
    return weather ? { city: request.params.city, weather } : reply.callNotFound();
  });

  app.get("/health", async () => ({ status: "ok" }));

  return app;
}
