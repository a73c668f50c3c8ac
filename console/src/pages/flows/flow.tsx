// The flow builder: canvas, fields of a step, versions, and a trial beside it.
import { ReactFlowProvider } from "@xyflow/react";
import { Download, Ellipsis, History, Phone, Plus, Redo2, Rocket, Trash2, Undo2, Upload } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, data } from "../../api/client";
import { asProblem, Problem } from "../../api/problem";
import { useChange, useGet, type Answer } from "../../api/queries";
import { useWords } from "../../i18n";
import { useSession } from "../../shell/session";
import {
  Await, Badge, Button, Card, Code, Confirm, Dialog, Form, Menu, MenuItem, Note, Page, ProblemNote, TextField, Time, useToast,
} from "../../ui";
import { Canvas } from "./canvas";
import { PAUSE_MS, useCheck } from "./check";
import { useChosen } from "./chosen";
import {
  TYPES, freeId, isGraph, newStep, placed, withId, without, type Draft, type Layout, type Step,
} from "./graph";
import { useHistory, type Sheet } from "./history";
import { iconOf } from "./icons";
import { Inspector } from "./inspector";
import { Outline } from "./outline";
import { TryFlow } from "./try";
import { Versions } from "./versions";
import "./flows.css";

type Saved = Answer<"/api/v1/flows/{flow_id}">;

export default function FlowPage() {
  const { flowId = "" } = useParams();
  const saved = useGet("/api/v1/flows/{flow_id}", { path: { flow_id: flowId } }, { staleTime: Infinity });
  return (
    <Await query={saved}>
      {(found) => (
        <ReactFlowProvider key={found.flow_id}>
          <Builder saved={found} reload={() => void saved.refetch()} />
        </ReactFlowProvider>
      )}
    </Await>
  );
}

