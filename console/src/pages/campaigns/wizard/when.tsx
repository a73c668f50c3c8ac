// When people are called, how fast, how often, and when it is enough.
import { useMemo } from "react";
import { useWords } from "../../../i18n";
import { useSession } from "../../../shell/session";
import { Card, CheckField, SelectField, TextField } from "../../../ui";
import { Choices } from "./choices";
import { Clocks } from "./clocks";
import type { CampaignForm } from "./form";
import type { Part } from "./wizard";

export function When({ form, put }: Part) {
  const { t, language } = useWords();
  const { account } = useSession();
  const zone = account.organisation.time_zone;
  const days = useMemo(() => {
    const names = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
    // 5 January 1970 was a Monday
    return Array.from({ length: 7 }, (_, index) => [index + 1, names.format(new Date((4 + index) * 86_400_000))] as const);
  }, [language]);
  return (
    <>
      <Card title={t("campaigns.when")}>
        <div className="columns-narrow">
          <TextField
            label={t("campaigns.start_at")}
            name="schedule.starts_at"
            optional
            type="datetime-local"
            hint={t("campaigns.at_account", { zone: zone.replaceAll("_", " ") })}
            value={form.startsAt}
            onChange={(event) => put({ startsAt: event.target.value })}
          />
          <TextField
            label={t("campaigns.end_at")}
            name="schedule.ends_at"
            optional
            type="datetime-local"
            hint={t("campaigns.at_account", { zone: zone.replaceAll("_", " ") })}
            value={form.endsAt}
            onChange={(event) => put({ endsAt: event.target.value })}
          />
        </div>
        <Choices
          legend={t("campaigns.hours_only")}
          value={form.hours ? "hours" : "any"}
          onChange={(value) => put({ hours: value === "hours" })}
          options={[
            ["hours", `${form.windowFrom}–${form.windowUntil}`],
            ["any", t("campaigns.any_hour")],
          ]}
        />
        {form.hours && (
          <>
            <div className="columns-narrow">
              <TextField
                label={t("campaigns.window_from")}
                type="time"
                value={form.windowFrom}
                onChange={(event) => event.target.value && put({ windowFrom: event.target.value })}
              />
              <TextField
                label={t("campaigns.window_until")}
                type="time"
                value={form.windowUntil}
                onChange={(event) => event.target.value && put({ windowUntil: event.target.value })}
              />
            </div>
            <fieldset className="weekdays">
              <legend>{t("campaigns.weekdays")}</legend>
              {days.map(([day, name]) => (
                <label key={day}>
                  <input
                    type="checkbox"
                    checked={form.weekdays.includes(day)}
                    onChange={(event) =>
                      put({
                        weekdays: event.target.checked
                          ? [...form.weekdays, day].sort((one, other) => one - other)
                          : form.weekdays.filter((each) => each !== day),
                      })
                    }
                  />
                  {name}
                </label>
              ))}
            </fieldset>
            <Clocks form={form} />
          </>
        )}
      </Card>
      <Card title={t("campaigns.how")}>
        <div className="columns-narrow">
          {form.channel === "call" && <Calls form={form} put={put} />}
          <SelectField
            label={t("campaigns.purpose")}
            hint={t("campaigns.purpose_hint")}
            name="purpose"
            value={form.purpose}
            onChange={(event) => put({ purpose: event.target.value as CampaignForm["purpose"] })}
            options={(["transactional", "marketing", "emergency"] as const).map((each) => [each, t(`campaigns.purpose_${each}`)] as const)}
          />
        </div>
        <CheckField
          label={t("campaigns.sandbox")}
          hint={t("campaigns.sandbox_hint")}
          checked={form.sandbox}
          onChange={(event) => put({ sandbox: event.target.checked })}
        />
      </Card>
    </>
  );
}

/** How often and how fast people are called, and when it is enough. */
function Calls({ form, put }: Part) {
  const { t } = useWords();
  return (
    <>
      <SelectField
        label={t("campaigns.retries")}
        value={String(form.retries)}
        onChange={(event) => put({ retries: Number(event.target.value) })}
        options={[0, 1, 2, 3, 5].map(
          (count) => [String(count), count === 0 ? t("campaigns.retries_0") : t("campaigns.retries_times", { count })] as const,
        )}
      />
      {form.retries > 0 && (
        <TextField
          label={t("campaigns.retry_after")}
          type="number"
          min={0}
          max={43_200}
          value={String(form.retryMinutes)}
          onChange={(event) => put({ retryMinutes: Number(event.target.value) })}
        />
      )}
      <TextField
        label={t("campaigns.at_once")}
        name="max_concurrent"
        optional
        type="number"
        min={1}
        value={form.atOnce}
        onChange={(event) => put({ atOnce: event.target.value })}
      />
      {form.what !== "flow" && (
        <TextField
          label={t("campaigns.goal")}
          hint={t("campaigns.goal_hint")}
          name="goal"
          optional
          type="number"
          min={1}
          value={form.goal}
          onChange={(event) => put({ goal: event.target.value })}
        />
      )}
      {form.what !== "flow" && form.goal !== "" && (
        <SelectField
          label={t("campaigns.goal_key")}
          value={form.goalKey}
          onChange={(event) => put({ goalKey: event.target.value })}
          options={[...new Set([...form.keys.map((each) => each.key), form.goalKey])].map((key) => [key, key] as const)}
        />
      )}
    </>
  );
}
