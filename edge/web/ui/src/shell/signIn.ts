/** Where somebody whom the store no longer knows is sent, and how they come back. */

import { onSignedOut } from "../api/client";
import { line } from "../api/use";

const LOGIN = "/login";
const SIGNED_OUT = "/signed-out";

let leaving = false;

/** From now on a request or a stream that is refused for want of a session leads to the login page. */
export function mindSession(): void {
  onSignedOut(signIn);
  line.subscribe(() => line.state().refused?.status === 401 && signIn());
}

/** Signs out by `send`, which answers whether the store has ended the session. What the store refuses meanwhile leads nowhere else. */
export async function signOut(send: () => Promise<boolean>): Promise<boolean> {
  leaving = true;
  leaving = await send();
  if (leaving) {
    line.stop();
    location.assign(SIGNED_OUT);
  }
  return leaving;
}

function signIn(): void {
  if (leaving) return;
  line.stop();
  location.assign(`${LOGIN}?next=${encodeURIComponent(location.pathname)}`);
}
