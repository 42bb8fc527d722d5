// A worker around libraries for JavaScript. It takes commands as worker.go describes.
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [name, modules] = process.argv.slice(2);
const require = createRequire(join(modules, 'index.js'));
const load = async (pkg) => import(pathToFileURL(require.resolve(pkg)).href).catch(() => require(pkg));
const version = (pkg) => JSON.parse(readFileSync(join(modules, 'node_modules', pkg, 'package.json'))).version;
const member = (m, key) => m[key] ?? m.default?.[key];

// Each returns a function of a text that returns, or promises, the redacted text.
const engines = {
  'redact-pii': async () => {
    const { SyncRedactor } = require('redact-pii');
    const r = new SyncRedactor();
    return (text) => r.redact(text);
  },
  openredaction: async () => {
    const OpenRedaction = member(require('openredaction'), 'OpenRedaction');
    const r = new OpenRedaction({ redactionMode: 'placeholder' });
    return async (text) => (await r.detect(text)).redacted;
  },
  '@redactpii/node': async () => {
    const Redactor = member(await load('@redactpii/node'), 'Redactor');
    const r = new Redactor();
    return (text) => r.redact(text);
  },
  '@coffeeandfun/remove-pii': async () => member(await load('@coffeeandfun/remove-pii'), 'removePII'),
  '@arcjet/redact': async () => {
    const redact = member(await import(pathToFileURL(join(modules, 'node_modules/@arcjet/redact/index.js')).href), 'redact');
    return async (text) => (await redact(text, { entities: ['email', 'phone-number', 'ip-address', 'credit-card-number'] }))[0];
  },
};

const run = await engines[name]();
console.log('ready', version(name));

const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) * 1000; };
let messages = [], sizes = [], at = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...args] = line.split(' ');
  if (command === 'load') {
    messages = readFileSync(args[0], 'utf8').split('\n').filter((m) => m);
    sizes = messages.map((m) => Buffer.byteLength(m));
    at = 0;
    console.log('ok', messages.length);
    continue;
  }
  const [least, most] = args.map((ms) => ms * 1e6);
  const begin = cpu();
  let size = 0, results = 0, sum = 0, spent = 0;
  do {
    const text = messages[at];
    const out = await run(text);
    if (out !== text) results++;
    sum = (sum * 31 + out.length + (out.charCodeAt(out.length >> 1) || 0)) >>> 0;
    size += sizes[at];
    at = (at + 1) % messages.length;
    spent = cpu() - begin;
  } while (spent < most && (at !== 0 || spent < least));
  console.log('ok', Math.round(spent), size, results, sum.toString(16));
}
