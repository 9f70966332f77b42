// Goes through the pages for people as somebody with a browser would, and prints what was seen as one JSON document.
// Needs SWATH_API and SWATH_TOKEN in the environment, and the packages beside this file.
process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs24.x'; // Chromium's package then unpacks the libraries that it needs, too
const { default: chromiumPackage } = await import('@sparticuz/chromium');
const { chromium } = await import('playwright-core');

const { SWATH_API: api, SWATH_TOKEN: token } = process.env;
const browser = await chromium.launch({ executablePath: await chromiumPackage.executablePath(), args: chromiumPackage.args });
const seen = { complaints: [] };
/** The browser's own line about answers that are meant to be refusals. */
const refused = /status of 40[01]/;
try {
  const context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const listen = (one) => {
    one.on('pageerror', (error) => seen.complaints.push(String(error)));
    one.on('console', (message) => message.type() === 'error' && !refused.test(message.text()) && seen.complaints.push(message.text()));
  };
  listen(page);
  const text = (selector) => page.locator(selector).innerText();
  const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor();

  await page.goto(`${api}/`);
  await heading('Swath');
  seen.landing = await text('main');

  await page.getByRole('link', { name: 'Processes', exact: true }).click();
  await heading('Sign in');
  await page.getByLabel('Token').fill('not a token');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
  seen.refusal = await text('[role=alert]');
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading('Processes');
  seen.processes = await text('main');

  await page.getByRole('link', { name: 'echo', exact: true }).first().click();
  await heading('Echo');
  seen.unlabelled = await page.evaluate(
    () => [...document.querySelectorAll('input, select, textarea')].filter((one) => one.labels.length === 0).length,
  );
  const words = 'hello <b>there</b>';
  await page.getByLabel('text', { exact: true }).fill(words);
  await page.getByLabel('integer', { exact: true }).fill('1.5');
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
  seen.fault = await text('.field:has([aria-invalid]) .fault');
  await page.getByLabel('integer', { exact: true }).fill('3');
  await page.getByLabel('pause', { exact: true }).fill('15');
  await page.getByRole('button', { name: 'Run' }).click();
  await heading('Job');
  await page.locator('#how', { hasText: 'live' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'successful' }).waitFor();
  await page.getByRole('heading', { name: 'Results' }).waitFor();
  await page.locator('pre', { hasText: 'The job is finished.' }).waitFor();
  seen.results = await text('main');
  seen.markup = await page.locator('dd b').count();
  seen.job = page.url().split('/').at(-1);

  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await heading('Your jobs');
  await page.getByRole('link', { name: seen.job }).waitFor();
  await page.getByLabel('Status').selectOption('dismissed');
  await page.getByRole('link', { name: seen.job }).waitFor({ state: 'detached' });

  // A browser without WebSockets looks again and again.
  const other = await context.newPage();
  listen(other);
  await other.addInitScript((secret) => {
    window.WebSocket = undefined;
    sessionStorage.setItem('swath-token', secret);
  }, token);
  await other.goto(`${api}/processes/echo`);
  await other.getByLabel('pause', { exact: true }).fill('300');
  await other.getByRole('button', { name: 'Run' }).click();
  await other.locator('#how', { hasText: 'every 5 seconds' }).waitFor();
  await other.getByRole('button', { name: 'Dismiss' }).click();
  await other.getByRole('status').filter({ hasText: 'dismissed' }).waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await heading('Swath');
  seen.kept = await page.evaluate(() => sessionStorage.length);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
