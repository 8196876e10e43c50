import { testMigrator } from 'pageferry/migrator';

const { passed, declined } = await testMigrator(new URL('./my-migrator.mjs', import.meta.url), {
  options: { minFolios: 2 },
});
console.log(`${passed} checks passed, ${declined} declined`);
