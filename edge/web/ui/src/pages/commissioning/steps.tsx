/** The table of steps: what each one shows. A further step is one more entry here, and a row in the store's own table. */

import type { ComponentType } from "react";
import type { Bench, Step, StepState } from "./bench";
import { CalibrateStep } from "./CalibrateStep";
import { DoorsStep } from "./DoorsStep";
import { GoldenStep } from "./GoldenStep";
import { KnockStep } from "./KnockStep";
import { LeaksStep } from "./LeaksStep";
import { LockStep } from "./LockStep";
import { PlatesStep } from "./PlatesStep";
import { PortsStep } from "./PortsStep";
import { ScanStep } from "./ScanStep";

/** `still`: nothing can be begun now, since the line is cut or a shopper is inside. */
export interface StepProps {
  readonly bench: Bench;
  readonly step: StepState;
  readonly still: boolean;
}

export const STEPS: Readonly<Record<Step, { readonly component: ComponentType<StepProps> }>> = {
  ports: { component: PortsStep },
  scan: { component: ScanStep },
  plates: { component: PlatesStep },
  doors: { component: DoorsStep },
  lock: { component: LockStep },
  calibrate: { component: CalibrateStep },
  leaks: { component: LeaksStep },
  knock: { component: KnockStep },
  golden: { component: GoldenStep },
};
