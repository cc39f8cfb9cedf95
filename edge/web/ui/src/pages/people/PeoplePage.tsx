/** Who may sign in and as what: added, given another role, kept out, given a new way in. */

import { useState } from "react";
import { Link } from "wouter";
import type { Got, Posted } from "../../api/client";
import { useMe } from "../../api/me";
import { useGet, useLine } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { PersonDialog } from "./PersonDialog";
import { Roles } from "./Roles";
import "./people.css";

export type User = Got<"/api/v1/users">["users"][number];
export type Invited = Posted<"/api/v1/users">;

export default function PeoplePage() {
  const { t } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const { value, problem, again } = useGet("/api/v1/users");
  const [open, setOpen] = useState<User | "new" | null>(null);
  return (
    <Page
      title={t("people.title")}
      actions={
        <Button kind="primary" icon="add" aria-haspopup="dialog" disabled={cut} onClick={() => setOpen("new")}>
          {t("people.add")}
        </Button>
      }
    >
      <p className="people-links">
        <Link href="/people/tokens">
          {t("tokens.title")} <Icon name="forward" size={16} />
        </Link>
        <Link href="/account">
          {t("account.title")} <Icon name="forward" size={16} />
        </Link>
      </p>
      <Card title={t("people.list")} flush>
        {value === null ? problem === null ? <Loading rows={4} /> : <Failure problem={problem} onAgain={again} /> : <People users={value.users} cut={cut} onOpen={setOpen} />}
      </Card>
      <Roles />
      {open !== null && (
        <PersonDialog
          user={open === "new" ? null : open}
          onClose={() => {
            setOpen(null);
            again();
          }}
        />
      )}
    </Page>
  );
}

function People({ users, cut, onOpen }: { users: readonly User[]; cut: boolean; onOpen: (user: User) => void }) {
  const { t, known, plural } = useWords();
  const me = useMe();
  return (
    <ul className="people">
      {users.map((user) => (
        <li key={user.name} className="person" data-off={user.disabled}>
          <span className="person-mark" aria-hidden="true">
            <Icon name="person" size={20} />
          </span>
          <div className="person-who">
            <p>
              <strong>{user.name}</strong> {user.name === me?.name && <span className="quiet small">{t("people.you")}</span>}
            </p>
            <p className="small quiet">
              {known(`user.role.${user.role}`, user.role)} · <Seen user={user} />
            </p>
          </div>
          <div className="person-acts">
            {user.disabled ? (
              <Badge tone="bad">{t("people.disabled")}</Badge>
            ) : !user.has_password ? (
              <Badge tone="note">{t("people.invited")}</Badge>
            ) : user.sessions > 0 ? (
              <Badge tone="good">{plural("people.signedIn", user.sessions)}</Badge>
            ) : null}
            {user.manageable && (
              <Button disabled={cut} aria-haspopup="dialog" aria-label={t("people.change.who", { name: user.name })} onClick={() => onOpen(user)}>
                {t("people.change")}
              </Button>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Seen({ user }: { user: User }) {
  const { t, date } = useWords();
  return <>{user.seen_unix_s === null ? t("people.never") : t("people.seen", { when: date(user.seen_unix_s) })}</>;
}
