import { api, data, inSandbox } from "../../../api/client";
import type { components } from "../../../api/schema";
import { requestOf, type CampaignForm } from "./form";

export type Preflight = components["schemas"]["PreflightView"] & { errors: { field: string; message: string }[] };

/** What the campaign would do; nothing is made. Rejects with the `Problem` that names the wrong fields. */
export async function preflight(form: CampaignForm, unnamed: string): Promise<Preflight> {
  const body = { ...requestOf(form, unnamed), dry_run: true };
  const headers = form.sandbox ? { headers: inSandbox } : {};
  return (await data(api.POST("/api/v1/campaigns", { body, ...headers } as never))) as unknown as Preflight;
}
