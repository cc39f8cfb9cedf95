/** Who is signed in, and the way out. */

import { Link } from "wouter";
import { useMe } from "../api/me";
import { usePost } from "../api/use";
import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { toast } from "../parts/Toast";
import { useWords } from "../words/use";
import { signOut } from "./signIn";
import "./signed-in.css";

export function SignedIn() {
  const { t, known } = useWords();
  const me = useMe();
  const { send, busy } = usePost("/api/v1/logout");
  if (me === null) return null;
  const leave = async (): Promise<void> => {
    if (!(await signOut(async () => (await send({})) !== null))) toast(t("signedIn.stillIn"), "bad");
  };
  return (
    <div className="signed-in" role="group" aria-label={t("signedIn.who")}>
      <Icon name="person" size={20} />
      <p>
        {me.kind === "session" ? <Link href="/account">{me.name}</Link> : <strong>{me.name}</strong>}
        {me.role !== null && <span className="quiet small">{known(`user.role.${me.role}`, me.role)}</span>}
      </p>
      {me.kind === "session" && <Button kind="quiet" icon="out" busy={busy} aria-label={t("signedIn.leave")} title={t("signedIn.leave")} onClick={() => void leave()} />}
    </div>
  );
}
