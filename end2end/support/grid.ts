// The virtual list of events, as a test sees it.

import { expect, type Locator, type Page } from "@playwright/test";

/** At most so many row elements are in the document, however long the list is. */
export const MOST_ROWS = 60;

export const ROW_PX = 28;

export function grid(page: Page): Locator {
  return page.getByRole("grid", { name: "Events" });
}

export interface ShownRow {
  /** One-based, as `aria-rowindex` says, without the header. */
  number: number;
  operation: string;
  /** Pixels below the header's lower edge; negative when partly scrolled out. */
  top: number;
}

/** The rows that are at least half in view, from the top, once they show their data. */
export async function shownRows(page: Page): Promise<ShownRow[]> {
  await expect(grid(page).locator("[role=gridcell][data-loading]:visible")).toHaveCount(0);
  return grid(page).evaluate((list) => {
    const head = list.querySelector(".vlist-head")?.getBoundingClientRect().bottom ?? 0;
    const bottom = list.getBoundingClientRect().bottom;
    return [...list.querySelectorAll<HTMLElement>(".vlist-row:not([hidden])")]
      .map((row) => ({
        number: Number(row.getAttribute("aria-rowindex")) - 1,
        operation: row.querySelector(".operation")?.textContent ?? "",
        top: Math.round(row.getBoundingClientRect().top - head),
      }))
      .filter(({ top }) => top >= -14 && top + 14 < bottom - head)
      .sort((a, b) => a.top - b.top);
  });
}

export async function firstShown(page: Page): Promise<ShownRow> {
  const [first] = await shownRows(page);
  if (first === undefined) throw new Error("no row is in view");
  return first;
}

/** Row elements in the document, seen or not. */
export async function rowElements(page: Page): Promise<number> {
  return page.locator(".vlist-row").count();
}

/** Puts the scrollbar where a drag would: at a part of its way. */
export async function dragTo(page: Page, part: number): Promise<void> {
  await grid(page).evaluate((list, at) => {
    list.scrollTop = at * (list.scrollHeight - list.clientHeight);
  }, part);
  // Past the moment at which the scrollbar is put right.
  await page.waitForTimeout(400);
}
