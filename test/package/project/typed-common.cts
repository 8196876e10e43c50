import type { Ferry } from 'pageferry' with { 'resolution-mode': 'import' };

import pageferry = require('pageferry');
import profile = require('pageferry/profiles/zen3-ptdma.json');

async function main(): Promise<void> {
  const ferry: Ferry = await pageferry.openFerry();
  const nodes: readonly number[] = ferry.nodeIds;
  await ferry.close();
  console.log(`TypeScript in CommonJS: ${nodes.length} nodes, profile ${profile.name}`);
}

void main();
