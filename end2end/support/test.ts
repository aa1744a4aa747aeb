// `test` with a server behind it, on a page whose console must stay empty.

import { test as base, type ConsoleMessage, type Page } from "@playwright/test";

import { watchHydration } from "./page";
import { Server } from "./server";

export { expect } from "@playwright/test";
export type { Page } from "@playwright/test";

interface TestFixtures {
  /** A server that this test alone uses: it may be killed, or has an empty store. */
  ownServer: Server;
  /** Console messages that the test provokes: those whose address or text matches. */
  allowConsole: (pattern: RegExp) => void;
}

interface WorkerFixtures {
  /** A server shared by the tests of a worker. Each test brings events of its own under names of its own. */
  server: Server;
  /** A shared server that has recorded the demo. */
  demo: Server;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  demo: [
    async ({}, use) => {
      const server = await Server.start();
      await server.runDemo(3);
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  ownServer: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },

  allowConsole: [
    async ({ page }, use) => {
      const allowed: RegExp[] = [];
      const messages = listen(page);
      await watchHydration(page);
      await use((pattern) => allowed.push(pattern));
      const unexpected = messages.filter((message) => !allowed.some((pattern) => pattern.test(message)));
      base.expect(unexpected, "the console stays empty").toEqual([]);
    },
    { auto: true },
  ],
});

function listen(page: Page): string[] {
  const messages: string[] = [];
  page.on("console", (message: ConsoleMessage) => {
    messages.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => messages.push(`page error: ${error.stack ?? error.message}`));
  page.on("crash", () => messages.push("the page crashed"));
  return messages;
}
