import type { Answer } from './call.ts';

const attribute = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/**
 * The page for people: the same at every address, without data. Its script asks the API at `url` for what the address names, with the token
 * of its user; no script or style but the API's own runs in it, and it speaks to the API and the live status at `socket` alone.
 */
export function page(url: string, socket: string): Answer {
  const base = attribute(url.replace(/\/+$/, ''));
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self' ${new URL(socket).protocol}//${new URL(socket).host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const body = `<!doctype html>
<html lang="en" data-api="${base}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Swath</title>
<link rel="stylesheet" href="${base}/pages/style.css">
<script type="module" src="${base}/pages/app.js"></script>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header><a href="${base}/">Swath</a><nav aria-label="Swath"><a href="${base}/processes">Processes</a> <a href="${base}/jobs">Jobs</a></nav><div id="who"></div></header>
<main id="main" tabindex="-1"><noscript>These pages need JavaScript. Programs ask the same addresses for JSON; ${base}/api describes them.</noscript></main>
</body>
</html>
`;
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    },
    body,
  };
}