function Builder({ saved, reload }: { saved: Saved; reload: () => void }) {
  const { t, maybe } = useWords();
  const { may } = useSession();
  const locked = !may("flows:write");
  const graph = isGraph(saved.draft);
  const first = useMemo<Sheet>(
    () => ({
      draft: graph ? (saved.draft as unknown as Draft) : { steps: {} },
      layout: saved.layout as Layout,
    }),
    // what is loaded first; later answers are our own changes
    // eslint-disable-next-line
    [saved.flow_id],
  );
  const history = useHistory(first);
  const { draft, layout } = history.sheet;
  const shown = useChosen();
  const selected = shown.id;
  const [trying, setTrying] = useState(false);
  const [path, setPath] = useState<readonly string[]>([]);
  const keeper = useKeeper(saved, history.sheet, locked || !graph);
  const check = useCheck(draft);
  const change = useCallback(
    (next: Draft, topic?: string) => history.change({ draft: next, layout }, topic ?? null),
    [history, layout],
  );
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const inField = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (!(event.ctrlKey || event.metaKey) || inField || locked) return;
      const again = event.key === "y" || (event.key.toLowerCase() === "z" && event.shiftKey);
      if (event.key.toLowerCase() !== "z" && !again) return;
      event.preventDefault();
      if (again) history.redo();
      else history.undo();
    };
    window.addEventListener("keydown", keys);
    return () => window.removeEventListener("keydown", keys);
  }, [history, locked]);
  const add = (type: string) => {
    const id = freeId(draft.steps, type);
    const step = newStep(type, { say: t("flows.new_say"), ask: t("flows.new_ask"), sms: t("flows.new_sms") });
    const empty = Object.keys(draft.steps).length === 0;
    change({ ...draft, version: 1, ...(empty ? { start: id } : {}), steps: { ...draft.steps, [id]: step } });
    shown.show(id);
    setTrying(false);
  };
  const remove = (id: string) => {
    change(without(draft, id));
    shown.show(null);
  };
  const chosen = selected === null ? undefined : draft.steps[selected];
  if (!graph) return <Unfinished saved={saved} reload={reload} />;
  return (
    <Page
      title={keeper.name}
      from={[t("flows.title"), "/flows"]}
      description={
        <span className="row">
          {keeper.published === null ? (
            <Badge>{t("flows.never_published")}</Badge>
          ) : (
            <Badge tone="good">{t("flows.version", { version: String(keeper.published) })}</Badge>
          )}
          <span className="small" role="status">
            {locked ? t("flows.read_only") : keeper.state === "saved" ? t("flows.saved") : t("flows.saving")}
          </span>
        </span>
      }
      actions={
        <>
          {!locked && (
            <>
              <Button icon look="quiet" aria-label={t("flows.undo")} disabled={!history.canUndo} onClick={history.undo}>
                <Undo2 size={18} aria-hidden="true" />
              </Button>
              <Button icon look="quiet" aria-label={t("flows.redo")} disabled={!history.canRedo} onClick={history.redo}>
                <Redo2 size={18} aria-hidden="true" />
              </Button>
              <Menu
                trigger={
                  <Button>
                    <Plus size={18} aria-hidden="true" />
                    {t("flows.add_step")}
                  </Button>
                }
              >
                {TYPES.map((type) => {
                  const Icon = iconOf(type);
                  return (
                    <MenuItem key={type} onSelect={() => add(type)}>
                      <Icon size={16} aria-hidden="true" />
                      {t(`flows.type_${type}`)}
                    </MenuItem>
                  );
                })}
              </Menu>
              <Button
                onClick={() => {
                  setTrying(true);
                  shown.show(null);
                }}
              >
                <Phone size={18} aria-hidden="true" />
                {t("flows.try")}
              </Button>
              <Publish saved={saved} keeper={keeper} faults={check.faults.length} />
            </>
          )}
          <More saved={saved} sheet={history.sheet} locked={locked} keeper={keeper} onSheet={(sheet) => history.change(sheet)} />
        </>
      }
    >
      {keeper.problem !== null && (
        <ProblemNote problem={keeper.problem} again={keeper.problem.status === 409 ? () => window.location.reload() : keeper.again} />
      )}
      {saved.running.length > 0 && (
        <Note tone="info" title={t("flows.running", { count: saved.running.length })}>
          <ul>
            {saved.running.map((each) => (
              <li key={each.campaign_id}>
                <Link to={`/campaigns/${each.campaign_id}`}>{each.name}</Link> ({t("flows.version", { version: String(each.version) })},{" "}
                {maybe(`campaigns.state_${each.state}`, each.state)})
              </li>
            ))}
          </ul>
        </Note>
      )}
      <div className="builder">
        <Canvas
          draft={draft}
          layout={layout}
          faults={check.byStep}
          selected={selected}
          path={trying ? path : []}
          locked={locked}
          onSelect={shown.show}
          onMove={(moved) => history.change({ draft, layout: moved }, "move")}
          onChange={change}
          onRemove={remove}
        />
        <div
          className="builder-side"
          ref={shown.side}
          onKeyDown={(event) => {
            if (event.key === "Escape" && chosen !== undefined) shown.close();
          }}
        >
          <Card {...(trying && chosen === undefined ? { title: t("flows.try") } : {})}>
            {chosen !== undefined && selected !== null ? (
              <>
                <div>
                  <Button small look="quiet" data-back onClick={shown.close}>
                    ← {trying ? t("flows.try") : t("flows.steps")}
                  </Button>
                </div>
                <Inspector
                  key={shown.key}
                  draft={draft}
                  id={selected}
                  faults={check.byStep[selected] ?? []}
                  locked={locked}
                  onChange={(step: Step, topic) =>
                    change({ ...draft, steps: { ...draft.steps, [selected]: step } }, topic && `${selected} ${topic}`)
                  }
                  onRename={(id) => {
                    const place = placed(draft, layout)[selected];
                    history.change({ draft: withId(draft, selected, id), layout: place ? { ...layout, [id]: place } : layout });
                    shown.renamed(id);
                  }}
                  onStart={() => change({ ...draft, start: selected })}
                  onRemove={() => remove(selected)}
                />
              </>
            ) : trying ? (
              <>
                <TryFlow
                  flow={draft}
                  placeholders={check.placeholders}
                  machine={(draft.on_machine?.action ?? "off") !== "off"}
                  onPath={(step) => setPath((before) => (step === null ? [] : [...before, step]))}
                />
                <Button look="quiet" onClick={() => setTrying(false)}>
                  {t("common.close")}
                </Button>
              </>
            ) : (
              <Outline
                draft={draft}
                layout={layout}
                faults={check.byStep}
                general={check.general}
                locked={locked}
                onSelect={shown.open}
                onChange={change}
              />
            )}
          </Card>
        </div>
      </div>
    </Page>
  );
}

interface Keeper {
  name: string;
  published: number | null;
  revision: number;
  state: "saved" | "saving";
  problem: Problem | null;
  again: () => void;
  /** Saves what is not saved yet and resolves with the revision. */
  flush: () => Promise<number>;
  took: (saved: { name: string; published_version: number | null; revision: number }) => void;
}

