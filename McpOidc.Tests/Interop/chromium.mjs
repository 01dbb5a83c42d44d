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
 * A window as a person has it: size, colours, language, with or without script. What the page loads and complains of is kept. With "kept" it is
 * one that was open before, without its cookies: quicker, for pages that leave nothing else behind.
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

/** Waits for the end of an act, and of the redirects that follow from it. */
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
  // By the key: it need not wait until a pointer may press.
  async enter({ role, name }) {
    await settled(page.getByRole(role, { name, exact: true }).press('Enter', { timeout: 10000 }), true);
    return state();
  },
  // At once and by the pointer alone, as a click that was meant for a window that lay over this one.
  async strike({ role, name }) {
    const { x, y, width, height } = await page.getByRole(role, { name, exact: true }).boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
    return state();
  },
  // How fast time passes for what moves on the page: 0 stops it.
  async pace({ rate }) {
    const session = await context.newCDPSession(page);
    await session.send('Animation.enable');
    await session.send('Animation.setPlaybackRate', { playbackRate: rate });
    return {};
  },
  // What is clicked opens a window, and what follows is done there, once the client has sent the window where it goes so many times.
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
  // Clicks in a window that closes itself after what follows, and goes back to the first.
  async leave({ role, name }) {
    const closed = page.waitForEvent('close', { timeout: 20000 }).catch(async (error) => {
      throw new Error(`${error.message} at ${page.url()}: ${await page.locator('body').innerText()}`);
    });
    await Promise.all([closed, page.getByRole(role, { name, exact: true }).click({ timeout: 10000 })]);
    page = context.pages()[0];
    return {};
  },
  // What somebody does who has no pointer. Enter sends forms and follows links.
  async press({ key }) {
    await settled(page.keyboard.press(key), key === 'Enter');
    return key === 'Tab' ? {} : state();
  },
  // A device that has a person's passkeys and unlocks them at once: it is the window's, for as long as that is open.
  async passkeys() {
    const session = await context.newCDPSession(page);
    await session.send('WebAuthn.enable');
    const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    await session.send('WebAuthn.addVirtualAuthenticator', { options });
    return {};
  },
  // The cookies of a person, for windows that begin with them.
  async cookies() {
    return { cookies: (await context.storageState()).cookies };
  },
  // Opens the page's first part that can be opened.
  async expand() {
    await page.locator('summary').first().click({ timeout: 10000 });
    return state();
  },
  // Where something is in the window, without scrolling to it.
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
  // Without script in the page: what has the focus is read from the accessibility tree, as a screen reader does.
  async focused() {
    const session = await context.newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    const node = nodes.filter((node) => node.properties?.some((property) => property.name === 'focused' && property.value.value) && node.role?.value !== 'RootWebArea').at(-1);
    return { role: node?.role?.value ?? '', name: node?.name?.value ?? '' };
  },
  // The same page in every size and colour: no reload, so that a page which is shown once is enough. Of what axe looks at, only contrast
  // depends on colours, and no colour on the language. "pictures" are the views of which one is taken.
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
