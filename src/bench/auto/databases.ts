import { join } from 'node:path';
import { RandomStream } from '../../common/random.js';
import type { AutoProgram, AutoProgramKind } from './program-kind.js';

type Rows = readonly unknown[];

interface SqlJs {
  readonly Database: new () => {
    run(sql: string): void;
    exec(sql: string): readonly { readonly values: readonly Rows[] }[];
    prepare(sql: string): { get(parameters: readonly number[]): Rows };
  };
}

/**
 * SQLite, with a database of about 130 MB: lookups by primary key, and a part of the table.
 *
 * sql.js keeps the file of its database in ArrayBuffers, which nobody can adopt. A database that is attached as `:memory:` has
 * no file. SQLite has it in the memory of its module.
 */
async function sqlJs(load: NodeJS.Require, attached: boolean): Promise<AutoProgram> {
  const { Database } = await (load('sql.js') as () => Promise<SqlJs>)();
  const database = new Database();
  const count = 600_000;
  const table = attached ? 'memory.t' : 't';
  if (attached) database.run("attach ':memory:' as memory");
  database.run(`create table ${table} (id integer primary key, k int, s text)`);
  database.run(
    `insert into ${table} with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) ` +
      "select i, (i * 7919) % 1000, printf('%.*c', 180, char(65 + i % 26)) from n",
  );
  const byId = database.prepare(`select k + length(s) from ${table} where id = ?`);
  const random = new RandomStream(1);
  return {
    query() {
      let sum = 0;
      for (let i = 0; i < 3000; i++) sum += Number(byId.get([1 + random.below(count)])[0]);
      const from = 1 + random.below(count - 20_000);
      const [found] = database.exec(
        `select sum(k) from ${table} where id between ${from} and ${from + 20_000}`,
      );
      return sum + Number(found!.values[0]![0]);
    },
  };
}

interface PGlite {
  readonly PGlite: new () => {
    readonly waitReady: Promise<void>;
    exec(sql: string): Promise<unknown>;
    query(
      sql: string,
      parameters?: readonly unknown[],
    ): Promise<{ readonly rows: readonly { readonly n: unknown }[] }>;
  };
}

/** PostgreSQL: lookups by an index, and an aggregate. */
async function pglite(load: NodeJS.Require): Promise<AutoProgram> {
  const { PGlite } = load('@electric-sql/pglite') as PGlite;
  const database = new PGlite();
  await database.waitReady;
  const count = 200_000;
  await database.exec(
    `create table t as select i as id, i::bigint * 7919 % 1000 as k, repeat(md5(i::text), 4) as s ` +
      `from generate_series(1, ${count}) i; create unique index on t (id); analyze t`,
  );
  const random = new RandomStream(1);
  return {
    async query() {
      let sum = 0;
      for (let i = 0; i < 20; i++) {
        const id = 1 + random.below(count);
        const { rows } = await database.query('select k + length(s) as n from t where id = $1', [id]);
        sum += Number(rows[0]!.n);
      }
      const from = 1 + random.below(count - 10_000);
      const { rows } = await database.query('select sum(k) as n from t where id between $1 and $2', [
        from,
        from + 10_000,
      ]);
      return sum + Number(rows[0]!.n);
    },
  };
}

interface DuckDB {
  readonly NODE_RUNTIME: unknown;
  readonly VoidLogger: new () => unknown;
  createDuckDB(
    bundles: unknown,
    logger: unknown,
    runtime: unknown,
  ): Promise<{
    instantiate(progress: () => void): Promise<unknown>;
    connect(): { query(sql: string): { toArray(): { toJSON(): { readonly n: unknown } }[] } };
  }>;
}

const DUCKDB = '@duckdb/duckdb-wasm/blocking';

/** DuckDB in this thread: a join of two tables, and an aggregate. */
async function duckdb(load: NodeJS.Require): Promise<AutoProgram> {
  const { createDuckDB, VoidLogger, NODE_RUNTIME } = load(DUCKDB) as DuckDB;
  const bundle = (kind: string): object => ({
    mainModule: join(load.resolve(DUCKDB), `../duckdb-${kind}.wasm`),
    mainWorker: '',
  });
  const database = await createDuckDB(
    { mvp: bundle('mvp'), eh: bundle('eh') },
    new VoidLogger(),
    NODE_RUNTIME,
  );
  await database.instantiate(() => undefined);
  const connection = database.connect();
  const count = 2_000_000;
  connection.query(
    `create table t as select i as id, (i * 7919) % 1000 as k, (i * 104729) % ${count} as r from range(${count}) x(i)`,
  );
  const random = new RandomStream(1);
  return {
    query() {
      const k = random.below(900);
      const sql = `select sum(a.k + b.k) as n from t a join t b on a.r = b.id where a.k between ${k} and ${k + 20}`;
      return Number(connection.query(sql).toArray()[0]!.toJSON().n);
    },
  };
}

/** Databases from npm. */
export const sqlDatabases: Readonly<Record<string, AutoProgramKind>> = {
  'sql.js': {
    what: 'SQLite: lookups and range sums, in a file of sql.js',
    npm: 'sql.js',
    start: (load) => sqlJs(load, false),
  },
  'sql.js-memory': {
    what: 'the same, in a database attached as :memory:',
    npm: 'sql.js',
    start: (load) => sqlJs(load, true),
  },
  pglite: { what: 'PostgreSQL: lookups and range sums', npm: '@electric-sql/pglite', start: pglite },
  duckdb: { what: 'DuckDB-Wasm: joins', npm: DUCKDB, start: duckdb },
};
