// A client of the TypeScript SDK, driven by lines: the first is the target, each
// further one a call; each is answered by one line.
//
//   {"npm":DIR,"sdk":"v1"|"v2","mode":"legacy"|"auto","url":URL} or {…,"argv":[…],"env":{…}}
//   {"list":true}  {"call":TOOL,"args":{…}}
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const say = (v) => process.stdout.write(JSON.stringify(v) + '\n');
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const target = JSON.parse((await lines.next()).value);
const load = createRequire(target.npm + '/');

let Client, Stdio, HTTP;
if (target.sdk === 'v1') {
  ({ Client } = load('@modelcontextprotocol/sdk/client/index.js'));
  ({ StdioClientTransport: Stdio } = load('@modelcontextprotocol/sdk/client/stdio.js'));
  ({ StreamableHTTPClientTransport: HTTP } = load('@modelcontextprotocol/sdk/client/streamableHttp.js'));
} else {
  ({ Client, StreamableHTTPClientTransport: HTTP } = load('@modelcontextprotocol/client'));
  ({ StdioClientTransport: Stdio } = load('@modelcontextprotocol/client/stdio'));
}

let version;
const options = target.sdk === 'v2' ? { versionNegotiation: { mode: target.mode } } : {};
const client = new Client({ name: 'mcpveil-e2e', version: '1.0.0' }, options);
const transport = target.url
  ? new HTTP(new URL(target.url))
  : new Stdio({ command: target.argv[0], args: target.argv.slice(1), env: { ...process.env, ...target.env }, stderr: 'inherit' });
transport.setProtocolVersion = ((set) => (v) => { version = v; set?.call(transport, v); })(transport.setProtocolVersion);

try {
  await client.connect(transport);
  say({ version: client.getNegotiatedProtocolVersion?.() ?? version ?? '' });
} catch (e) {
  say({ error: String(e) });
  process.exit(1);
}

for await (const line of lines) {
  const step = JSON.parse(line);
  try {
    if (step.list) {
      say({ raw: await client.listTools() });
    } else {
      say({ raw: await client.callTool({ name: step.call, arguments: step.args }) });
    }
  } catch (e) {
    say({ error: String(e) });
  }
}
await client.close();
process.exit(0);
