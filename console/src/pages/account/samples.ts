// Ready commands for a new key: what a developer pastes first. Code, the same in every language of the console.
import type { components } from "../../api/schema";

type CreatedKey = components["schemas"]["CreatedKey"];

export interface Sample {
  title: string;
  text: string;
}

type Ask = { path: string; headers?: Record<string, string>; form?: Record<string, string>; json?: unknown };

/** What one request of a dialect looks like, by its own names; `settings` are what its program is given. */
const DIALECTS: Record<string, (settings: Record<string, string>, to: string) => Ask[]> = {
  robotalker: (settings, to) => [
    {
      path: "/robotalker/api/handler.ashx",
      form: {
        key: settings.key ?? "",
        token: settings.token ?? "",
        whattodo: "SendTtsMessage",
        optname: "First job",
        optcallerid: "2125550109",
        messageid: "0",
        messagetext: "Hello #name#, this is a test.",
        phonenumber: to.slice(2),
        customername: "Ann",
      },
    },
  ],
  robocall: (settings, to) => [
    {
      path: "/robocall/v1/call",
      headers: settings,
      json: {
        requestId: "request_1",
        destinations: [{ phone: to, caller: "+12125550109", properties: { name: "Ann" } }],
        callFlow: { steps: [{ name: "play", message: { msg: "Hello {{name}}, this is a test.", lang: "en" } }] },
      },
    },
    { path: "/robocall/v1/status/request_1", headers: settings },
  ],
  effebot: (settings, to) => [
    {
      path: "/effebot/apiCalls/create",
      json: { ...settings, phone: to.slice(1), outgoingPhone: "12125550109", record: { text: "Hello, this is a test.", gender: 1 } },
    },
  ],
  multisender: (settings, to) => [
    {
      path: "/multisender/accounts",
      headers: settings,
      json: { firstName: "Ann", lastName: "Lee", phone: to },
    },
    { path: "/multisender/accounts", headers: settings },
  ],
};

/** Text in single quotes of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function curl(origin: string, ask: Ask): string {
  const headers = { ...ask.headers, ...(ask.json === undefined ? {} : { "Content-Type": "application/json" }) };
  return [
    `curl ${origin}${ask.path}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...Object.entries(ask.form ?? {}).map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`),
    ...(ask.json === undefined ? [] : [`-d ${quoted(JSON.stringify(ask.json))}`]),
  ].join(" \\\n  ");
}

/** Commands that work as they are with this key, at this address; those of a dialect's key speak the dialect. */
export function samples(key: CreatedKey, origin: string): Sample[] {
  const to = key.sandbox ? "+12125550011" : "+12125550100";
  if (key.dialect !== null) {
    const asks = DIALECTS[key.dialect]?.(key.dialect_settings ?? {}, to) ?? [];
    return asks.map((ask, at) => ({ title: asks.length > 1 ? `curl ${at + 1}` : "curl", text: curl(origin, ask) }));
  }
  const call = { to: "+15550100011", from: "+15550109999", message: "Hello from my first program." };
  const body = key.sandbox ? call : { to: "+12125550100", message: call.message };
  return [
    {
      title: "curl",
      text: `curl ${origin}/api/v1/calls \\\n  -H "Authorization: Bearer ${key.secret}" \\\n  -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(body)}'`,
    },
    {
      title: "Python",
      text:
        "import json, urllib.request\n\n" +
        `request = urllib.request.Request(\n    "${origin}/api/v1/calls",\n    data=json.dumps(${JSON.stringify(body, null, 0)}).encode(),\n` +
        `    headers={"Authorization": "Bearer ${key.secret}", "Content-Type": "application/json"},\n)\n` +
        "print(urllib.request.urlopen(request).read().decode())",
    },
  ];
}
