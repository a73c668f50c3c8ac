import { useState } from "react";
import { api } from "../../api/client";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import { Await, Button, Card, ChangeForm, CheckField, Form, Page, SelectField, TextField, useToast } from "../../ui";
import { regions, timeZones } from "../../ui/places";
import { SampleButton } from "../voices/sample";

const ACCOUNT = "/api/v1/account";
const LIMITS = "/api/v1/limits";

export default function Settings() {
  const { t } = useWords();
  const { may } = useSession();
  const account = useGet(ACCOUNT);
  const limits = useGet(LIMITS, {}, { enabled: may("limits:read") });
  return (
    <Page title={t("nav.settings")} description={t("settings.description")}>
      <div className="columns">
        <Card title={t("settings.organisation")}>
          <Await query={account}>{(found) => <OrganisationForm of={found.organisation} />}</Await>
        </Card>
        {may("limits:read") && (
          <Card title={t("settings.limits")}>
            <Await query={limits}>{(found) => <LimitsForm of={found} writes={may("limits:write")} />}</Await>
          </Card>
        )}
      </div>
    </Page>
  );
}

function OrganisationForm({ of: found }: { of: Answer<typeof ACCOUNT>["organisation"] }) {
  const { t, language } = useWords();
  const say = useToast();
  const [name, setName] = useState(found.name);
  const [spoken, setSpoken] = useState(found.spoken_name ?? "");
  const [zone, setZone] = useState(found.time_zone);
  const [region, setRegion] = useState(found.region);
  const [voice, setVoice] = useState(found.voice);
  const [hours, setHours] = useState(found.calling_hours !== null);
  const [from, setFrom] = useState(found.calling_hours?.from ?? "09:00");
  const [until, setUntil] = useState(found.calling_hours?.until ?? "20:00");
  const voices = useGet("/api/v1/voices", {}, { staleTime: 600_000 });
  const names = (voices.data?.voices ?? []).map((each) => [each.name, `${each.name} (${each.language})`] as const);
  const save = useChange(
    () =>
      api.PATCH(ACCOUNT, {
        body: {
          name,
          spoken_name: spoken || null,
          time_zone: zone,
          region,
          voice,
          calling_hours: hours ? { from, until } : null,
        },
      }),
    { touches: [ACCOUNT], onDone: () => say(t("common.saved")) },
  );
  return (
    <ChangeForm change={save} submit={t("common.save")}>
      <TextField label={t("entry.organisation")} name="name" value={name} onChange={(e) => setName(e.target.value)} />
      <TextField
        label={t("settings.spoken_name")}
        hint={t("settings.spoken_name_hint")}
        optional
        name="spoken_name"
        value={spoken}
        onChange={(e) => setSpoken(e.target.value)}
      />
      <SelectField label={t("entry.time_zone")} name="time_zone" value={zone} onChange={(e) => setZone(e.target.value)} options={timeZones(zone)} />
      <SelectField label={t("entry.region")} name="region" value={region} onChange={(e) => setRegion(e.target.value)} options={regions(language)} />
      <div className="row" style={{ alignItems: "end" }}>
        <div className="grow">
          <SelectField
            label={t("start.voice")}
            name="voice"
            value={voice}
            onChange={(e) => setVoice(e.target.value)}
            options={names.some(([each]) => each === voice) ? names : [[voice, voice], ...names]}
          />
        </div>
        <SampleButton voice={voice} text={t("voices.sample_text")} />
      </div>
      <CheckField
        label={t("settings.hours")}
        hint={t("settings.hours_hint")}
        checked={hours}
        name="calling_hours"
        onChange={(e) => setHours(e.target.checked)}
      />
      {hours && (
        <div className="row">
          <TextField label={t("settings.from")} type="time" name="calling_hours.from" value={from} onChange={(e) => setFrom(e.target.value)} />
          <TextField label={t("settings.until")} type="time" name="calling_hours.until" value={until} onChange={(e) => setUntil(e.target.value)} />
        </div>
      )}
    </ChangeForm>
  );
}

function LimitsForm({ of: found, writes }: { of: Answer<typeof LIMITS>; writes: boolean }) {
  const { t } = useWords();
  const say = useToast();
  const [perPerson, setPerPerson] = useState(found.calls_per_person?.toString() ?? "");
  const [within, setWithin] = useState(found.per_person_hours?.toString() ?? "24");
  const [seconds, setSeconds] = useState(found.max_call_seconds?.toString() ?? "");
  const [consent, setConsent] = useState(found.marketing_needs_consent ?? false);
  const [countries, setCountries] = useState(found.allowed_countries?.join(", ") ?? "");
  const save = useChange(
    () => {
      const listed = countries.split(/[\s,]+/).filter(Boolean);
      return api.PATCH(LIMITS, {
        body: {
          calls_per_person: perPerson === "" ? null : Number(perPerson),
          ...(within === "" ? {} : { per_person_hours: Number(within) }),
          ...(seconds === "" ? {} : { max_call_seconds: Number(seconds) }),
          marketing_needs_consent: consent,
          allowed_countries: listed.length === 0 ? null : listed,
        },
      });
    },
    { touches: [LIMITS], onDone: () => say(t("common.saved")) },
  );
  return (
    <Form
      onSubmit={() => save.run()}
      problem={save.problem}
      actions={
        writes ? (
          <Button type="submit" look="primary" busy={save.busy}>
            {t("common.save")}
          </Button>
        ) : undefined
      }
    >
      <TextField
        label={t("settings.per_person")}
        hint={t("settings.per_person_hint")}
        name="calls_per_person"
        type="number"
        min={1}
        value={perPerson}
        onChange={(e) => setPerPerson(e.target.value)}
      />
      <TextField label={t("settings.per_person_hours")} name="per_person_hours" type="number" min={1} value={within} onChange={(e) => setWithin(e.target.value)} />
      <TextField label={t("settings.max_seconds")} name="max_call_seconds" type="number" min={1} value={seconds} onChange={(e) => setSeconds(e.target.value)} />
      <TextField
        label={t("settings.countries")}
        hint={t("settings.countries_hint")}
        name="allowed_countries"
        value={countries}
        onChange={(e) => setCountries(e.target.value)}
      />
      <CheckField label={t("settings.consent")} name="marketing_needs_consent" checked={consent} onChange={(e) => setConsent(e.target.checked)} />
    </Form>
  );
}
