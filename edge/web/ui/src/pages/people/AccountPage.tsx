/** One's own account: the password, and where one is signed in. */

import { type FormEvent, useState } from "react";
import type { Got } from "../../api/client";
import { useMe } from "../../api/me";
import { useGet, useLine, usePost } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Failure, Loading } from "../../parts/States";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { deviceOf } from "./words";
import "./people.css";

type Session = Got<"/api/v1/me/sessions">["sessions"][number];

export default function AccountPage() {
  const { t, known } = useWords();
  const me = useMe();
  if (me === null) return null;
  return (
    <Page title={t("account.title")}>
      <div className="account">
        <Card title={t("account.who")}>
          <Facts
            rows={[
              [t("people.name"), me.name],
              [t("people.role"), me.role === null ? null : known(`user.role.${me.role}`, me.role)],
              [t("account.what"), me.role === null ? null : known(`user.role.${me.role}.words`, "")],
            ]}
          />
        </Card>
        <Card title={t("account.password")}>
          <Password />
        </Card>
        <Sessions />
      </div>
    </Page>
  );
}

function Password() {
  const { t } = useWords();
  const me = useMe();
  const cut = useLine((state) => state.line === "cut");
  const { send, busy, problem } = usePost("/api/v1/me/password");
  const [now, setNow] = useState("");
  const [next, setNext] = useState("");
  const [tried, setTried] = useState(false);
  const change = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (now === "" || next === "") return focusWrong(event.currentTarget);
    if ((await send({ password: now, new_password: next })) === null) return;
    setNow("");
    setNext("");
    setTried(false);
    toast(t("account.password.done"));
  };
  return (
    <form className="form" noValidate onSubmit={(event) => void change(event)}>
      <input type="text" name="username" autoComplete="username" value={me?.name ?? ""} readOnly hidden />
      <Field type="password" autoComplete="current-password" label={t("account.password.now")} problem={tried && now === "" ? t("account.password.missing") : null} value={now} maxLength={200} onChange={(event) => setNow(event.target.value)} />
      <Field type="password" autoComplete="new-password" label={t("account.password.next")} hint={t("account.password.hint")} problem={tried && next === "" ? t("account.password.missing") : null} value={next} maxLength={200} onChange={(event) => setNext(event.target.value)} />
      <FormProblem problem={problem} />
      <div className="form-acts">
        <Button kind="primary" type="submit" busy={busy} disabled={cut}>
          {t("account.password.do")}
        </Button>
      </div>
    </form>
  );
}

function Sessions() {
  const { t, plural } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const { value, problem, again } = useGet("/api/v1/me/sessions");
  const revoke = usePost("/api/v1/me/sessions/revoke");
  const end = async (session: string | null): Promise<void> => {
    const done = await revoke.send(session === null ? {} : { session });
    if (done === null) return;
    toast(plural("account.ended", done.ended));
    again();
  };
  const others = value === null ? 0 : value.sessions.filter((one) => !one.this).length;
  return (
    <Card
      title={t("account.sessions")}
      flush
      aside={
        <Button disabled={cut || others === 0} busy={revoke.busy} onClick={() => void end(null)}>
          {t("account.end.others")}
        </Button>
      }
    >
      {value === null ? (
        problem === null ? (
          <Loading rows={2} />
        ) : (
          <Failure problem={problem} onAgain={again} />
        )
      ) : (
        <>
          {revoke.problem !== null && <Failure problem={revoke.problem} />}
          <ul className="people">
            {value.sessions.map((session) => (
              <Row key={session.session} session={session} cut={cut} onEnd={() => void end(session.session)} />
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Row({ session, cut, onEnd }: { session: Session; cut: boolean; onEnd: () => void }) {
  const { t, date } = useWords();
  const device = deviceOf(session.agent) ?? t("account.unknown");
  return (
    <li className="person">
      <span className="person-mark" aria-hidden="true">
        <Icon name="system" size={20} />
      </span>
      <div className="person-who">
        <p>
          <strong>{device}</strong>
        </p>
        <p className="small quiet">
          {session.address} · {t("account.since", { when: date(session.since_unix_s) })} · {t("account.used", { when: date(session.used_unix_s) })}
        </p>
      </div>
      <div className="person-acts">
        {session.this ? (
          <Badge tone="good">{t("account.this")}</Badge>
        ) : (
          <Button disabled={cut} aria-label={t("account.end.which", { device })} onClick={onEnd}>
            {t("account.end")}
          </Button>
        )}
      </div>
    </li>
  );
}
