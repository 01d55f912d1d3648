const { createClient } = require("redis");

const { createApp } = require("./app");

const port = process.env.PORT || 3000;

async function main() {
  const client = createClient({ url: process.env.REDIS_URL || "redis://localhost:6379" });
  client.on("error", (error) => console.error(error.message));
  await client.connect();

  const server = createApp(client).listen(port, () => {
    console.log(`Listening on port ${port}`);
  });

  process.on("SIGTERM", () => {
    server.close(() => client.destroy());
  });
}

main();
