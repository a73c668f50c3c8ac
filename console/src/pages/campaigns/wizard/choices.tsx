import { useId, type ReactNode } from "react";

/** One of a few, all of them visible. */
export function Choices<V extends string>(props: {
  legend: ReactNode;
  value: V;
  onChange: (value: V) => void;
  options: readonly (readonly [V, ReactNode])[];
}) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend>{props.legend}</legend>
      {props.options.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name={name} value={value} checked={value === props.value} onChange={() => props.onChange(value)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
