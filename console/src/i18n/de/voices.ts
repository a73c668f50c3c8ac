import type en from "../en/voices";

const de: Record<keyof typeof en, string> = {
  "voices.title": "Stimmen",
  "voices.description": "Was auf dieser Anlage spricht. Weitere und bessere installiert man auf ihrer Befehlszeile.",
  "voices.listen": "Anhören",
  "voices.none": "Es ist keine Stimme installiert.",
  "voices.language": "Sprache",
  "voices.gender": "Stimme",
  "voices.engine": "Technik",
  "voices.female": "Weiblich",
  "voices.male": "Männlich",
  "voices.sample": "Das sagen",
  "voices.sample_text": "Guten Tag. So klinge ich am Telefon.",
  "voices.empty": "Keine Stimme für diese Sprache",
  "voices.empty_text": "„callwright voices install“ bringt weitere.",
  "voices.account": "die Stimme des Kontos",
};
export default de;
