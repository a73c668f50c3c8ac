// A gateway for texts, made of Twilio's own OpenAPI document (npm package "@twilio-alpha/mcp") by the npm package
// "openapi-backend", which checks each request against it and answers with its examples. Orders come as lines of JSON on
// the standard input, what happens is told as lines of JSON on the standard output. It ends with its input.
// Argument: the folder of the packages.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const path = require('path');
const readline = require('readline');

const packages = process.argv[2];
const { OpenAPIBackend } = require(path.join(packages, 'openapi-backend'));
const say = (event, fields) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
const TOKEN = 'token-of-the-account';
// how it behaves until the next order
let manner = {};

const file = path.join(packages, '@twilio-alpha/mcp/twilio-oai/spec/json/twilio_api_v2010.json');
const definition = JSON.parse(fs.readFileSync(file, 'utf8'));
// the one operation that we use: the whole document takes seconds to compile
const where = '/2010-04-01/Accounts/{AccountSid}/Messages.json';
definition.paths = { [where]: { post: definition.paths[where].post } };
const schema = definition.paths[where].post.requestBody.content['application/x-www-form-urlencoded'].schema;
// the document lets every name pass; a misspelt one shall not
schema.additionalProperties = false;
const formats = { 'phone-number': /^\+[1-9][0-9]{1,14}$|^[A-Za-z0-9 ]{1,11}$|^[0-9]{3,6}$/, uri: /^https?:\/\// };
const api = new OpenAPIBackend({ definition, quick: true, ajvOpts: { strict: false, formats, logger: false } });

function fields(body) {
  const found = {};
  for (const [name, value] of new URLSearchParams(body)) {
    const type = (schema.properties[name] || {}).type;
    if (type === 'array') (found[name] = found[name] || []).push(value);
    else found[name] = type === 'integer' ? Number(value) : value;
  }
  return found;
}

function answer(request, body) {
  const form = fields(body);
  const call = { method: request.method, path: request.url, headers: request.headers, body: form };
  const account = request.url.split('/')[3];
  const basic = 'Basic ' + Buffer.from(`${account}:${TOKEN}`).toString('base64');
  say('request', { ...form, path: request.url });
  if (request.headers.authorization !== basic) return [401, { code: 20003, message: 'Authenticate', status: 401 }];
  if (!api.matchOperation(call)) return [404, { code: 20404, message: 'not found', status: 404 }];
  const checked = api.validateRequest(call);
  if (!checked.valid) {
    say('invalid', { errors: checked.errors });
    return [400, { code: 21211, message: JSON.stringify(checked.errors[0]), status: 400 }];
  }
  if (manner.status) return [manner.status, { code: manner.code, message: manner.message, status: manner.status }];
  const { status, mock } = api.mockResponseForOperation('CreateMessage');
  const sid = (form.MediaUrl ? 'MM' : 'SM') + crypto.randomBytes(16).toString('hex');
  return [status, { ...mock, sid, body: form.Body, to: form.To, from: form.From }];
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const [status, body] = answer(request, Buffer.concat(chunks).toString());
    if (manner.hangUp) return request.socket.destroy();
    const headers = { 'content-type': 'application/json', ...(manner.headers || {}) };
    response.writeHead(status, headers);
    return response.end(JSON.stringify(body));
  });
});

api.init().then(() => {
  server.listen(0, '127.0.0.1', () => say('listening', { port: server.address().port, token: TOKEN }));
});
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  ({ manner } = JSON.parse(line));
  say('behaving', {});
}).on('close', () => process.exit(0));
