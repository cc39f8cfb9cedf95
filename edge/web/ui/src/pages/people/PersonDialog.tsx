/** Adds somebody, or changes what they may do. A new way in is a link that is handed over. */

import { type FormEvent, useState } from "react";
import { type Role, useMe } from "../../api/me";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { FormProblem } from "../../parts/FormProblem";
import { Select } from "../../parts/Select";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import type { Invited, User } from "./PeoplePage";
import { Secret } from "./Secret";

export function PersonDialog({ user, onClose }: { user: User | null; onClose: () => void }) {
  const { t, date } = useWords();
  const [invited, setInvited] = useState<Invited | null>(null);
  const title = user === null ? t("people.add") : user.name;
  return (
    <Dialog title={invited === null ? title : t("people.link.title")} onClose={onClose}>
      {invited !== null ? (
        <Secret
          label={t("people.link")}
          secret={new URL(invited.link, location.origin).href}
          words={t("people.link.words", { name: invited.user.name, until: date(invited.expires_unix_s) })}
          onClose={onClose}
        />
      ) : user === null ? (
        <Add onDone={setInvited} onClose={onClose} />
      ) : (
        <Change user={user} onLink={setInvited} onClose={onClose} />
      )}
    </Dialog>
  );
}

function RoleSelect({ role, onChoose }: { role: Role; onChoose: (role: Role) => void }) {
  const { t, known } = useWords();
  const manages = useMe()?.manages ?? [];
  const options = manages.map((one) => ({ value: one, words: known(`user.role.${one}`, one) }));
  return <Select label={t("people.role")} hint={known(`user.role.${role}.words`, "")} options={options} value={role} onChoose={(chosen) => onChoose(chosen as Role)} />;
}

function Add({ onDone, onClose }: { onDone: (invited: Invited) => void; onClose: () => void }) {
  const { t } = useWords();
  const manages = useMe()?.manages ?? [];
  const { send, busy, problem } = usePost("/api/v1/users");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>(manages.includes("operator") ? "operator" : (manages[0] ?? "viewer"));
  const [wrong, setWrong] = useState(false);
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setWrong(name.trim() === "");
    if (name.trim() === "") return;
    const invited = await send({ name: name.trim(), role });
    if (invited !== null) onDone(invited);
  };
  return (
    <form className="form" noValidate onSubmit={(event) => void add(event)}>
      <Field label={t("people.name")} hint={t("people.name.hint")} problem={wrong ? t("people.name.wrong") : null} value={name} maxLength={40} autoComplete="off" data-first onChange={(event) => setName(event.target.value)} />
      <RoleSelect role={role} onChoose={setRole} />
      <FormProblem problem={problem} />
      <div className="form-acts">
        <Button onClick={onClose}>{t("act.cancel")}</Button>
        <Button kind="primary" type="submit" busy={busy}>
          {t("people.add.do")}
        </Button>
      </div>
    </form>
  );
}

function Change({ user, onLink, onClose }: { user: User; onLink: (invited: Invited) => void; onClose: () => void }) {
  const { t } = useWords();
  const me = useMe();
  const change = usePost("/api/v1/users/{name}");
  const reset = usePost("/api/v1/users/{name}/password-reset");
  const [role, setRole] = useState<Role>(user.role);
  const path = { name: user.name };
  const busy = change.busy || reset.busy;
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if ((await change.send({ role }, path)) === null) return;
    toast(t("people.changed", { name: user.name }));
    onClose();
  };
  const turn = async (): Promise<void> => {
    if ((await change.send({ disabled: !user.disabled }, path)) === null) return;
    toast(t(user.disabled ? "people.enable.done" : "people.disable.done", { name: user.name }));
    onClose();
  };
  const link = async (): Promise<void> => {
    const invited = await reset.send({}, path);
    if (invited !== null) onLink(invited);
  };
  return (
    <form className="form" noValidate onSubmit={(event) => void save(event)}>
      <RoleSelect role={role} onChoose={setRole} />
      <FormProblem problem={change.problem ?? reset.problem} />
      <div className="form-acts">
        <Button onClick={onClose}>{t("act.cancel")}</Button>
        <Button kind="primary" type="submit" busy={busy} disabled={role === user.role}>
          {t("act.save")}
        </Button>
      </div>
      <div className="person-more">
        <div>
          <p>
            <strong>{t("people.reset")}</strong>
          </p>
          <p className="small quiet">{t("people.reset.words")}</p>
          <Button busy={busy} disabled={user.disabled} onClick={() => void link()}>
            {t("people.reset.do")}
          </Button>
        </div>
        <div>
          <p>
            <strong>{t(user.disabled ? "people.enable" : "people.disable")}</strong>
          </p>
          <p className="small quiet">{t(user.disabled ? "people.enable.words" : "people.disable.words")}</p>
          <Button kind={user.disabled ? "plain" : "danger"} busy={busy} disabled={user.name === me?.name} onClick={() => void turn()}>
            {t(user.disabled ? "people.enable.do" : "people.disable.do")}
          </Button>
        </div>
      </div>
    </form>
  );
}
