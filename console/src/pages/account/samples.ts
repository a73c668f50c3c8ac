// Ready commands for a new key: what a developer pastes first. Code, the same in every language of the console.
import type { components } from "../../api/schema";

type CreatedKey = components["schemas"]["CreatedKey"];

export interface Sample {
  title: string;
  text: string;
}

/** Commands that work as they are with this key, at this address. A key of a dialect has its own settings instead. */
export function samples(key: CreatedKey, origin: string): Sample[] {
  if (key.dialect !== null) return [];
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
