import type { MigrateReason } from '../../../mm/reason.js';
import { MigratorRegistry, type Registration } from '../../../offload/registry.js';

/** v4: the policy is asked before the read section, so that the migrator may be gone when it is to copy. */
export class AsksOutside extends MigratorRegistry {
  override enter(reason: MigrateReason): Registration | undefined {
    const registration = super.enter(reason);
    if (registration !== undefined) super.leave(registration);
    return registration;
  }

  override leave(): void {
    // The section is over already.
  }
}
