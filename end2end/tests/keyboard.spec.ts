// Every action has a key.

import { transfer } from "../support/events";
import { hydrated } from "../support/page";
import { expect, test } from "../support/test";

test("the keyboard alone leads from the dashboard to an event and back", async ({ page, server }) => {
  await server.post([...transfer("keys"), ...transfer("keys"), ...transfer("keys")]);
  await page.goto(server.url);
  await hydrated(page);

  await page.keyboard.press("/");
  const search = page.getByRole("searchbox", { name: "Search traces" });
  await expect(search).toBeFocused();
  await page.keyboard.type("keys");
  await expect(page).toHaveURL(/\/traces\?q=keys$/u);
  await page.keyboard.press("Escape");
  await expect(search).not.toBeFocused();

  const links = page.getByRole("list", { name: "Traces" }).getByRole("link");
  await expect(links).toHaveCount(3);
  await page.keyboard.press("j");
  await expect(links.nth(0)).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  await expect(links.nth(2)).toBeFocused();
  await page.keyboard.press("k");
  await expect(links.nth(1)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/traces\/[0-9a-f-]{36}\?q=keys$/u);

  await page.keyboard.press("2");
  await expect(page).toHaveURL(/\/traces\/[0-9a-f-]{36}\/events\?q=keys$/u);
  await page.keyboard.press("1");
  await expect(page).toHaveURL(/\/traces\/[0-9a-f-]{36}\?q=keys$/u);

  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await expect(page).toHaveURL(`${server.url}/`);
});

test("? lists the keys of the page at hand, and Esc closes it", async ({ page, server }) => {
  await page.goto(`${server.url}/traces`);
  await hydrated(page);
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys on this page" });
  await expect(help).toBeVisible();
  await expect(help).toContainText("Search traces");
  await expect(help).toContainText("Next trace");
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
});

test("letters that are typed are never taken for keys", async ({ page, server }) => {
  await page.goto(server.url);
  await hydrated(page);
  await page.keyboard.press("/");
  await page.keyboard.type("g t ? r 1");
  await expect(page.getByRole("searchbox", { name: "Search traces" })).toHaveValue("g t ? r 1");
  await expect(page.getByRole("dialog")).toBeHidden();
});
