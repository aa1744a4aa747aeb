// Pictures for the README and for looking at; not part of the tests.

import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

export default defineConfig({ ...tests, testDir: "./screenshots" });
