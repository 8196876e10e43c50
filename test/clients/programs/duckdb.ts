import { join } from 'node:path';
import type { Client } from '../client.js';

interface Connection {
  query(sql: string): { toArray(): { toJSON(): unknown }[] };
}
interface DuckDBModule {
  readonly NODE_RUNTIME: unknown;
  readonly VoidLogger: new () => unknown;
  createDuckDB(
    bundles: unknown,
    logger: unknown,
    runtime: unknown,
  ): Promise<{ instantiate(progress: () => void): Promise<unknown>; connect(): Connection }>;
}

const ROWS = 300_000;

/** DuckDB, in this thread: its blocking build. */
export const duckdb: Client = {
  name: 'DuckDB-Wasm',
  threads: false,
  pageTables: true,
  async start(load) {
    const name = '@duckdb/duckdb-wasm/blocking';
    const duckdb = load(name) as DuckDBModule;
    const bundle = (kind: string): object => ({
      mainModule: join(load.resolve(name), `../duckdb-${kind}.wasm`),
      mainWorker: '',
    });
    const bundles = { mvp: bundle('mvp'), eh: bundle('eh') };
    const db = await duckdb.createDuckDB(bundles, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
    await db.instantiate(() => {});
    const connection = db.connect();
    const rows = (sql: string): unknown =>
      connection
        .query(sql)
        .toArray()
        .map((row) => row.toJSON());
    return {
      async work(call) {
        await call('create', () => rows('drop table if exists t; drop table if exists u'));
        await call('insert', () =>
          rows(
            'create table t as select i as id, hash(i) % 1000 as k, (hash(i * 7) % 100000) / 7.0 as v, ' +
              `md5(i::varchar) as s from range(${ROWS}) r(i)`,
          ),
        );
        await call('count', () => rows('select count(*), sum(v), min(s), max(s) from t'));
        await call('group', () =>
          rows('select k, count(*), sum(v), avg(v) from t group by k order by 3 desc, 1 limit 50'),
        );
        await call('join', () =>
          rows(
            'select a.k, count(*) from t a join t b on a.id = b.id + 17 where a.v > b.v group by 1 order by 2 desc, 1',
          ),
        );
        await call('sort', () => rows("select md5(string_agg(s, '' order by v, id)) from t where k < 500"));
        await call('update', () => rows("update t set v = v * 2, s = s || '-' || k where k % 3 = 0"));
        await call('window', () =>
          rows(
            'select max(r), sum(d) from (select row_number() over (partition by k order by v, id) as r, ' +
              'v - lag(v) over (order by id) as d from t)',
          ),
        );
        await call('strings', () =>
          rows('select sum(levenshtein(s, reverse(s))), count(distinct s[1:6]) from t where k < 300'),
        );
        await call('copy', () =>
          rows('create table u as select k, list(s order by id) as l, sum(v) as v from t group by k'),
        );
        await call('lists', () =>
          rows('select k, length(l), l[1], list_sort(l)[-1] from u order by v desc, k limit 100'),
        );
        await call('delete', () => rows('delete from t where k % 7 = 1'));
        await call('total', () => rows("select count(*), sum(v), md5(string_agg(s, '' order by id)) from t"));
      },
      look: () => [
        rows('select count(*), sum(hash(t)) from t'),
        rows('select count(*), sum(hash(u)) from u'),
      ],
    };
  },
};
