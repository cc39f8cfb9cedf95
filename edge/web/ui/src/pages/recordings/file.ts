/** Where a recording is to be had. Pure. */

import { address } from "../../api/client";

export const fileAddress = (name: string): string => address("/api/v1/recordings/{name}/file", { path: { name } });
