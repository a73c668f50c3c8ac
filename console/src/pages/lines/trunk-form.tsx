// The fields of a trunk: what every provider needs at once, everything else folded away.
import { useState } from "react";
import { api } from "../../api/client";
import { useChange } from "../../api/queries";
import type { components } from "../../api/schema";
import { useWords } from "../../i18n";
import { Button, CheckField, Form, SelectField, TextField } from "../../ui";
import { TRUNKS, type Trunk } from "./trunks";

type Fields = components["schemas"]["TrunkRequest"];

/** What the form holds: text as it is typed. */
const START = {
  name: "", host: "", port: "", transport: "udp", username: "", password: "", number_format: "e164", region: "",
  prefixes: "", priority: "0", weight: "10", codecs: "ulaw,alaw", dtmf_mode: "auto_info", channels: "30",
  calls_per_second: "10", shared: false, register: false, registrar: "", outbound_proxy: "", from_user: "",
  from_domain: "", caller_id: "none", allow_from: "", srtp: "off", session_timers: "off", qualify_seconds: "0",
  tls_verify: true, withhold_number: false,
};
type Values = typeof START;

function valuesOf(trunk: Trunk | undefined): Values {
  const provider = trunk?.provider;
  if (trunk === undefined || provider === null || provider === undefined) return START;
  const { options } = provider;
  return {
    name: trunk.name, host: provider.host, port: provider.port === null ? "" : String(provider.port),
    transport: provider.transport, username: provider.username ?? "", password: "",
    number_format: trunk.number_format, region: trunk.region ?? "", prefixes: trunk.prefixes.join(", "),
    priority: String(trunk.priority), weight: String(trunk.weight), codecs: trunk.codecs, dtmf_mode: trunk.dtmf_mode,
    channels: String(trunk.channels), calls_per_second: String(trunk.calls_per_second), shared: trunk.shared,
    register: options.register, registrar: options.registrar ?? "", outbound_proxy: options.outbound_proxy ?? "",
    from_user: options.from_user ?? "", from_domain: options.from_domain ?? "", caller_id: options.caller_id,
    allow_from: options.allow_from.join(", "), srtp: options.srtp, session_timers: options.session_timers,
    qualify_seconds: String(options.qualify_seconds), tls_verify: options.tls_verify,
    withhold_number: options.withhold_number,
  };
}

const NUMBERS: readonly string[] = ["port", "priority", "weight", "channels", "calls_per_second", "qualify_seconds"];
const LISTS: readonly string[] = ["prefixes", "allow_from"];
const OPTIONAL: readonly string[] = ["username", "region", "registrar", "outbound_proxy", "from_user", "from_domain"];

/** The body for what differs from `before`: a change names nothing else. */
function changed(before: Values, after: Values): Partial<Fields> {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    if (value === before[name as keyof Values]) continue;
    if (typeof value === "boolean") body[name] = value;
    else if (LISTS.includes(name)) body[name] = value.split(/[\s,]+/).filter(Boolean);
    else if (value.trim() === "" && (OPTIONAL.includes(name) || name === "port")) body[name] = null;
    else if (NUMBERS.includes(name)) body[name] = Number(value);
    else body[name] = name === "password" ? value : value.trim();
  }
  return body;
}

export function TrunkForm(props: { trunk?: Trunk; onDone: () => void }) {
  const { t } = useWords();
  const { trunk } = props;
  const [before] = useState(() => valuesOf(trunk));
  const [values, setValues] = useState(before);
  const [forgets, setForgets] = useState(false);
  const save = useChange(
    () => {
      const body = changed(before, values);
      if (trunk === undefined) return api.POST(TRUNKS, { body: { ...body, name: values.name, host: values.host } });
      return api.PATCH("/api/v1/trunks/{trunk_id}", {
        params: { path: { trunk_id: trunk.trunk_id } },
        body: forgets ? { ...body, password: null } : body,
      });
    },
    { touches: [TRUNKS], onDone: props.onDone },
  );
  type Text = { [K in keyof Values]: Values[K] extends string ? K : never }[keyof Values];
  type Flag = Exclude<keyof Values, Text>;
  const text = (name: Text) => ({
    label: t(`trunks.field_${name}`),
    name,
    value: values[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const flag = (name: Flag) => ({
    label: t(`trunks.field_${name}`),
    name,
    checked: values[name],
    onChange: (event: { target: { checked: boolean } }) => setValues({ ...values, [name]: event.target.checked }),
  });
  const choices = (...each: string[]) => each.map((one) => [one, one] as const);
  return (
    <Form
      wide
      onSubmit={() => save.run()}
      problem={save.problem}
      actions={
        <Button type="submit" look="primary" busy={save.busy}>
          {t("common.save")}
        </Button>
      }
    >
      <div className="columns-narrow">
        {trunk === undefined && <TextField {...text("name")} placeholder="provider" />}
        <TextField {...text("host")} placeholder="sip.provider.example" />
        <TextField {...text("port")} optional inputMode="numeric" />
        <SelectField {...text("transport")} options={choices("udp", "tcp", "tls")} />
        <TextField {...text("username")} optional />
        <TextField
          {...text("password")}
          optional
          type="password"
          autoComplete="new-password"
          disabled={forgets}
          hint={trunk?.provider?.has_password ? t("trunks.password_kept") : undefined}
        />
        <TextField {...text("channels")} type="number" min={1} />
        <TextField {...text("calls_per_second")} type="number" min={0.01} step="any" />
        <SelectField
          {...text("number_format")}
          options={[["e164", "+12125550100"], ["plain", "12125550100"], ["00", "0012125550100"], ["national", t("trunks.national")]]}
        />
        {values.number_format === "national" && <TextField {...text("region")} placeholder="US" maxLength={2} />}
      </div>
      {trunk?.provider?.has_password && (
        <CheckField label={t("trunks.forget")} checked={forgets} onChange={(event) => setForgets(event.target.checked)} />
      )}
      <CheckField {...flag("register")} />
      <CheckField {...flag("shared")} hint={t("trunks.shared_hint")} />
      <details>
        <summary>{t("trunks.more")}</summary>
        <div className="columns-narrow" style={{ marginTop: "1rem" }}>
          <TextField {...text("prefixes")} optional placeholder="+1, +4420" />
          <TextField {...text("priority")} type="number" min={0} />
          <TextField {...text("weight")} type="number" min={1} />
          <TextField {...text("codecs")} />
          <SelectField {...text("dtmf_mode")} options={choices("auto_info", "rfc4733", "info", "inband")} />
          <TextField {...text("registrar")} optional />
          <TextField {...text("outbound_proxy")} optional />
          <TextField {...text("from_user")} optional />
          <TextField {...text("from_domain")} optional />
          <SelectField {...text("caller_id")} options={choices("none", "pai", "rpid")} />
          <TextField {...text("allow_from")} optional placeholder="192.0.2.0/28" />
          <SelectField {...text("srtp")} options={choices("off", "optional", "required")} />
          <SelectField {...text("session_timers")} options={choices("off", "accept", "require")} />
          <TextField {...text("qualify_seconds")} type="number" min={0} />
          <CheckField {...flag("tls_verify")} />
          <CheckField {...flag("withhold_number")} />
        </div>
      </details>
    </Form>
  );
}
