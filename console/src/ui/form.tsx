import { useCallback, useMemo, useState, type FormEvent, type ReactNode } from "react";
import type { Problem } from "../api/problem";
import { Button, type Look } from "./button";
import { ProblemNote } from "./feedback";
import { FormContext } from "./field";

/** A form. What the API says about fields stands at the fields; everything else above the buttons. */
export function Form(props: {
  onSubmit: () => void;
  problem?: Problem | null;
  children: ReactNode;
  /** The buttons. */
  actions?: ReactNode;
  wide?: boolean;
}) {
  const [claimed, setClaimed] = useState<readonly string[]>([]);
  const claim = useCallback((name: string) => {
    setClaimed((names) => [...names, name]);
    return () => setClaimed((names) => names.filter((each, index) => each !== name || index !== names.indexOf(name)));
  }, []);
  const problem = props.problem ?? null;
  const state = useMemo(() => ({ problem, claim }), [problem, claim]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    props.onSubmit();
  };
  return (
    <FormContext value={state}>
      <form className={props.wide ? "form form-wide" : "form"} onSubmit={submit} noValidate>
        {props.children}
        {problem !== null && <ProblemNote problem={problem} claimed={claimed} />}
        {props.actions !== undefined && <div className="row">{props.actions}</div>}
      </form>
    </FormContext>
  );
}

/** A form that makes one change (of `useChange`) by one button. */
export function ChangeForm(props: {
  change: { run: () => void; busy: boolean; problem: Problem | null };
  /** What stands on the button. */
  submit: ReactNode;
  look?: Look;
  children: ReactNode;
  wide?: boolean;
}) {
  const { change, submit, look = "primary", children, wide = false } = props;
  return (
    <Form
      onSubmit={() => change.run()}
      problem={change.problem}
      wide={wide}
      actions={
        <Button type="submit" look={look} busy={change.busy}>
          {submit}
        </Button>
      }
    >
      {children}
    </Form>
  );
}
