import { Dialog as Radix } from "radix-ui";
import { Plus, X } from "lucide-react";
import { useRef, useState, type ComponentProps, type ReactNode } from "react";
import type { Problem } from "../api/problem";
import { useWords } from "../i18n";
import { Button } from "./button";
import { ProblemNote } from "./feedback";
import { menuButton } from "./opener";

/** A dialog over the page. `children` may be a function, which gets how to close it. */
export function Dialog(props: {
  title: ReactNode;
  description?: ReactNode;
  trigger?: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  wide?: boolean;
  children: ReactNode | ((close: () => void) => ReactNode);
}) {
  const { t } = useWords();
  const [own, setOwn] = useState(false);
  const opener = useRef<HTMLElement | null>(null);
  const open = props.open ?? own;
  const change = (next: boolean) => {
    setOwn(next);
    props.onOpenChange?.(next);
  };
  return (
    <Radix.Root open={open} onOpenChange={change}>
      {props.trigger !== undefined && <Radix.Trigger asChild>{props.trigger}</Radix.Trigger>}
      <Radix.Portal>
        <Radix.Overlay className="overlay">
          <Radix.Content
            className={props.wide ? "dialog dialog-wide" : "dialog"}
            onOpenAutoFocus={() => {
              // without a trigger of its own it gives the focus back to whatever had it
              const before = props.trigger === undefined ? document.activeElement : null;
              opener.current = menuButton() ?? (before instanceof HTMLElement && before !== document.body ? before : null);
            }}
            onCloseAutoFocus={(event) => {
              if (opener.current === null) return;
              event.preventDefault();
              opener.current.focus();
            }}
            {...(props.description === undefined ? { "aria-describedby": undefined } : {})}
          >
            <div className="dialog-head">
              <div className="stack-small">
                <Radix.Title asChild>
                  <h2>{props.title}</h2>
                </Radix.Title>
                {props.description !== undefined && (
                  <Radix.Description className="soft">{props.description}</Radix.Description>
                )}
              </div>
              <Radix.Close asChild>
                <Button look="quiet" small icon aria-label={t("common.close")}>
                  <X size={18} aria-hidden="true" />
                </Button>
              </Radix.Close>
            </div>
            {typeof props.children === "function" ? props.children(() => change(false)) : props.children}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A dialog that adds something: its title stands on the button that opens it, too. */
export function AddDialog(props: Omit<ComponentProps<typeof Dialog>, "trigger">) {
  return (
    <Dialog
      {...props}
      trigger={
        <Button look="primary">
          <Plus size={18} aria-hidden="true" />
          {props.title}
        </Button>
      }
    />
  );
}

/** Asks before something that cannot be undone. `onConfirm` resolves when it is done; a failure stays in the dialog. */
export function Confirm(props: {
  title: ReactNode;
  children?: ReactNode;
  action: ReactNode;
  trigger?: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  danger?: boolean;
  onConfirm: () => Promise<unknown>;
}) {
  const { t } = useWords();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <Dialog
      title={props.title}
      trigger={props.trigger}
      {...(props.open === undefined ? {} : { open: props.open })}
      onOpenChange={(open) => {
        setProblem(null);
        props.onOpenChange?.(open);
      }}
    >
      {(close) => (
        <>
          {props.children !== undefined && <div className="stack-small">{props.children}</div>}
          {problem !== null && <ProblemNote problem={problem} />}
          <div className="row row-end">
            <Button onClick={close}>{t("common.cancel")}</Button>
            <Button
              look={props.danger === false ? "primary" : "danger"}
              busy={busy}
              onClick={() => {
                setBusy(true);
                setProblem(null);
                props
                  .onConfirm()
                  .then(close, (error: unknown) => setProblem(error as Problem))
                  .finally(() => setBusy(false));
              }}
            >
              {props.action}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