/** Saves the sheet a moment after each change, one request at a time. */
function useKeeper(saved: Saved, sheet: Sheet, off: boolean): Keeper {
  const [known, setKnown] = useState({ name: saved.name, published: saved.published_version, revision: saved.revision });
  const [kept, setKept] = useState(sheet);
  const [problem, setProblem] = useState<Problem | null>(null);
  const revision = useRef(saved.revision);
  const latest = useRef(sheet);
  latest.current = sheet;
  const running = useRef<Promise<void>>(Promise.resolve());
  const keptNow = useRef(sheet);
  const save = useCallback(() => {
    running.current = running.current.then(async () => {
      const wanted = latest.current;
      if (keptNow.current === wanted) return;
      try {
        const answer = await data(
          api.PATCH("/api/v1/flows/{flow_id}", {
            params: { path: { flow_id: saved.flow_id } },
            body: { draft: wanted.draft as never, layout: wanted.layout as never, revision: revision.current },
          }),
        );
        revision.current = answer.revision;
        keptNow.current = wanted;
        setKnown((before) => ({ ...before, revision: answer.revision }));
        setKept(wanted);
        setProblem(null);
      } catch (error) {
        setProblem(asProblem(error));
      }
    });
    return running.current;
  }, [saved.flow_id]);
  useEffect(() => {
    if (off || sheet === keptNow.current) return;
    const timer = setTimeout(() => void save(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [sheet, off, save]);
  useEffect(
    () => () => {
      // whoever leaves the page at once loses nothing
      if (!off) void save();
    },
    [off, save],
  );
  return {
    ...known,
    state: kept === sheet ? "saved" : "saving",
    problem,
    again: () => void save(),
    flush: async () => {
      await save();
      return revision.current;
    },
    took: (answer) => {
      revision.current = answer.revision;
      setKnown({ name: answer.name, published: answer.published_version, revision: answer.revision });
    },
  };
}

function Publish({ saved, keeper, faults }: { saved: Saved; keeper: Keeper; faults: number }) {
  const { t } = useWords();
  const say = useToast();
  const [note, setNote] = useState("");
  const publish = useChange(
    async () => {
      const revision = await keeper.flush();
      return data(
        api.POST("/api/v1/flows/{flow_id}/publish", {
          params: { path: { flow_id: saved.flow_id } },
          body: { revision, note },
        }),
      );
    },
    { touches: ["/api/v1/flows", "/api/v1/flows/{flow_id}", "/api/v1/flows/{flow_id}/versions"] },
  );
  return (
    <Dialog
      title={t("flows.publish_title")}
      description={t("flows.publish_text")}
      trigger={
        <Button look="primary">
          <Rocket size={18} aria-hidden="true" />
          {t("flows.publish")}
        </Button>
      }
      onOpenChange={() => publish.reset()}
    >
      {(close) => (
        <Form
          problem={publish.problem}
          onSubmit={() =>
            void publish.runAsync().then(
              (made) => {
                keeper.took(made.flow);
                say(t("flows.published", { version: String(made.version.version) }));
                setNote("");
                close();
              },
              () => undefined,
            )
          }
          actions={
            <>
              <Button type="submit" look="primary" busy={publish.busy}>
                {t("flows.publish")}
              </Button>
              <Button onClick={close}>{t("common.cancel")}</Button>
            </>
          }
        >
          {faults > 0 && <Note tone="warn">{t("flows.publish_faults", { count: faults })}</Note>}
          <TextField label={t("flows.note")} optional value={note} onChange={(event) => setNote(event.target.value)} />
        </Form>
      )}
    </Dialog>
  );
}

function More(props: { saved: Saved; sheet: Sheet; locked: boolean; keeper: Keeper; onSheet: (sheet: Sheet) => void }) {
  const { t } = useWords();
  const { saved, sheet, locked } = props;
  const navigate = useNavigate();
  const say = useToast();
  const [open, setOpen] = useState<"versions" | "import" | "rename" | "delete" | null>(null);
  const shown = (name: typeof open) => ({ open: open === name, onOpenChange: (on: boolean) => setOpen(on ? name : null) });
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(sheet.draft, null, 2)], { type: "application/json" }));
    link.download = `${props.keeper.name}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
  };
  return (
    <>
      <Menu
        trigger={
          <Button icon aria-label={t("common.actions")}>
            <Ellipsis size={18} aria-hidden="true" />
          </Button>
        }
      >
        <MenuItem onSelect={() => setOpen("versions")}>
          <History size={16} aria-hidden="true" />
          {t("flows.versions")}
        </MenuItem>
        <MenuItem onSelect={download}>
          <Download size={16} aria-hidden="true" />
          {t("flows.export")}
        </MenuItem>
        {!locked && (
          <>
            <MenuItem onSelect={() => setOpen("import")}>
              <Upload size={16} aria-hidden="true" />
              {t("flows.import")}
            </MenuItem>
            <MenuItem onSelect={() => setOpen("rename")}>{t("flows.rename")}</MenuItem>
            <MenuItem danger onSelect={() => setOpen("delete")}>
              <Trash2 size={16} aria-hidden="true" />
              {t("common.delete")}
            </MenuItem>
          </>
        )}
      </Menu>
      <Dialog title={t("flows.versions")} wide {...shown("versions")}>
        {(close) => (
          <Versions
            flowId={saved.flow_id}
            {...(locked
              ? {}
              : {
                  onTake: (version) => {
                    props.onSheet({ draft: version.flow as unknown as Draft, layout: version.layout as Layout });
                    say(t("flows.taken"));
                    close();
                  },
                })}
          />
        )}
      </Dialog>
      <Dialog title={t("flows.import")} description={t("flows.import_text")} {...shown("import")}>
        {(close) => (
          <ImportForm
            onFlow={(flow) => {
              props.onSheet({ draft: flow, layout: {} });
              close();
            }}
          />
        )}
      </Dialog>
      <Dialog title={t("flows.rename")} {...shown("rename")}>
        {(close) => <Rename saved={saved} keeper={props.keeper} close={close} />}
      </Dialog>
      <Confirm
        title={t("flows.delete_title")}
        action={t("common.delete")}
        {...shown("delete")}
        onConfirm={async () => {
          await api.DELETE("/api/v1/flows/{flow_id}", { params: { path: { flow_id: saved.flow_id } } });
          await navigate("/flows");
        }}
      >
        <p>{t("flows.delete_text")}</p>
      </Confirm>
    </>
  );
}

function ImportForm({ onFlow }: { onFlow: (flow: Draft) => void }) {
  const { t } = useWords();
  const [fault, setFault] = useState<string | undefined>();
  const read = useChange(async (file: File) => {
    let flow: unknown;
    try {
      flow = JSON.parse(await file.text());
    } catch {
      throw new Problem(0, "import", t("flows.import_no_json"));
    }
    // brings lists of steps into the form that the builder shows, and says what is wrong
    const report = await data(api.POST("/api/v1/flows/validate", { body: flow as never }));
    return report.flow as unknown as Draft;
  });
  return (
    <Form
      problem={read.problem}
      onSubmit={() => setFault(t("flows.import_choose"))}
    >
      <TextField
        label={t("flows.import_file")}
        type="file"
        accept="application/json,.json"
        error={fault}
        onChange={(event) => {
          const file = event.target.files?.[0];
          setFault(undefined);
          if (file) void read.runAsync(file).then(onFlow, () => undefined);
        }}
      />
    </Form>
  );
}

function Rename({ saved, keeper, close }: { saved: Saved; keeper: Keeper; close: () => void }) {
  const { t } = useWords();
  const [name, setName] = useState(keeper.name);
  const rename = useChange(
    async () =>
      data(api.PATCH("/api/v1/flows/{flow_id}", { params: { path: { flow_id: saved.flow_id } }, body: { name } })),
    { touches: ["/api/v1/flows"] },
  );
  return (
    <Form
      problem={rename.problem}
      onSubmit={() =>
        void rename.runAsync().then(
          (answer) => {
            keeper.took(answer);
            close();
          },
          () => undefined,
        )
      }
      actions={
        <Button type="submit" look="primary" busy={rename.busy}>
          {t("common.save")}
        </Button>
      }
    >
      <TextField label={t("common.name")} name="name" value={name} onChange={(event) => setName(event.target.value)} />
    </Form>
  );
}

/** A draft that a program wrote as lists of steps, and that cannot be brought into the builder's form as it is. */
function Unfinished({ saved, reload }: { saved: Saved; reload: () => void }) {
  const { t } = useWords();
  const take = useChange(
    async () => {
      const report = await data(api.POST("/api/v1/flows/validate", { body: saved.draft as never }));
      await api.PATCH("/api/v1/flows/{flow_id}", {
        params: { path: { flow_id: saved.flow_id } },
        body: { draft: report.flow, revision: saved.revision },
      });
    },
    { onDone: () => window.location.reload() },
  );
  return (
    <Page title={saved.name} from={[t("flows.title"), "/flows"]}>
      <Note title={t("flows.lists")}>
        <span>{t("flows.lists_text")}</span>
        <div className="row">
          <Button look="primary" busy={take.busy} onClick={() => take.run()}>
            {t("flows.lists_take")}
          </Button>
          <Button onClick={reload}>{t("common.again")}</Button>
        </div>
      </Note>
      {take.problem !== null && <ProblemNote problem={take.problem} />}
      <Card title="JSON">
        <Code text={JSON.stringify(saved.draft, null, 2)} label="JSON" />
        <span className="soft small">
          <Time at={saved.updated_at} />
        </span>
      </Card>
    </Page>
  );
}

