import { useEffect, useState } from "react";
import { TextField } from "./field";

/** A text to filter by; it counts when the person pauses, leaves the field or presses Enter. */
export function FilterText(props: { label: string; value: string; onChange: (value: string) => void; placeholder?: string; type?: string }) {
  const { label, value, onChange, placeholder, type = "search" } = props;
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), 500);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <TextField
      label={label}
      type={type}
      value={text}
      {...(placeholder === undefined ? {} : { placeholder })}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => event.key === "Enter" && onChange(text.trim())}
    />
  );
}
