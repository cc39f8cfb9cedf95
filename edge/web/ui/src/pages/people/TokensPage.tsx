/** Programs that are let in: what each may do, until when, and when it was used last. */

import { useState } from "react";
import { Link } from "wouter";
import type { Got, Posted } from "../../api/client";
import { useGet, useLine, usePost } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Dialog } from "../../parts/Dialog";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { NewToken } from "./NewToken";
import { Secret } from "./Secret";
import "./people.css";

type Token = Got<"/api/v1/tokens">["tokens"][number];
type Made = Posted<"/api/v1/tokens">;

export default function TokensPage() {
  const { t } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const { value, problem, again } = useGet("/api/v1/tokens");
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const [ending, setEnding] = useState<Token | null>(null);
  const done = (): void => {
    setAdding(false);
    setMade(null);
    setEnding(null);
    again();
  };
  return (
    <Page
      title={t("tokens.title")}
      actions={
        <Button kind="primary" icon="add" aria-haspopup="dialog" disabled={cut} onClick={() => setAdding(true)}>
          {t("tokens.add")}
        </Button>
      }
    >
      <p className="people-links">
        <Link href="/people">
          <Icon name="back" size={16} /> {t("people.title")}
        </Link>
      </p>
      <Card flush>
        {value === null ? (
          problem === null ? (
            <Loading rows={3} />
          ) : (
            <Failure problem={problem} onAgain={again} />
          )
        ) : value.tokens.length === 0 ? (
          <Empty icon="line" title={t("tokens.none")}>
            {t("tokens.none.words")}
          </Empty>
        ) : (
          <ul className="people">
            {value.tokens.map((token) => (
              <Row key={token.token} token={token} cut={cut} onEnd={() => setEnding(token)} />
            ))}
          </ul>
        )}
      </Card>
      {adding && (
        <Dialog title={t(made === null ? "tokens.add" : "tokens.made")} onClose={done}>
          {made === null ? (
            <NewToken onMade={setMade} onClose={done} />
          ) : (
            <Secret label={t("tokens.secret")} secret={made.secret} words={t("tokens.made.words", { name: made.token.name })} onClose={done} />
          )}
        </Dialog>
      )}
      {ending !== null && <Revoke token={ending} onClose={done} />}
    </Page>
  );
}

function Row({ token, cut, onEnd }: { token: Token; cut: boolean; onEnd: () => void }) {
  const { t, known, list, date } = useWords();
  const until = token.expires_unix_s === null ? t("tokens.ever") : t("tokens.until", { when: date(token.expires_unix_s) });
  return (
    <li className="person" data-off={token.expired}>
      <span className="person-mark" aria-hidden="true">
        <Icon name="line" size={20} />
      </span>
      <div className="person-who">
        <p>
          <strong>{token.name}</strong>
        </p>
        <p className="small">{list(token.rights.map((right) => known(`right.${right}`, right)))}</p>
        <p className="small quiet">
          {t("tokens.by", { name: token.made_by })} · {until} · {token.used_unix_s === null ? t("tokens.unused") : t("tokens.used", { when: date(token.used_unix_s) })}
        </p>
      </div>
      <div className="person-acts">
        {token.expired && <Badge tone="note">{t("tokens.expired")}</Badge>}
        {token.manageable && (
          <Button kind="danger" disabled={cut} aria-haspopup="dialog" aria-label={t("tokens.revoke.which", { name: token.name })} onClick={onEnd}>
            {t("tokens.revoke")}
          </Button>
        )}
      </div>
    </li>
  );
}

function Revoke({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useWords();
  const { send, busy, problem } = usePost("/api/v1/tokens/{token}/revoke");
  const revoke = async (): Promise<void> => {
    if ((await send({}, { token: token.token })) === null) return;
    toast(t("tokens.revoked", { name: token.name }));
    onClose();
  };
  return (
    <Dialog title={t("tokens.revoke.which", { name: token.name })} onClose={onClose}>
      <div className="form">
        <p>{t("tokens.revoke.words")}</p>
        <FormProblem problem={problem} />
        <div className="form-acts">
          <Button data-first onClick={onClose}>
            {t("act.cancel")}
          </Button>
          <Button kind="danger" busy={busy} onClick={() => void revoke()}>
            {t("tokens.revoke")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
