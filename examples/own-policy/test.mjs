import { testPolicy } from 'pageferry/policy';

const { passed, idle } = await testPolicy(new URL('./my-policy.mjs', import.meta.url), {
  options: { contrast: 2 },
});
console.log(`${passed} checks passed, ${idle} moved nothing`);
