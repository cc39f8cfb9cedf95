/** The settings and what was changed of them. */

import type { Got } from "./client";

export type Settings = Got<"/api/v1/settings">;
export type Section = Settings["sections"][number];
export type Setting = Section["fields"][number];
export type History = Got<"/api/v1/changes">;
export type Change = History["changes"][number];
