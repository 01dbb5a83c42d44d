// Drives a real browser step by step: one command a line, one answer a line.
import { join } from 'node:path';
import { load, reader, say } from './lines.mjs';

const { chromium } = (await load('playwright-core/index.js')).default;
const axe = (await load('axe-core/axe.min.js')).default;
const [executable] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: executable,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

let context;
let page;
let requests = [];
let problems = [];

const state = async () => ({
  url: page.url(),
  title: await page.title(),
  html: await page.content(),
  requests,
  problems,
});

const kept = new Map();

/**
 * A window with a size, colors, a language, and scripts on or off. Records the page's requests and console errors. With "kept" it reuses a
 * window that was open before, without its cookies: faster, for pages that leave no other state behind.
 */
async function open({ width, height, dark, language, script, cookies, kept: isKept }) {
  const key = `${language} ${script}`;
  if (!kept.has(key) || !isKept) {
    if (![...kept.values()].includes(context)) await context?.close();
    context = await browser.newContext({ locale: language, javaScriptEnabled: script ?? false, bypassCSP: script ?? false });
    page = await context.newPage();
    page.on('request', (request) => (request.isNavigationRequest() ? (requests = []) : requests.push(request.url())));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    if (isKept) kept.set(key, context);
  } else {
    context = kept.get(key);
    page = context.pages()[0];
  }
  await context.clearCookies();
  await context.addCookies(cookies ?? []);
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
  requests = [];
  problems = [];
  return {};
}

/** Waits for an action and the redirects that it causes. */
async function settled(act, navigates) {
  problems = [];
  const arrived = navigates ? page.waitForNavigation({ waitUntil: 'load', timeout: 20000 }) : undefined;
  await Promise.all([arrived, act]);
}

const commands = {
  open,
  async go({ url }) {
    problems = [];
    const response = await page.goto(url, { waitUntil: 'load' }).catch((error) => ({ failed: error.message }));
    if (response?.failed) problems.push(response.failed);
    return state();
  },
  async click({ role, name }) {
    await settled(page.getByRole(role, { name, exact: true }).click({ timeout: 10000 }), role !== 'checkbox');
    return state();
  },
  // Presses the Enter key, which need not wait until the element is clickable.
  async enter({ role, name }) {
    await settled(page.getByRole(role, { name, exact: true }).press('Enter', { timeout: 10000 }), true);
    return state();
  },
  // Clicks at once by position only, like a click that was meant for a window on top of this one.
  async strike({ role, name }) {
    const { x, y, width, height } = await page.getByRole(role, { name, exact: true }).boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
    return state();
  },
  // Sets the speed of animations on the page: 0 stops them.
  async pace({ rate }) {
    const session = await context.newCDPSession(page);
    await session.send('Animation.enable');
    await session.send('Animation.setPlaybackRate', { playbackRate: rate });
    return {};
  },
  // The click opens a window. Later commands run there, once the client has navigated it the given number of times.
  async popup({ role, name, times }) {
    const opened = context.waitForEvent('page', { timeout: 20000 });
    let seen = 0;
    const sent = context.waitForEvent('request', {
      predicate: (request) => request.isNavigationRequest() && !request.redirectedFrom() && ++seen === times,
      timeout: 20000,
    });
    await page.getByRole(role, { name, exact: true }).click({ timeout: 10000 });
    page = await opened;
    let request = await sent;
    for (; request; request = request.redirectedTo()) {
      await request.response();
      if (!request.redirectedTo()) break;
    }
    await page.waitForURL(request.url(), { waitUntil: 'load', timeout: 20000 });
    return state();
  },
  async first({ title }) {
    page = context.pages()[0];
    await page.waitForFunction((title) => document.title === title, title, { timeout: 20000 });
    return state();
  },
  // Clicks in a window that then closes itself, and returns to the first window.
  async leave({ role, name }) {
    const closed = page.waitForEvent('close', { timeout: 20000 }).catch(async (error) => {
      throw new Error(`${error.message} at ${page.url()}: ${await page.locator('body').innerText()}`);
    });
    await Promise.all([closed, page.getByRole(role, { name, exact: true }).click({ timeout: 10000 })]);
    page = context.pages()[0];
    return {};
  },
  // Keyboard navigation. Enter submits forms and follows links.
  async press({ key }) {
    await settled(page.keyboard.press(key), key === 'Enter');
    return key === 'Tab' ? {} : state();
  },
  // An authenticator that holds the user's passkeys and unlocks them at once. It belongs to the window for as long as that is open.
  async passkeys() {
    const session = await context.newCDPSession(page);
    await session.send('WebAuthn.enable');
    const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    await session.send('WebAuthn.addVirtualAuthenticator', { options });
    return {};
  },
  // The user's cookies, for windows that start with them.
  async cookies() {
    return { cookies: (await context.storageState()).cookies };
  },
  // Expands the first collapsible section of the page.
  async expand() {
    await page.locator('summary').first().click({ timeout: 10000 });
    return state();
  },
  // The position of an element in the window, without scrolling to it.
  async place({ role, name }) {
    return page.getByRole(role, { name, exact: true }).boundingBox({ timeout: 10000 });
  },
  async fill({ role, name, text }) {
    await page.getByRole(role, { name, exact: true }).fill(text, { timeout: 10000 });
    return {};
  },
  async type({ text }) {
    await page.keyboard.type(text);
    return {};
  },
  // Reads the focused element from the accessibility tree, as a screen reader does, without running scripts in the page.
  async focused() {
    const session = await context.newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    const node = nodes.filter((node) => node.properties?.some((property) => property.name === 'focused' && property.value.value) && node.role?.value !== 'RootWebArea').at(-1);
    return { role: node?.role?.value ?? '', name: node?.name?.value ?? '' };
  },
  // Checks the page in every size and color scheme without reloading it, as some pages appear only once. Of axe's checks, only contrast
  // depends on colors, and colors do not depend on the language. "pictures" are the views to take a screenshot of.
  async audit({ name, folder, colors, pictures }) {
    await page.evaluate(axe.source);
    const found = { rules: Infinity, violations: [] };
    for (const [width, height] of [[390, 844], [1280, 800]]) {
      await page.setViewportSize({ width, height });
      for (const color of colors) {
        await page.emulateMedia({ colorScheme: color });
        const runOnly = color === 'light'
          ? { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }
          : { type: 'rule', values: ['color-contrast'] };
        const { violations, passes } = await page.evaluate(
          (runOnly) => globalThis.axe.run(document, { runOnly, resultTypes: ['violations'], preload: false }),
          runOnly,
        );
        if (color === 'light') found.rules = Math.min(found.rules, violations.length + passes.length);
        const view = `${width}-${color}`;
        for (const { id, help, nodes } of violations) {
          found.violations.push(`${view}: ${id} (${help}) ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`);
        }
        if (pictures.includes(view)) await page.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: true });
      }
    }
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 0) found.violations.push(`${width}: ${overflow} pixels wider than the window`);
    }
    return found;
  },
};

const next = reader();
for (let command = await next(); command; command = await next()) {
  try {
    say(await commands[command.op](command));
  } catch (error) {
    say({ error: `${command.op}: ${error.message}` });
  }
}
await browser.close();
