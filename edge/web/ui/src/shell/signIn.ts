/** Where somebody whom the store no longer knows is sent, and how they come back. */

import { onSignedOut } from "../api/client";
import { line } from "../api/use";

const LOGIN = "/login";
const SIGNED_OUT = "/signed-out";

/** From now on a request or a stream that is refused for want of a session leads to the login page. */
export function mindSession(): void {
  onSignedOut(signIn);
  line.subscribe(() => line.state().refused?.status === 401 && signIn());
}

/** After somebody has signed out. */
export function signedOut(): void {
  line.stop();
  location.assign(SIGNED_OUT);
}

function signIn(): void {
  line.stop();
  location.assign(`${LOGIN}?next=${encodeURIComponent(location.pathname)}`);
}
