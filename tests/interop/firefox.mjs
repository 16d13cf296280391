/**
 * Firefox by WebDriver BiDi, one JSON command per line of standard input, one JSON answer per line of standard output:
 * {do: "open", url, script} -> {page}; {do: "run", page, code} -> {value}; {do: "close", page}. Ends when the input ends.
 * Run as: node firefox.mjs FOLDER_WITH_NODE_MODULES PATH_OF_FIREFOX
 */

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , folder, executablePath] = process.argv;
const resolved = createRequire(new URL(`${folder}/package.json`, `file://${process.cwd()}/`)).resolve("puppeteer-core");
const { default: puppeteer } = await import(pathToFileURL(resolved).href);

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  extraPrefsFirefox: {
    "media.navigator.streams.fake": true,
    "media.navigator.permission.disabled": true,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.loopback": true,
    "media.peerconnection.ice.obfuscate_host_addresses": false,
    // A codec that Firefox downloads is not there without a network; VP8 is built in.
    "media.gmp-manager.updateEnabled": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "app.update.enabled": false,
  },
});
const pages = [];

const commands = {
  async open({ url, script }) {
    const page = await browser.newPage();
    await page.goto(url);
    if (script) await page.evaluate(script);
    pages.push(page);
    return { page: pages.length - 1 };
  },
  async run({ page, code }) {
    return { value: (await pages[page].evaluate(code)) ?? null };
  },
  async close({ page }) {
    await pages[page].close();
    return {};
  },
};

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
answer({ version: await browser.version() });
try {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    try {
      answer(await commands[command.do](command));
    } catch (error) {
      answer({ error: String(error) });
    }
  }
} finally {
  await browser.close();
}
