// Time zones, countries and languages, named by the browser.
import type { Option } from "./field";

/** IANA names; `also` is there even when the browser lists it under another name. */
export function timeZones(also: string): Option[] {
  const names = new Set([...Intl.supportedValuesOf("timeZone"), "UTC", also]);
  return [...names].sort().map((name) => [name, name.replaceAll("_", " ")] as const);
}

// ISO 3166-1 codes that telephone numbers are planned by
const CODES =
  "AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD " +
  "CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE " +
  "GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN " +
  "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
  "NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH " +
  "SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG " +
  "VI VN VU WF WS XK YE YT ZA ZM ZW";

export function regions(language: string): Option[] {
  const names = new Intl.DisplayNames([language], { type: "region" });
  return CODES.split(" ")
    .map((code) => [code, names.of(code) ?? code] as const)
    .sort((one, other) => one[1].localeCompare(other[1], language));
}

/** Languages that can be spoken, by name; `known` is what the API says of them, for those that the browser cannot name. */
export function languages(language: string, known: readonly { language: string; name: string }[]): Option[] {
  const names = new Intl.DisplayNames([language], { type: "language", fallback: "none" });
  const name = (code: string) => {
    try {
      return names.of(code);
    } catch {
      return undefined; // not of a form that the browser knows
    }
  };
  return known
    .map((each) => [each.language, name(each.language) ?? each.name] as const)
    .sort((one, other) => one[1].localeCompare(other[1], language));
}
